#pragma once
// Bytes to messages: incremental, bounded, the same answer however the bytes were cut (RFC 9112).

#include <cstdint>
#include <string_view>

#include "libgw/wire/http/limits.h"
#include "libgw/wire/http/message.h"

namespace gw::http {

/// Why a message is refused. Only the client's own decoder maps it to a status; a response that breaks the rules is a 502.
struct Refused {
    std::uint16_t status = 400;  ///< 400, 413, 414, 417, 431, 501, 505
    std::string_view reason;     ///< a static word, e.g. "framing.cl_and_te"; the list stands in decoder.cpp
};

/// What decode() found next.
enum class Found : std::uint8_t {
    more,   ///< all bytes are taken; feed more
    head,   ///< the head is complete
    body,   ///< some bytes of the payload: Decoded::data, a view into the bytes that were fed
    end,    ///< the message is complete; bytes that follow belong to the next
    error,  ///< Decoded::refused says why; the decoder takes nothing any more
};

struct Decoded {
    Found found = Found::more;
    std::size_t taken = 0;  ///< how many of the bytes were consumed
    std::string_view data;
    Refused refused;
};

/// Chunked transfer coding (RFC 9112 §7.1), trailers parsed and dropped. Used by both decoders.
class ChunkedDecoder {
  public:
    void reset(const Limits& limits);
    /// Found::body, ::more, ::end or ::error.
    Decoded decode(std::string_view bytes);
    /// Payload bytes so far.
    [[nodiscard]] std::uint64_t payload() const { return payload_; }

  private:
    enum class State : std::uint8_t { size, extension, size_lf, data, data_cr, data_lf, trailer, trailer_lf, done, failed };
    Decoded fail(std::uint16_t status, std::string_view reason);

    State state_ = State::size;
    std::uint8_t step_ = 0;          // position in the grammar of an extension or of a trailer line
    std::uint8_t digits_ = 0;
    std::uint16_t line_ = 0;         // bytes of the current chunk line
    std::uint16_t trailer_fields_ = 0;
    std::uint32_t trailer_bytes_ = 0;
    std::uint64_t left_ = 0;         // of the current chunk
    std::uint64_t payload_ = 0;
    std::uint64_t overhead_ = 0;
    std::uint32_t name_hash_ = 0;    // of the trailer's name, to refuse those that frame (S60)
    const Limits* limits_ = nullptr;
};

/// Decodes the requests of one connection, one after the other.
/// Until the first byte of a request it holds no memory beyond itself; a partial head is kept in the caller's RequestHead.
class RequestDecoder {
  public:
    /// Requires: `limits` outlives the decoder.
    explicit RequestDecoder(const Limits& limits) : limits_(&limits) {}

    /// Consumes a prefix of `bytes`. Call again with the rest until `more`, `end` or `error`.
    /// Requires: the same `head` until `end`; after `end` a cleared one may be another.
    Decoded decode(std::string_view bytes, RequestHead& head);
    /// True between messages: nothing of a request has been seen (one leading empty line is not a request).
    [[nodiscard]] bool idle() const { return state_ == State::start; }
    /// The payload limit of the route that was found, from the head on. Requires: called after `head`, before more bytes.
    /// Returns false when the declared length is already larger (413 at once, nothing read; S41).
    [[nodiscard]] bool limit_body(std::uint64_t bytes, const RequestHead& head);

  private:
    enum class State : std::uint8_t { start, head, body, chunked, failed };
    Decoded fail(std::uint16_t status, std::string_view reason);
    Refused finish_head(RequestHead& head);

    const Limits* limits_;
    State state_ = State::start;
    bool empty_line_ = false;     // the one tolerated before a request was seen
    bool end_pending_ = false;    // a message without body ends right after its head
    std::uint32_t line_at_ = 0;   // where the unfinished line starts in the block
    std::uint64_t left_ = 0;
    std::uint64_t body_limit_ = UINT64_MAX;
    ChunkedDecoder chunked_;
};

/// Decodes the responses of one connection.
class ResponseDecoder {
  public:
    explicit ResponseDecoder(const Limits& limits = kResponseLimits) : limits_(&limits) {}

    /// Before each response: the method it answers (HEAD has no body; RFC 9112 §6.3).
    void expect(Method method);
    /// Found::head is reported for every head; 1xx heads (but 101) are followed by the next `head` and not by `end`.
    /// More than ten of them are refused. After 101 the decoder reports `end` and takes no further byte.
    Decoded decode(std::string_view bytes, ResponseHead& head);
    /// The peer closed. `end` if that completes an until_close body, else `error`.
    Decoded close();
    [[nodiscard]] bool idle() const { return state_ == State::start; }

  private:
    enum class State : std::uint8_t { start, head, body, chunked, until_close, done, failed };
    Decoded fail(std::string_view reason);
    Refused finish_head(ResponseHead& head);

    const Limits* limits_;
    State state_ = State::start;
    Method method_ = Method::get;
    std::uint8_t interim_ = 0;
    bool end_pending_ = false;
    std::uint32_t line_at_ = 0;
    std::uint64_t left_ = 0;
    ChunkedDecoder chunked_;
};

}  // namespace gw::http
