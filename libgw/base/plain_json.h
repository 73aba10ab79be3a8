#pragma once
// JSON as programs write most of it, read in a third of the time: tokens, keys and policies arrive in thousands.

#include <optional>
#include <string_view>

#include "libgw/base/json.h"
#include "libgw/base/value.h"

namespace gw {

/// The value of a text that is JSON and within the limits, and in which no string is escaped and every number is an
/// integer of at most 18 digits. Nothing for any other text, whether it is JSON or not: parse_json() then reads it with
/// its library, which also says what is wrong. Remembers no positions, and does not look at options.size.
std::optional<Value> read_plain_json(std::string_view text, const JsonOptions& options);

}  // namespace gw
