#pragma once
// The text of a file as a Value, in the notation that the file's name tells.

#include <cstdint>
#include <string>
#include <string_view>

#include "libgw/base/result.h"
#include "libgw/base/value.h"

namespace gw::config {

/// How much it may hold.
enum class Extent : std::uint8_t {
    small,  ///< what a person writes: 1 MiB, 100,000 values
    large,  ///< what a program may have written: 16 MiB, two million values
};

/// JSON when the name ends in ".json", else YAML; with positions, and without keys that stand twice. Errors as
/// parse_json() and parse_yaml() have them, in `file`.
Result<Value> parse_file_text(std::string_view text, const std::string& file, Extent extent);

}  // namespace gw::config
