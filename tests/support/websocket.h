#pragma once
// Both ends of a WebSocket in memory, and a decoder's whole answer, however the bytes were cut.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/random.h"
#include "libgw/base/text.h"
#include "libgw/wire/websocket/session.h"

namespace gw::test {

/// All that a decoder found, in words: "text hello", "ping x", "close 1000 bye", "error 1002 websocket.rsv". Of a
/// message that was not complete, nothing.
inline std::vector<std::string> decode_all(websocket::Decoder& decoder, std::string_view bytes, std::size_t piece,
                                           std::size_t room_size = 4096) {
    using websocket::Found;
    std::vector<std::string> found;
    std::vector<char> room(room_size);
    std::string message;
    for (std::size_t from = 0; from < bytes.size() || (bytes.empty() && from == 0); from += piece) {
        std::string_view rest = bytes.substr(from, piece);
        for (bool more = true; more;) {
            const websocket::Decoded next = decoder.decode(rest, room);
            rest.remove_prefix(next.taken);
            const std::string data(next.data);
            const std::string code = std::to_string(static_cast<unsigned>(next.code));
            switch (next.found) {
                case Found::more: more = false; break;
                case Found::data:
                    if (next.begins) message.clear();
                    message += data;
                    if (next.ends) found.push_back((next.text ? "text " : "binary ") + message);
                    break;
                case Found::ping: found.push_back("ping " + data); break;
                case Found::pong: found.push_back("pong " + data); break;
                case Found::close: found.push_back("close " + code + (data.empty() ? "" : " " + data)); break;
                case Found::error: found.push_back("error " + code + " " + std::string(next.why)); break;
            }
        }
    }
    return found;
}

/// The bytes that hexadecimal digits say; spaces do not count.
inline std::string bytes_of(std::string_view hex) {
    std::string bytes;
    int high = -1;
    for (const char c : hex) {
        if (c == ' ') continue;
        const int digit = hex_value(c);
        if (high >= 0) bytes += static_cast<char>(high * 16 + digit);
        high = high >= 0 ? -1 : digit;
    }
    return bytes;
}

inline websocket::MaskKeys mask_keys(std::uint64_t seed = 1) {
    return websocket::MaskKeys([random = Random(seed)](std::span<std::uint8_t> bytes) mutable { random.fill(bytes); });
}

/// One end, which sends back every message as it came and keeps what it heard.
struct Echo final : websocket::SessionEvents {
    websocket::Role role;
    websocket::MaskKeys keys = mask_keys();
    websocket::Limits limits;
    websocket::Session session;
    std::string out;                 ///< to the peer
    std::vector<std::string> heard;  ///< as of decode_all()
    std::string message;
    std::vector<char> room = std::vector<char>(4096);
    bool answers = true;

    explicit Echo(websocket::Role role_in, const websocket::Limits& limits_in = {})
        : role(role_in), limits(limits_in), session(role, limits, role == websocket::Role::client ? &keys : nullptr) {}

    void feed(std::string_view bytes, Instant now = {}) { session.feed(bytes, room, *this, out, now); }
    void on_data(const websocket::Decoded& piece) override {
        if (piece.begins) message.clear();
        message += piece.data;
        if (!piece.ends) return;
        heard.push_back((piece.text ? "text " : "binary ") + message);
        if (answers) session.send(piece.text ? websocket::Opcode::text : websocket::Opcode::binary, message, out);
    }
    void on_ping(std::string_view payload) override { heard.push_back("ping " + std::string(payload)); }
    void on_pong(std::string_view payload) override { heard.push_back("pong " + std::string(payload)); }
    void on_close(websocket::CloseCode code, std::string_view reason) override {
        heard.push_back("close " + std::to_string(static_cast<unsigned>(code)) +
                        (reason.empty() ? "" : " " + std::string(reason)));
    }
    void on_failure(websocket::CloseCode code, std::string_view why) override {
        heard.push_back("error " + std::to_string(static_cast<unsigned>(code)) + " " + std::string(why));
    }
};

}  // namespace gw::test
