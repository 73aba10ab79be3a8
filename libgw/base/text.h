#pragma once
// Small things that are done to text. ASCII rules throughout: nothing here knows a locale.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gw {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }
constexpr char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c; }
/// The value of a hexadecimal digit of either case, or -1.
constexpr int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// A to Z become a to z; every other byte stays.
std::string to_lower(std::string_view text);
/// a to z become A to Z; every other byte stays.
std::string to_upper(std::string_view text);

/// Equal when the case of ASCII letters does not count.
bool equals_ignoring_case(std::string_view left, std::string_view right);
bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);

/// Without the spaces and tabs at both ends (OWS, RFC 9110 §5.6.3). CR and LF are not OWS and stay.
std::string_view trim_ows(std::string_view text);

/// The pieces between separators, empty ones too: "a,,b" has three, "" has one.
std::vector<std::string_view> split(std::string_view text, char separator);
/// The two sides of the first separator; nothing when there is none.
std::optional<std::pair<std::string_view, std::string_view>> split_once(std::string_view text, char separator);

/// The pieces with `separator` between them.
template <class Range>
std::string join(const Range& pieces, std::string_view separator) {
    std::string joined;
    bool first = true;
    for (const auto& piece : pieces) {
        if (!first) joined += separator;
        first = false;
        joined += std::string_view(piece);
    }
    return joined;
}

/// A decimal number of digits only: no sign, no space, no empty text, nothing above `most`. Leading zeros are digits.
std::optional<std::uint64_t> parse_unsigned(std::string_view text,
                                            std::uint64_t most = std::numeric_limits<std::uint64_t>::max());
/// The same into a narrower type: `parse_unsigned_as<std::uint16_t>("70000")` is nothing.
template <std::unsigned_integral T>
std::optional<T> parse_unsigned_as(std::string_view text) {
    const auto value = parse_unsigned(text, std::numeric_limits<T>::max());
    if (!value) return std::nullopt;
    return static_cast<T>(*value);
}

/// How many letters must be put in, taken out, changed or swapped with their neighbour to make one word of the other.
/// Words longer than 64 bytes count as entirely different: the longer length.
std::size_t edit_distance(std::string_view left, std::string_view right);

/// The candidate that was probably meant, for "did you mean"; empty when none is near: at most a third of the letters
/// may differ, case not counting. The first of several equally near ones.
std::string_view closest(std::string_view word, std::span<const std::string_view> candidates);
std::string_view closest(std::string_view word, std::span<const std::string> candidates);

/// One character at the start of a text.
struct Utf8Character {
    char32_t code_point = 0;
    std::uint8_t size = 0;  ///< 1 to 4 bytes; 0: the text does not begin with a character
};
/// Decodes strictly (RFC 3629): no overlong form, no surrogate, nothing above U+10FFFF, nothing cut short.
Utf8Character decode_utf8(std::string_view text);
/// The length of the longest prefix that is UTF-8.
std::size_t valid_utf8_prefix(std::string_view text);
bool is_utf8(std::string_view text);
/// Appends U+0000 to U+10FFFF as UTF-8; a surrogate or anything above becomes U+FFFD.
void append_utf8(std::string& out, char32_t code_point);

/// 128 bits that whoever sends the keys cannot know.
struct HashSeed {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
};

/// SipHash-1-3 (Aumasson, Bernstein 2012): keyed, so nobody outside can choose keys that collide.
std::uint64_t siphash(std::string_view text, HashSeed seed);

/// The hash for maps whose keys are clients' bytes. There is no default: the seed is drawn at start.
class SeededHash {
  public:
    using is_transparent = void;
    explicit SeededHash(HashSeed seed) : seed_(seed) {}
    std::size_t operator()(std::string_view text) const { return siphash(text, seed_); }

  private:
    HashSeed seed_;
};

/// A map from clients' bytes that is searched by string_view: `SeededMap<int> map(0, SeededHash(seed));`
template <class T>
using SeededMap = std::unordered_map<std::string, T, SeededHash, std::equal_to<>>;

}  // namespace gw
