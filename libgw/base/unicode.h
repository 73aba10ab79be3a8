#pragma once
// One code point at a time through text that may be damaged, for those who count columns or repair what they show.

#include <cstddef>
#include <string_view>

#include "libgw/base/text.h"

namespace gw {

/// What stands at a place in a text. A byte that begins no valid sequence gives U+FFFD, size 1 and `valid` false.
struct CodePoint {
    char32_t value = 0xfffd;
    std::size_t size = 1;
    bool valid = false;
};

/// Requires: at < text.size().
inline CodePoint code_point_at(std::string_view text, std::size_t at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) return {byte, 1, true};
    const Utf8Character character = decode_utf8(text.substr(at, 4));
    if (character.size == 0) return {};
    return {character.code_point, character.size, true};
}

/// How many code points; an invalid byte counts as one.
inline std::size_t count_code_points(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); at += code_point_at(text, at).size) ++count;
    return count;
}

}  // namespace gw
