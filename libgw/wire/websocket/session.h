#pragma once
// One end of an open WebSocket: what comes in, what goes out, pongs, and the closing handshake (RFC 6455 §5, §7).
// No socket and no clock: whoever has those feeds bytes, and sends what was appended.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "libgw/base/clock.h"
#include "libgw/wire/websocket/decoder.h"

namespace gw::websocket {

/// What masks are made of. §10.3: nobody else may be able to tell the next one.
class MaskKeys {
  public:
    using Fill = std::function<void(std::span<std::uint8_t>)>;
    /// `fill` is asked for chance, 256 bytes at a time.
    explicit MaskKeys(Fill fill) : fill_(std::move(fill)) {}
    MaskKey next();

  private:
    Fill fill_;
    std::array<std::uint8_t, 256> bytes_{};
    std::size_t used_ = sizeof bytes_;
};

/// What the owner of a session hears while it is fed.
class SessionEvents {
  public:
    /// A piece of a message (Found::data). Pieces of text together are UTF-8.
    virtual void on_data(const Decoded& piece) = 0;
    /// Its pong is on its way already.
    virtual void on_ping(std::string_view payload) = 0;
    virtual void on_pong(std::string_view payload) = 0;
    /// The peer closes; our close frame is on its way, or was sent before. The last event.
    virtual void on_close(CloseCode code, std::string_view reason) = 0;
    /// The peer broke the protocol or a limit and was told `code`. The last event. `why` is a static word.
    virtual void on_failure(CloseCode code, std::string_view why) = 0;

  protected:
    ~SessionEvents() = default;
};

class Session {
  public:
    /// `keys`: of a client; null of a server. `pool`: needed when permessage-deflate was agreed on. Requires: all of
    /// them outlive the session.
    Session(Role role, const Limits& limits, MaskKeys* keys) : limits_(&limits), keys_(keys), decoder_(role, limits) {}

    /// permessage-deflate was agreed on. Requires: before anything was fed or sent; the pool outlives the session.
    void deflate(const DeflateParameters& parameters, DeflatePool& pool);

    /// Takes bytes from the peer, tells the events and appends to `out` what answers them: a pong for each ping up to
    /// kPongs a call and then for the last of them alone (§5.5.3), and the close frame. `room` as of Decoder::decode().
    /// The events may send.
    void feed(std::string_view bytes, std::span<char> room, SessionEvents& events, std::string& out, Instant now);
    static constexpr int kPongs = 16;

    /// Appends a message in one frame. False, and nothing was appended, when it may not be sent any more. Requires:
    /// text is UTF-8; no message of send_piece() is open.
    bool send(Opcode opcode, std::string_view payload, std::string& out);
    /// Appends a frame of a message that is sent in several.
    bool send_piece(Opcode opcode, std::string_view payload, bool begins, bool ends, std::string& out);
    /// Requires: at most kMostControl bytes.
    bool ping(std::string_view payload, std::string& out) { return send_control(Opcode::ping, payload, out); }
    /// An unsolicited pong (§5.5.3).
    bool pong(std::string_view payload, std::string& out) { return send_control(Opcode::pong, payload, out); }
    /// Begins the closing handshake; no_status sends none. The reason is cut to what a frame holds, at a character's
    /// end.
    bool close(CloseCode code, std::string_view reason, std::string& out);

    /// A close frame was sent: nothing else may be.
    [[nodiscard]] bool close_sent() const { return close_sent_; }
    /// The peer's close frame was read, or it broke the protocol: nothing more is heard.
    [[nodiscard]] bool over() const { return decoder_.over(); }
    /// Whether messages may be compressed.
    [[nodiscard]] bool compresses() const { return deflates_; }

  private:
    bool send_control(Opcode opcode, std::string_view payload, std::string& out);
    void append(std::string& out, Opcode opcode, bool fin, bool rsv1, std::string_view payload);
    [[nodiscard]] bool is_flood(Instant now);

    const Limits* limits_;
    MaskKeys* keys_;
    DeflatePool* pool_ = nullptr;
    std::unique_ptr<MessageDeflate> deflate_;  // with context takeover
    Decoder decoder_;
    Instant window_{};  // the second in which controls are counted
    std::uint32_t controls_ = 0;
    std::uint8_t deflate_bits_ = 15;
    bool deflates_ = false;
    bool forgets_ = false;
    bool piece_compressed_ = false;
    bool close_sent_ = false;
};

}  // namespace gw::websocket
