#include "libgw/policy/answer/request_id.h"

namespace gw {

std::array<char, 16> make_request_id(std::span<const std::uint8_t, 11> random) {
    static constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::array<char, 16> text{};
    std::size_t out = 0;
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const std::uint8_t byte : random) {
        bits = (bits << 8 | byte) & 0x3fff;
        held += 8;
        while (held >= 6) {
            held -= 6;
            text[out++] = kAlphabet[bits >> held & 63];
        }
    }
    text[out++] = kAlphabet[bits << (6 - held) & 63];
    text[out] = '=';
    return text;
}

std::array<char, 36> make_uuid(std::span<const std::uint8_t, 16> random) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::array<char, 36> text{};
    std::size_t out = 0;
    for (std::size_t i = 0; i < random.size(); ++i) {
        unsigned byte = random[i];
        if (i == 6) byte = (byte & 0x0f) | 0x40;
        if (i == 8) byte = (byte & 0x3f) | 0x80;
        if (i == 4 || i == 6 || i == 8 || i == 10) text[out++] = '-';
        text[out++] = kDigits[byte >> 4];
        text[out++] = kDigits[byte & 15];
    }
    return text;
}

RequestIds make_request_ids(std::span<const std::uint8_t, kRequestIdBytes> random) {
    return {make_request_id(random.first<11>()), make_uuid(random.subspan<11, 16>())};
}

}  // namespace gw
