#pragma once
// What an unquoted YAML scalar means: the core schema of YAML 1.2 (§10.3.2), and nothing of YAML 1.1.
// Facts: yes, no, on and off are strings; 010 is ten; 12:30:45 is a string; 0o17 and 0x1F are integers.

#include <string_view>

#include "libgw/base/result.h"
#include "libgw/base/value.h"

namespace gw::document {

/// Null, a boolean, a number that keeps its text, or the string itself.
/// Refuses .inf and .nan, and numbers that no double can hold: JSON has no word for them.
Result<Value> resolve_scalar(std::string_view text);

/// True when the text, written without quotes, would be read back as the same string by the core schema.
bool is_string_scalar(std::string_view text);

}  // namespace gw::document
