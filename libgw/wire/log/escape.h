#pragma once
// Bytes of strangers, made fit for a line that people and programs read. Whatever goes in, what comes out is UTF-8
// without control characters, without characters that reorder text, and without the marks that end a field in its
// format.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gw::log {

/// What the escaped text is put into.
enum class Escape : std::uint8_t {
    text,  ///< a line or "a quoted field": `\xHH` for each byte that is not fit, `"` and `\` among them
    word,  ///< a field between spaces: the same, and the space too
    json,  ///< a JSON string: `\uHHHH`, `\"`, `\\`; a byte that is not UTF-8 becomes `\ufffd`
    xml,   ///< an XML attribute or text: `&quot;` and its like; `\xHH` for what XML cannot hold
};

/// A field of a line is at most this long after escaping; a longer one ends in "...".
inline constexpr std::size_t kMaxField = 1024;
/// A line is at most this long, its line feed included.
inline constexpr std::size_t kMaxLine = 16384;

/// Appends `text`, at most `most` bytes of it after escaping. Unfit are: control characters (C0, DEL, C1), U+2028 and
/// U+2029, the bidirectional controls, bytes that are not UTF-8, and what the format uses itself.
void append_escaped(std::string& out, std::string_view text, Escape how = Escape::text, std::size_t most = kMaxField);

/// The same for a query, in which the values of parameters that carry secrets (signatures, tokens, codes, keys,
/// passwords) are written as "***", however the name is percent-encoded.
void append_query(std::string& out, std::string_view query, Escape how = Escape::text, std::size_t most = kMaxField);

/// True for the name of a query parameter whose value must not be written: "token", "X-Amz-Signature", "%74oken".
bool is_secret_parameter(std::string_view name);

}  // namespace gw::log
