// Base64, base64url and hexadecimal: a text is taken exactly when it is the one text of some bytes, and is read as
// those. The text of bytes is what writing them bit by bit gives.

#include <cstdint>
#include <string>
#include <string_view>

#include "libgw/base/encoding.h"
#include "tests/fuzz/require.h"

using namespace gw;

namespace {

constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

std::string bits_of(std::string_view bytes) {
    std::string bits;
    for (const char c : bytes)
        for (int i = 7; i >= 0; --i) bits += (static_cast<unsigned char>(c) >> i & 1) != 0 ? '1' : '0';
    return bits;
}

// Groups of `width` bits as letters of the alphabet, the last one filled with zeros.
std::string write_slowly(std::string_view bytes, std::string_view alphabet, std::size_t width) {
    const std::string bits = bits_of(bytes);
    std::string out;
    for (std::size_t at = 0; at < bits.size(); at += width) {
        std::string group = bits.substr(at, width);
        group.resize(width, '0');
        out += alphabet[std::stoul(group, nullptr, 2)];
    }
    return out;
}

template <class Parse, class Write>
void check(std::string_view text, Parse&& parse, Write&& write) {
    const auto read = parse(text);
    if (read) REQUIRE_THAT_IT_HOLDS(write(*read) == text);
    const auto back = parse(write(text));
    REQUIRE_THAT_IT_HOLDS(back.has_value() && *back == text);
    if (text.empty()) return;
    // one letter fewer, or one foreign letter, is not the text of the same bytes
    const std::string written = write(text);
    const auto cut = parse(std::string_view(written).substr(1));
    REQUIRE_THAT_IT_HOLDS(!cut || *cut != text);
    REQUIRE_THAT_IT_HOLDS(!parse(written + "\n") && !parse(" " + written) && !parse(written + std::string(1, '\0')));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 1024) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    std::string plain = write_slowly(text, std::string(kLetters) + "+/", 6);
    plain.append((4 - plain.size() % 4) % 4, '=');
    REQUIRE_THAT_IT_HOLDS(to_base64(text) == plain);
    REQUIRE_THAT_IT_HOLDS(to_base64url(text) == write_slowly(text, std::string(kLetters) + "-_", 6));
    REQUIRE_THAT_IT_HOLDS(to_hex(text) == write_slowly(text, "0123456789abcdef", 4));
    check(text, parse_base64, to_base64);
    check(text, parse_base64url, to_base64url);
    const auto bytes = parse_hex(text);
    const bool digits = text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
    REQUIRE_THAT_IT_HOLDS(bytes.has_value() == (digits && text.size() % 2 == 0));
    if (bytes) REQUIRE_THAT_IT_HOLDS(to_hex(*bytes).size() == text.size());
    const auto back = parse_hex(to_hex(text));
    REQUIRE_THAT_IT_HOLDS(back.has_value() && *back == text);
    return 0;
}
