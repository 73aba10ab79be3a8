#pragma once
// JSON (RFC 8259) to and from Value. The only file pair that knows nlohmann/json.

#include <cstddef>
#include <string>
#include <string_view>

#include "libgw/base/result.h"
#include "libgw/base/value.h"

namespace gw {

/// How much a reader takes and what it insists on. The defaults are those for bytes that strangers send.
struct JsonOptions {
    std::size_t depth = 32;               ///< nested arrays and objects; never more than Value::kMaximumDepth
    std::size_t nodes = 100000;           ///< values in all
    std::size_t size = 16 * 1024 * 1024;  ///< bytes of text
    bool unique_keys = false;             ///< refuse a key that stands twice in one object
    bool positions = false;               ///< remember where each value and key began
    std::string file = {};                ///< named in errors; without it an error says "at byte N"
};

/// Options for a file that a person wrote: 64 levels, 1 MiB, unique keys, positions.
JsonOptions json_file_options(std::string file);

/// Reads one JSON text. Refuses (Errc::parse) whatever RFC 8259 does not allow, and beyond that a byte order mark, lone
/// surrogates, invalid UTF-8 and numbers that no double can hold (1e9999); Errc::limit for what is deeper or larger
/// than the options allow. Works without recursion, in time and memory linear in the text.
Result<Value> parse_json(std::string_view text, const JsonOptions& options = {});

/// Writes one line without spaces.
std::string to_json(const Value& value);
/// Writes with two spaces of indentation and no newline at the end. Empty containers stay on their line.
std::string to_pretty_json(const Value& value);

/// Appends a JSON string with its quotes. Control characters, '"' and '\' are escaped; U+2028, U+2029 and DEL too, so
/// that the result is one line anywhere; an invalid UTF-8 byte becomes U+FFFD.
void append_json_string(std::string& into, std::string_view text);

}  // namespace gw
