#include "libgw/base/encoding.h"

#include <array>
#include <cstdint>

#include <fmt/format.h>

#include "libgw/base/text.h"

namespace gw {

namespace {

constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

using Values = std::array<std::int8_t, 256>;

constexpr Values values_of(std::string_view alphabet) {
    Values values{};
    for (auto& value : values) value = -1;
    for (std::size_t i = 0; i < alphabet.size(); ++i) {
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
    }
    return values;
}
constexpr Values kPlainValues = values_of(kPlain);
constexpr Values kUrlValues = values_of(kUrl);

std::string encode(std::string_view bytes, std::string_view alphabet, bool padded) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    const auto byte = [&](std::size_t i) {
        return i < bytes.size() ? static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) : 0U;
    };
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::uint32_t three = (byte(i) << 16U) | (byte(i + 1) << 8U) | byte(i + 2);
        out.push_back(alphabet[three >> 18U]);
        out.push_back(alphabet[(three >> 12U) & 63U]);
        if (i + 1 < bytes.size()) out.push_back(alphabet[(three >> 6U) & 63U]);
        if (i + 2 < bytes.size()) out.push_back(alphabet[three & 63U]);
    }
    while (padded && out.size() % 4 != 0) out.push_back('=');
    return out;
}

Error bad(std::string_view name, std::string_view why) {
    return Error{Errc::parse, fmt::format("{} text {}", name, why), {}, {}};
}

/// The first character that is none of the alphabet.
Error foreign(std::string_view text, const Values& values, std::string_view name) {
    std::size_t at = 0;
    while (at < text.size() && values[static_cast<unsigned char>(text[at])] >= 0) ++at;
    return bad(name, fmt::format("has a foreign character at position {}", at + 1));
}

/// `text` has no padding any more.
Result<std::string> decode(std::string_view text, const Values& values, std::string_view name) {
    const std::size_t rest = text.size() % 4;
    const auto value = [&, from = text.data()](std::size_t at) {
        return int{values[static_cast<unsigned char>(from[at])]};
    };
    if (rest == 1) return bad(name, "is cut short");
    std::string out(text.size() / 4 * 3 + (rest == 0 ? 0 : rest - 1), '\0');
    char* to = out.data();
    const auto put = [&](int bits) { *to++ = static_cast<char>(bits & 0xff); };
    std::size_t at = 0;
    for (; at + 4 <= text.size(); at += 4) {
        const int a = value(at);
        const int b = value(at + 1);
        const int c = value(at + 2);
        const int d = value(at + 3);
        if ((a | b | c | d) < 0) return foreign(text, values, name);
        put(a * 4 + b / 16);
        put(b * 16 + c / 4);
        put(c * 64 + d);
    }
    if (rest == 0) return out;
    const int a = value(at);
    const int b = value(at + 1);
    const int c = rest == 3 ? value(at + 2) : 0;
    if ((a | b | c) < 0) return foreign(text, values, name);
    put(a * 4 + b / 16);
    if (rest == 3) put(b * 16 + c / 4);
    // RFC 4648 §3.5: pad bits that are not zero would be a second way to write the same bytes
    if ((rest == 3 ? c % 4 : b % 16) != 0) return bad(name, "has trailing bits that are not zero");
    return out;
}

}  // namespace

std::string to_base64(std::string_view bytes) { return encode(bytes, kPlain, true); }

Result<std::string> parse_base64(std::string_view text) {
    if (text.size() % 4 != 0) return bad("base64", "has a length that is not a multiple of four");
    std::size_t padding = 0;
    while (padding < 2 && text.ends_with('=')) {
        text.remove_suffix(1);
        ++padding;
    }
    return decode(text, kPlainValues, "base64");
}

std::string to_base64url(std::string_view bytes) { return encode(bytes, kUrl, false); }

Result<std::string> parse_base64url(std::string_view text) { return decode(text, kUrlValues, "base64url"); }

std::string to_hex(std::string_view bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        out.push_back(kDigits[static_cast<unsigned char>(c) >> 4U]);
        out.push_back(kDigits[static_cast<unsigned char>(c) & 15U]);
    }
    return out;
}

Result<std::string> parse_hex(std::string_view text) {
    if (text.size() % 2 != 0) return bad("hexadecimal", "has an odd number of digits");
    std::string out;
    out.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_value(text[i]);
        const int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0) {
            return bad("hexadecimal", fmt::format("has a foreign character at position {}", i + (high < 0 ? 1 : 2)));
        }
        out.push_back(static_cast<char>(high * 16 + low));
    }
    return out;
}

}  // namespace gw
