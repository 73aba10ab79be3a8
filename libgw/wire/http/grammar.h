#pragma once
// The byte classes of HTTP (RFC 9110 §5.6, RFC 3986 §2) and the small questions asked about them.

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace gw::http {

/// What a byte may be part of. Classes overlap.
enum ByteClass : std::uint8_t {
    kToken = 1,        ///< tchar, RFC 9110 §5.6.2
    kUnreserved = 2,   ///< RFC 3986 §2.3
    kPathByte = 4,     ///< may stand raw in a path, '/' included and '%' not
    kQueryByte = 8,    ///< may stand raw in a query, '%' not
    kHostByte = 16,    ///< reg-name as we allow it: letters, digits, '.', '-', '_'
    kHexDigit = 32,    ///< either case
    kUnderscore = 64,  ///< '_' alone: names that carry one need a second look
    kValueByte = 128,  ///< field-vchar, obs-text, SP and HTAB, RFC 9110 §5.5
};

namespace detail {
constexpr bool contains(std::string_view set, char c) { return set.find(c) != std::string_view::npos; }
constexpr std::array<std::uint8_t, 256> make_classes() {
    std::array<std::uint8_t, 256> table{};
    for (unsigned i = 0; i < 256; ++i) {
        const char c = static_cast<char>(i);
        const bool digit = i >= '0' && i <= '9';
        const bool alpha = (i >= 'a' && i <= 'z') || (i >= 'A' && i <= 'Z');
        const bool visible = i > 0x20 && i < 0x7f;
        unsigned bits = 0;
        if (digit || alpha || (visible && contains("!#$%&'*+-.^_`|~", c))) bits |= kToken;
        if (digit || alpha || (visible && contains("-._~", c))) bits |= kUnreserved;
        if (visible && !contains("\"#%<>?\\^`{|}", c)) bits |= kPathByte;
        // Browsers send \ ^ ` { | } raw in a query (URL Standard, query percent-encode set); nobody decides by them
        // there.
        if (visible && !contains("\"#%<>", c)) bits |= kQueryByte;
        if (digit || alpha || (visible && contains(".-_", c))) bits |= kHostByte;
        if (digit || (i >= 'a' && i <= 'f') || (i >= 'A' && i <= 'F')) bits |= kHexDigit;
        if (c == '_') bits |= kUnderscore;
        if (i == '\t' || (i >= 0x20 && i != 0x7f)) bits |= kValueByte;
        table[i] = static_cast<std::uint8_t>(bits);
    }
    return table;
}
inline constexpr std::array<std::uint8_t, 256> kClasses = make_classes();
}  // namespace detail

/// The classes of a byte, as bits.
constexpr std::uint8_t class_of(char c) { return detail::kClasses[static_cast<unsigned char>(c)]; }

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// 0 to 15, or -1 for what is not a hexadecimal digit.
constexpr int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// One or more tchar (RFC 9110 §5.6.2).
bool is_token(std::string_view text);
/// Free of control bytes but HTAB; may be empty (RFC 9110 §5.5, obs-text allowed).
bool is_field_value(std::string_view text);
/// One or more visible ASCII bytes: what may stand in a request line.
bool is_visible(std::string_view text);
/// Every '%' is followed by two hexadecimal digits.
bool has_valid_escapes(std::string_view text);
/// ASCII letters of either case are equal; all other bytes are themselves.
bool equals_ignoring_case(std::string_view a, std::string_view b);
/// Requires: `prefix` is lower case.
bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);

/// Without spaces and tabs at both ends (RFC 9110 §5.6.3).
constexpr std::string_view trim_ows(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

/// Takes the next element from a comma-separated list without quoted strings, trimmed; `rest` shrinks.
/// Nothing when the list is used up. Empty elements are reported as "" (RFC 9110 §5.6.1.2 leaves it to the reader).
///   for (ListReader list(value); auto element = list.next();)
class ListReader {
  public:
    explicit ListReader(std::string_view text) : rest_(text) {}
    std::optional<std::string_view> next();

  private:
    std::string_view rest_;
    bool done_ = false;
};

/// True when a comma-separated list has this token (any case). Requires: `token` is lower case.
bool list_has(std::string_view list, std::string_view token);

/// Content-Length: decimal digits, no sign, no leading zero, at most 2^63-1 (RFC 9110 §8.6, stricter). Else nothing.
std::optional<std::uint64_t> parse_content_length(std::string_view text);

/// True when some byte of the eight is below 0x20 or 0x7f.
constexpr bool has_control(std::uint64_t word) {
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t highs = 0x8080808080808080;
    const std::uint64_t below = (word - ones * 0x20) & ~word & highs;
    const std::uint64_t deletes = word ^ (ones * 0x7f);
    return (below | ((deletes - ones) & ~deletes & highs)) != 0;
}

}  // namespace gw::http
