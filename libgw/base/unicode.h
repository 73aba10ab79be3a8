#pragma once
// One code point at a time (RFC 3629), for those who count columns or repair text.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gw {

/// What stands at a place in a text: a code point and its length in bytes. A byte that begins no valid sequence
/// (overlong, surrogate, above U+10FFFF, cut short) gives `valid` false and size 1.
struct CodePoint {
    char32_t value = 0xfffd;
    std::uint8_t size = 1;
    bool valid = false;
};

/// Requires: at < text.size().
inline CodePoint decode_utf8(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
    const auto first = byte(0);
    if (first < 0x80) return {first, 1, true};
    const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() - at < size) return {};
    char32_t value = first & (0xffu >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return {};
        value = (value << 6) | (byte(i) & 0x3fu);
    }
    if ((size == 3 && value < 0x800) || (size == 4 && value < 0x10000)) return {};
    if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return {};
    return {value, static_cast<std::uint8_t>(size), true};
}

/// Appends a code point as UTF-8. Requires: value is at most U+10FFFF and no surrogate.
inline void append_utf8(std::string& into, char32_t value) {
    const auto put = [&](char32_t byte) { into += static_cast<char>(byte); };
    if (value < 0x80) return put(value);
    if (value < 0x800) {
        put(0xc0 | (value >> 6));
    } else if (value < 0x10000) {
        put(0xe0 | (value >> 12));
        put(0x80 | ((value >> 6) & 0x3f));
    } else {
        put(0xf0 | (value >> 18));
        put(0x80 | ((value >> 12) & 0x3f));
        put(0x80 | ((value >> 6) & 0x3f));
    }
    put(0x80 | (value & 0x3f));
}

/// How many code points; an invalid byte counts as one.
inline std::size_t count_code_points(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); at += decode_utf8(text, at).size) ++count;
    return count;
}

}  // namespace gw
