#pragma once
// What holds a client to the version that it met first, as it is written.

#include <string>
#include <string_view>

#include "libgw/base/result.h"
#include "libgw/config/model.h"

namespace gw::config {

/// "cookie:NAME", "ip", "claim:NAME", "header:NAME". Errc::config.
Result<Canary::Sticky> parse_sticky(std::string_view text);
std::string to_text(const Canary::Sticky& sticky);

}  // namespace gw::config
