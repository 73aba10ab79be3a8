#pragma once
// Bytes to messages: incremental, bounded, the same answer however the bytes were cut (RFC 6455 §5, RFC 7692 §7.2.2).

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "libgw/base/utf8_stream.h"
#include "libgw/wire/websocket/close_code.h"
#include "libgw/wire/websocket/deflate.h"
#include "libgw/wire/websocket/frame.h"
#include "libgw/wire/websocket/limits.h"
#include "libgw/wire/websocket/role.h"

namespace gw::websocket {

/// What decode() found next.
enum class Found : std::uint8_t {
    more,  ///< all bytes are taken; feed more
    data,  ///< a piece of a message, without its mask and expanded
    ping,  ///< Decoded::data is what the pong shall say
    pong,
    close,  ///< Decoded::code, or 1005, and in Decoded::data the reason; what follows is dropped
    error,  ///< Decoded::code is what the peer shall be told, Decoded::why a word for it; what follows is dropped
};

struct Decoded {
    Found found = Found::more;
    std::size_t taken = 0;  ///< how many of the bytes were consumed
    /// Views the bytes that were fed, the room, or the decoder; valid until the next call. May be empty.
    std::string_view data = {};
    bool text = false;    ///< of data: the message is text, and its pieces together are UTF-8
    bool begins = false;  ///< of data: the first piece of a message
    bool ends = false;    ///< of data: the last
    CloseCode code = CloseCode::no_status;
    std::string_view why = {};  ///< a static word such as "websocket.mask"
};

/// Decodes the frames of one connection. About 250 bytes, and no allocation but an expander while a compressed message
/// is under way (with context takeover: from the first one on).
class Decoder {
  public:
    /// Requires: `limits` outlives the decoder.
    Decoder(Role role, const Limits& limits) : limits_(&limits), role_(role) {}

    /// permessage-deflate was agreed on. Requires: nothing was decoded; the pool outlives the decoder.
    void inflate(const DeflateParameters& parameters, DeflatePool& pool);

    /// Consumes a prefix of `bytes`. Call again with the rest, be it empty, until `more` or `error`. Bytes that a mask
    /// covers or that are compressed come out in `room`. Requires: room is not empty.
    Decoded decode(std::string_view bytes, std::span<char> room);
    /// Whatever comes is dropped from now on.
    void stop();
    /// Between messages: nothing of a frame or of a message has been seen.
    [[nodiscard]] bool idle() const { return state_ == State::head && head_size_ == 0 && !in_message_; }
    /// A close frame or an error has been seen.
    [[nodiscard]] bool over() const { return state_ == State::over; }
    [[nodiscard]] Role role() const { return role_; }

  private:
    enum class State : std::uint8_t { head, payload, control, tail, over };
    struct Fault {
        CloseCode code = CloseCode::normal;
        std::string_view why;
    };

    Decoded fail(std::size_t taken, Fault fault);
    Fault judge_head();
    Fault take_length();
    void begin_payload();
    Decoded take_plain(std::size_t taken, std::string_view bytes, std::span<char> room);
    Decoded take_compressed(std::size_t taken, std::string_view bytes, std::span<char> room);
    Decoded take_control(std::size_t taken, std::string_view bytes);
    Decoded take_close(std::size_t taken);
    Decoded give(std::size_t taken, std::string_view data, bool ends);
    void end_message();

    const Limits* limits_;
    DeflatePool* pool_ = nullptr;  // set: permessage-deflate was agreed on
    std::unique_ptr<MessageInflate> inflate_;
    std::uint64_t left_ = 0;          // of the frame's payload
    std::uint64_t message_size_ = 0;  // what was given of the message
    std::uint32_t fragments_ = 0;
    MaskKey key_{};
    std::array<char, kLongestHead> head_{};
    std::array<char, kMostControl> control_{};
    std::uint8_t head_size_ = 0;
    std::uint8_t head_needed_ = 2;
    std::uint8_t control_size_ = 0;
    std::uint8_t turn_ = 0;  // where in the mask the next byte stands
    std::uint8_t tail_ = 0;  // bytes of the flush's end that were fed
    Role role_;
    State state_ = State::head;
    Opcode opcode_ = Opcode::text;  // of the frame
    Utf8Stream utf8_;
    bool fin_ = false;
    bool masked_ = false;
    bool in_message_ = false;
    bool text_ = false;
    bool compressed_ = false;
    bool told_ = false;  // a piece of the message was given
    bool forgets_ = false;
};

}  // namespace gw::websocket
