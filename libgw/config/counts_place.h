#pragma once
// Where counts live, as it is written: "memory", "sqlite:FILE", "redis://[USER@]HOST[:PORT][/DATABASE]", "rediss://…".

#include <string>
#include <string_view>

#include "libgw/base/result.h"
#include "libgw/config/model.h"

namespace gw::config {

/// Errc::config with a hint. A password never stands here.
Result<CountsPlace> parse_counts_place(std::string_view text);
/// As it is read again.
std::string to_text(const CountsPlace& place);

}  // namespace gw::config
