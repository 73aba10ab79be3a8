#pragma once
// What a canary is judged by.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libgw/base/result.h"
#include "libgw/policy/canary/compare.h"
#include "libgw/policy/canary/sample.h"

namespace gw::canary {

/// "+0.2pp", "0.2pp" (of all requests) or "20%" (of what stable has). More than 0; Errc::usage.
Result<Margin> parse_margin(std::string_view text);
/// "0.2pp", "20%"
std::string to_text(const Margin& margin);

struct Metric {
    enum class Kind : std::uint8_t {
        errors,   ///< part of the requests that ended in 5xx or broke
        status,   ///< part of the requests with that status
        latency,  ///< a quantile of the latencies, in seconds
        field     ///< a quantile of a number that the log has besides
    };
    Kind kind = Kind::errors;
    std::uint16_t status = 0;
    double quantile = 0.5;
    std::string field;
    /// A promotion waits until it is shown to be fine. When no metric is critical, all are.
    bool critical = false;
    std::optional<Margin> max_worse;

    [[nodiscard]] bool is_rate() const { return kind == Kind::errors || kind == Kind::status; }
    friend bool operator==(const Metric&, const Metric&) = default;
};

/// "errors", "status:429", "latency:p99", "latency:p99.9", "field:NAME", "field:NAME:p95"; ",critical" and
/// ",max-worse=20%" may follow. How much worse a quantile may be is a part of it, "20%". Errc::usage.
Result<Metric> parse_metric(std::string_view text);
/// Its name without what follows.
std::string to_text(const Metric& metric);

/// Requests, and those that the metric counts. Requires: metric.is_rate().
Trials trials_of(const Metric& metric, const Sample& sample);
/// Requires: not metric.is_rate().
Values values_of(const Metric& metric, const Sample& sample);

}  // namespace gw::canary
