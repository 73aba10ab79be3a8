#pragma once

#include <span>
#include <string>
#include <string_view>

#include "libgw/io/telemetry/metrics.h"

namespace gw::telemetry {

inline constexpr std::string_view kPrometheusType = "text/plain; version=0.0.4; charset=utf-8";

/// The families in Prometheus' text exposition format 0.0.4. Durations in seconds. In the values of labels `\`, `"` and
/// line feeds are escaped; other control characters and bytes that are not UTF-8, for which the format has no escape,
/// become U+FFFD.
std::string to_prometheus(std::span<const Family> families);

}  // namespace gw::telemetry
