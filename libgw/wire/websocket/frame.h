#pragma once
// The frame of RFC 6455 §5.2: its head, its mask, and how one is written.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gw::websocket {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

constexpr bool is_control(Opcode opcode) { return static_cast<std::uint8_t>(opcode) >= 8; }

/// What a control frame carries at most (§5.5).
inline constexpr std::size_t kMostControl = 125;
/// Two bytes, eight of a length, four of a mask.
inline constexpr std::size_t kLongestHead = 14;

using MaskKey = std::array<std::uint8_t, 4>;

struct FrameHead {
    Opcode opcode = Opcode::text;
    bool fin = true;
    bool rsv1 = false;                ///< permessage-deflate: the message is compressed (RFC 7692 §6)
    std::optional<MaskKey> key = {};  ///< a client's frame
};

/// Applies the mask (§5.3) to bytes that stand `offset` bytes into a frame's payload. `to` may be `from`.
void mask(const char* from, std::size_t size, char* to, MaskKey key, std::size_t offset = 0);

/// Appends a frame with this payload. The length is written in as few bytes as it needs.
void append_frame(std::string& out, const FrameHead& head, std::string_view payload);
/// Appends the head alone, for a payload of `size` bytes that whoever writes it masks himself.
void append_frame_head(std::string& out, const FrameHead& head, std::uint64_t size);

}  // namespace gw::websocket
