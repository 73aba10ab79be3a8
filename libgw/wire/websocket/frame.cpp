#include "libgw/wire/websocket/frame.h"

#include <cstring>

namespace gw::websocket {

void mask(const char* from, std::size_t size, char* to, MaskKey key, std::size_t offset) {
    // eight bytes of the mask as they lie in memory, turned to begin where these bytes do
    std::array<std::uint8_t, 8> turned;
    for (std::size_t i = 0; i < turned.size(); ++i) turned[i] = key[(offset + i) % key.size()];
    std::uint64_t pattern = 0;
    std::memcpy(&pattern, turned.data(), sizeof pattern);
    std::size_t at = 0;
    for (; at + sizeof pattern <= size; at += sizeof pattern) {
        std::uint64_t word = 0;
        std::memcpy(&word, from + at, sizeof word);
        word ^= pattern;
        std::memcpy(to + at, &word, sizeof word);
    }
    for (std::size_t i = 0; at < size; ++at, ++i)
        to[at] = static_cast<char>(static_cast<std::uint8_t>(from[at]) ^ turned[i]);
}

void append_frame_head(std::string& out, const FrameHead& head, std::uint64_t size) {
    std::array<char, kLongestHead> bytes;
    std::size_t at = 0;
    const auto put = [&](std::uint64_t byte) { bytes[at++] = static_cast<char>(byte & 0xffU); };
    put((head.fin ? 0x80U : 0U) | (head.rsv1 ? 0x40U : 0U) | static_cast<unsigned>(head.opcode));
    const std::uint64_t masked = head.key ? 0x80U : 0U;
    if (size < 126) {
        put(masked | size);
    } else if (size < 65536) {
        put(masked | 126U);
        put(size >> 8U);
        put(size);
    } else {
        put(masked | 127U);
        for (unsigned shift = 64; shift > 0;) put(size >> (shift -= 8));
    }
    if (head.key)
        for (const std::uint8_t byte : *head.key) put(byte);
    out.append(bytes.data(), at);
}

void append_frame(std::string& out, const FrameHead& head, std::string_view payload) {
    append_frame_head(out, head, payload.size());
    const std::size_t from = out.size();
    out.append(payload);
    if (head.key) mask(out.data() + from, payload.size(), out.data() + from, *head.key);
}

}  // namespace gw::websocket
