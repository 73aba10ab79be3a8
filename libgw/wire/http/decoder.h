#pragma once
// Bytes to messages: incremental, bounded, the same answer however the bytes were cut (RFC 9112).

#include <cstdint>
#include <string_view>

#include "libgw/wire/http/head_reader.h"
#include "libgw/wire/http/limits.h"
#include "libgw/wire/http/message.h"
#include "libgw/wire/http/refused.h"

namespace gw::http {

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
/// Stricter than the RFC: no whitespace anywhere in a chunk line, at most 16 digits, no trailer that frames or routes
/// anew.
class ChunkedDecoder {
  public:
    /// Before each body. `body_limit` in bytes of payload: a chunk that would pass it is refused at its size (413).
    /// Requires: `limits` outlives the body.
    void reset(const Limits& limits, std::uint64_t body_limit = UINT64_MAX);
    /// Found::body, ::more, ::end or ::error.
    Decoded decode(std::string_view bytes);
    /// Payload bytes so far.
    [[nodiscard]] std::uint64_t payload() const { return state_ == State::data ? payload_ - left_ : payload_; }

  private:
    enum class State : std::uint8_t {
        size,
        extension,
        extension_name,
        extension_value,
        extension_token,
        quoted,
        quoted_pair,
        quoted_end,
        size_lf,
        data,
        data_cr,
        data_lf,
        trailer,
        trailer_name,
        trailer_value,
        trailer_lf,
        last_lf,
        done,
        failed,
    };
    Decoded fail(std::uint16_t status, std::string_view reason);
    // One byte of framing. Returns an empty Refused while all is well.
    Refused step(char c);
    Refused chunk_begins();
    Refused end_of_trailer_name();

    static constexpr std::size_t kLongestName = 17;  // of the trailers that are refused: transfer-encoding

    State state_ = State::size;
    std::uint8_t digits_ = 0;
    std::uint8_t name_size_ = 0;  // of the trailer's name, no further than the buffer and one
    char name_[kLongestName] = {};
    std::uint16_t trailer_fields_ = 0;
    std::uint32_t line_ = 0;  // bytes of the current chunk line
    std::uint32_t trailer_bytes_ = 0;
    std::uint64_t left_ = 0;     // of the current chunk
    std::uint64_t payload_ = 0;  // the current chunk's are counted when its size is known
    std::uint64_t overhead_ = 0;
    std::uint64_t body_limit_ = UINT64_MAX;
    const Limits* limits_ = nullptr;
    Refused refused_{};
};

/// Decodes the requests of one connection, one after the other.
/// Until the first byte of a request it holds no memory beyond itself; a partial head is kept in the caller's
/// RequestHead.
class RequestDecoder {
  public:
    /// `default_port` is left out of RequestHead::authority: 443 behind TLS. Requires: `limits` outlives the decoder.
    explicit RequestDecoder(const Limits& limits, std::uint16_t default_port = 80)
        : limits_(&limits), default_port_(default_port) {}

    /// Consumes a prefix of `bytes`. Call again with the rest, be it empty, until `more`, `end` or `error`.
    /// Requires: the same `head` until `end`. The decoder clears it when the next request begins.
    /// After `error` the head holds what was understood: method and target, if the request line was good.
    Decoded decode(std::string_view bytes, RequestHead& head);
    /// True between messages: nothing of a request has been seen (one leading empty line is not a request).
    [[nodiscard]] bool idle() const { return state_ == State::start; }
    /// The payload limit of the route that was found, from the head on. Requires: called after `head`, before more
    /// bytes. Returns false when the declared length is already larger (413 at once, nothing read; S41). It can only
    /// narrow Limits::body.
    [[nodiscard]] bool limit_body(std::uint64_t bytes, const RequestHead& head);

  private:
    enum class State : std::uint8_t { start, head, body, chunked, failed };
    Decoded fail(std::size_t taken, Refused refused);
    Refused take_request_line(std::string_view line, std::size_t at, RequestHead& head);
    Refused take_target(std::string_view target, RequestHead& head);
    Refused finish_head(RequestHead& head);
    Refused judge_host(RequestHead& head);

    const Limits* limits_;
    std::uint16_t default_port_;
    State state_ = State::start;
    bool leading_cr_ = false;           // half of the empty line that may stand before a request
    bool leading_line_ = false;         // all of it
    std::uint32_t authority_size_ = 0;  // of an absolute-form target, 0: none
    std::uint32_t authority_at_ = 0;
    std::uint64_t left_ = 0;
    HeadReader reader_;
    ChunkedDecoder chunked_;
    Refused refused_{};
};

/// Decodes the responses of one connection.
class ResponseDecoder {
  public:
    explicit ResponseDecoder(const Limits& limits = kResponseLimits) : limits_(&limits) {}

    /// Before each response: the method it answers (HEAD has no body; RFC 9112 §6.3) and whether a protocol switch was
    /// asked for; a 101 that was not is refused.
    void expect(Method method, bool upgrade = false);
    /// Found::head is reported for every head; 1xx heads (but 101) are followed by the next `head` and not by `end`.
    /// More than ten of them are refused. After 101 the decoder reports `end` and takes no further byte.
    /// Call again with the rest, be it empty, until `more`, `end` or `error`. Bytes that come when no response is
    /// expected are an error, and so is every byte after `end` before the next expect().
    Decoded decode(std::string_view bytes, ResponseHead& head);
    /// The peer closed. `end` if that completes an until_close body, else `error`.
    Decoded close();
    /// Nothing of the response that is expected, or of one that is not, has been seen.
    [[nodiscard]] bool idle() const { return state_ == State::done || (state_ == State::start && interim_ == 0); }

  private:
    enum class State : std::uint8_t { done, start, head, body, chunked, until_close, failed };
    Decoded fail(std::size_t taken, Refused refused);
    Refused take_status_line(std::string_view line, std::size_t at, ResponseHead& head);
    Refused finish_head(ResponseHead& head);

    const Limits* limits_;
    State state_ = State::done;
    Method method_ = Method::get;
    bool upgrade_ = false;
    std::uint8_t interim_ = 0;
    std::uint64_t left_ = 0;
    HeadReader reader_;
    ChunkedDecoder chunked_;
    Refused refused_{};
};

}  // namespace gw::http
