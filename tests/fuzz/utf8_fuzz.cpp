// UTF-8: a sequence is valid exactly when it is the shortest writing of a character that is no surrogate.

#include <cstdint>
#include <string>
#include <string_view>

#include "libgw/base/text.h"
#include "libgw/base/unicode.h"
#include "tests/fuzz/require.h"

using namespace gw;

namespace {

// Reads by the patterns of RFC 3629 §3 alone, then asks whether it should have been written so.
Utf8Character decode_slowly(std::string_view text) {
    if (text.empty()) return {};
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    std::uint8_t size = 0;
    char32_t value = 0;
    if ((byte(0) & 0x80) == 0) {
        size = 1;
        value = byte(0);
    } else if ((byte(0) & 0xe0) == 0xc0) {
        size = 2;
        value = byte(0) & 0x1f;
    } else if ((byte(0) & 0xf0) == 0xe0) {
        size = 3;
        value = byte(0) & 0x0f;
    } else if ((byte(0) & 0xf8) == 0xf0) {
        size = 4;
        value = byte(0) & 0x07;
    }
    if (size == 0 || text.size() < size) return {};
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return {};
        value = value * 64 + (byte(i) & 0x3f);
    }
    const std::uint8_t needed = value < 0x80 ? 1 : value < 0x800 ? 2 : value < 0x10000 ? 3 : 4;
    const bool surrogate = value >= 0xd800 && value <= 0xdfff;
    if (needed != size || surrogate || value > 0x10ffff) return {};
    return {value, size};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 4096) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    std::size_t valid = 0;
    bool whole = true;
    std::size_t count = 0;
    std::string again;
    for (std::size_t at = 0; at < text.size(); ++count) {
        const Utf8Character expected = decode_slowly(text.substr(at));
        const Utf8Character character = decode_utf8(text.substr(at));
        REQUIRE_THAT_IT_HOLDS(character.size == expected.size && character.code_point == expected.code_point);
        const CodePoint point = code_point_at(text, at);
        REQUIRE_THAT_IT_HOLDS(point.valid == (expected.size > 0) && point.size >= 1);
        REQUIRE_THAT_IT_HOLDS(point.value == (point.valid ? expected.code_point : 0xfffd));
        whole &= point.valid;
        at += point.size;
        if (whole) {
            valid = at;
            append_utf8(again, point.value);
        }
    }
    REQUIRE_THAT_IT_HOLDS(valid_utf8_prefix(text) == valid && is_utf8(text) == whole);
    REQUIRE_THAT_IT_HOLDS(again == text.substr(0, valid) && count_code_points(text) == count);

    std::string written;
    char32_t any = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(size, 3); ++i) any = any * 256 + data[i];
    append_utf8(written, any);
    const bool exists = any <= 0x10ffff && (any < 0xd800 || any > 0xdfff);
    REQUIRE_THAT_IT_HOLDS(decode_slowly(written).code_point == (exists ? any : 0xfffd));
    REQUIRE_THAT_IT_HOLDS(decode_slowly(written).size == written.size());
    return 0;
}
