#pragma once
// One small HTTP/1.1 server: decoder, limits, deadlines, keep-alive and encoder live here once. The pipeline is one
// handler of it; the admin API, the metrics page and the demo backend are others.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/random.h"
#include "libgw/io/net/outbox.h"
#include "libgw/io/net/rate.h"
#include "libgw/io/net/stream.h"
#include "libgw/io/net/tls.h"
#include "libgw/wire/http/decoder.h"
#include "libgw/wire/http/encoder.h"

namespace gw::net {

struct ServerLimits {
    http::Limits message;
    Nanoseconds handshake = std::chrono::seconds(10);
    Nanoseconds head = std::chrono::seconds(10);  ///< from the first byte (or accept) to the end of the head → 408
    Nanoseconds keep_alive = std::chrono::seconds(60);
    Nanoseconds body_gap = std::chrono::seconds(20);  ///< between bytes of a body, while we wait for them → 408
    /// The client takes nothing of an answer → RST. Looked at six times in it, and every 5 s at least.
    Nanoseconds send_stall = std::chrono::seconds(30);
    Nanoseconds linger = std::chrono::seconds(2);
    Nanoseconds age = std::chrono::hours(1);  ///< then "connection: close" (±10 %)
    Nanoseconds tunnel_idle = std::chrono::minutes(10);
    std::uint32_t min_rate = 240;    ///< bytes/s while the client is waited for, of every 5 s, either way
    std::uint32_t requests = 10000;  ///< on one connection (±10 %)
};

class Call;
class HttpServer;

/// What the owner of a call hears after it was given it. The call is valid until on_finished() returns.
class CallEvents {
  public:
    /// Bytes of the request's body; only between read_body() and pause_body(). All of them are taken.
    virtual void on_body(std::string_view bytes) = 0;
    virtual void on_body_end() = 0;
    /// What waited to be sent fell below kLowWater: a paused source may go on.
    virtual void on_drained() = 0;
    /// The client broke the framing, a limit or a deadline while its body was read, and no answer has begun: no more of
    /// the body comes, and this answer is the last on the connection.
    virtual void on_refused(const http::Refused& refused) = 0;
    /// The last event. `complete`: the last byte of the answer has gone; otherwise the client went away or was sent
    /// away.
    virtual void on_finished(bool complete) = 0;

  protected:
    ~CallEvents() = default;
};

/// Who answers requests.
class Handler {
  public:
    virtual ~Handler() = default;
    /// A head is complete. Sets events() before it returns, unless the answer is complete by then.
    virtual void on_call(Call& call) = 0;
    /// The client broke the protocol or a deadline (408); the connection closes after this answer. The head is whatever
    /// was understood, perhaps nothing. Sets events() as in on_call(). Default: the status alone.
    virtual void on_refused(Call& call, const http::Refused& refused);
    /// A connection ended before there was a request on it, because TLS failed. Default: nothing.
    virtual void on_handshake_failed(const Address& peer, std::string_view why);
};

/// One request and its answer on a connection.
class Call {
  public:
    [[nodiscard]] http::RequestHead& head() { return *head_; }
    [[nodiscard]] const Address& peer() const { return stream_.peer(); }
    [[nodiscard]] const TlsInfo* tls() const { return stream_.tls(); }
    /// What adopt() was told.
    [[nodiscard]] std::uint32_t listener() const { return listener_; }
    [[nodiscard]] Loop& loop() const;
    [[nodiscard]] HttpServer& server() const { return server_; }
    /// When its first byte was read.
    [[nodiscard]] Instant began() const { return began_; }
    void events(CallEvents* events) { events_ = events; }

    // ── the request's body ──
    /// False: the declared length is larger already. A body that passes it later is refused with 413 through
    /// on_refused().
    [[nodiscard]] bool limit_body(std::uint64_t bytes) { return decoder_.limit_body(bytes, *head_); }
    [[nodiscard]] bool body_complete() const { return body_complete_; }
    /// Lets on_body() come. Sends nothing by itself: see send_continue().
    void read_body();
    void pause_body();
    /// Answers "Expect: 100-continue", once, when the client waits for it.
    void send_continue();

    // ── the answer ──
    /// Writes the status line; the caller writes fields, but none that frame or that are hop-by-hop.
    http::HeadWriter begin(std::uint16_t status);
    /// Ends the head. `length`: of the body; nothing: unknown, chunked (HTTP/1.0: until close).
    /// False when a field may not be on the wire: nothing was written, begin again.
    [[nodiscard]] bool end_head(http::HeadWriter& writer, std::optional<std::uint64_t> length);
    /// Bytes of the body; they must live until flush(). Ignored for HEAD, 204 and 304.
    void write(std::string_view bytes);
    /// The answer is complete once this is sent.
    void end();
    /// What was gathered leaves in one write. May call on_finished() before it returns.
    void flush();
    /// Bytes that wait to be sent.
    [[nodiscard]] std::size_t waiting() const { return outbox_.waiting(); }
    [[nodiscard]] bool answer_begun() const { return answer_begun_; }
    [[nodiscard]] std::uint16_t status() const { return status_; }
    /// Bytes of the answer's body so far (for HEAD: none).
    [[nodiscard]] std::uint64_t body_sent() const { return body_sent_; }
    [[nodiscard]] std::uint64_t body_received() const { return body_received_; }
    /// Breaks the answer off so that the client can see it: no final chunk, RST. on_finished(false) follows.
    void abort();
    /// An exception ended work on this call: the client gets a 500 through on_refused() when its answer has not begun,
    /// and a broken connection otherwise. Others notice nothing.
    void fault() noexcept;
    /// "connection: close" with this answer.
    void close_after() { close_after_ = true; }
    /// After a 101: bytes pass both ways as they are, through on_body() and write(), until end() or the peer's end.
    void begin_tunnel();
    [[nodiscard]] bool tunnel() const { return tunnel_; }

    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

  private:
    friend class HttpServer;
    enum class Phase : std::uint8_t { handshake, idle, head, call, discard, linger, closed };

    Call(HttpServer& server, Stream stream, std::uint32_t listener);
    void start(std::shared_ptr<const TlsContext> tls);
    void on_handshake();
    void on_readable();
    void on_writable();
    void on_timer();
    void on_resume();
    void on_fault() noexcept;
    void take(std::string_view bytes);
    bool take_some(std::string_view& bytes);
    void on_body_bytes(std::string_view bytes);
    void stash(std::string_view bytes);
    void on_end_of_input();
    void refuse(const http::Refused& refused);
    void begin_call();
    void dispatch();
    void finish(bool complete);
    void next();
    void linger();
    void close(bool with_reset);
    void begin_watching();
    void watch_client(Instant now);
    void await_input();
    void set_deadlines();
    [[nodiscard]] bool must_close() const;
    [[nodiscard]] bool may_discard() const;
    [[nodiscard]] Nanoseconds patience_for_head() const;

    HttpServer& server_;
    std::uint32_t listener_;
    Stream stream_;
    Outbox outbox_;
    http::RequestDecoder decoder_;
    Timer timer_;
    std::unique_ptr<http::RequestHead> head_;
    CallEvents* events_ = nullptr;
    std::string stash_;     // bytes that were read too early; borrowed
    Call* next_ = nullptr;  // the server's list
    Call* previous_ = nullptr;
    Instant opened_;
    Instant began_;
    Instant read_deadline_ = Instant::max();
    Instant write_deadline_ = Instant::max();
    Instant gone_deadline_ = Instant::max();
    Instant waiting_since_;  // for body bytes
    Rate body_rate_;
    Rate sending_rate_;
    Instant sending_since_;    // the last look at what the client took; none while nothing waits
    Instant progress_at_;      // the last look that found something
    std::uint64_t taken_ = 0;  // Stream::taken() then
    std::uint64_t body_received_ = 0;
    std::uint64_t body_sent_ = 0;
    std::uint64_t answer_left_ = 0;
    std::size_t head_from_ = 0;
    std::uint32_t requests_ = 0;
    std::uint32_t request_limit_ = 0;
    std::uint32_t lingered_ = 0;
    std::uint16_t status_ = 0;
    Phase phase_ = Phase::idle;
    bool stash_borrowed_ = false;
    bool want_body_ = false;
    bool body_complete_ = true;
    bool continue_sent_ = false;
    bool answer_begun_ = false;
    bool answer_ended_ = false;
    bool answer_chunked_ = false;
    bool answer_bodyless_ = false;
    bool close_after_ = false;
    bool in_input_ = false;
    bool input_ended_ = false;
    bool tunnel_ = false;
    bool refusing_ = false;
    bool head_open_ = false;  // begin() was, end_head() was not
    bool faulted_ = false;
};

/// The connections of one loop that one handler serves.
class HttpServer {
  public:
    HttpServer(Loop& loop, const ServerLimits& limits, Handler& handler, std::uint64_t seed);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// Takes a connection; its calls tell through which listener it came.
    void adopt(Stream stream, std::shared_ptr<const TlsContext> tls, std::uint32_t listener = 0);
    /// From now on answers carry "connection: close"; idle connections close within `spread`, each at its own moment.
    /// One that has not sent a request yet has kFirstRequest for it: somebody was let in to be served.
    void drain(Nanoseconds spread);
    static constexpr Nanoseconds kFirstRequest = std::chrono::seconds(1);
    /// Closes up to `count` of the connections that have been idle longest; returns how many.
    std::size_t close_idle(std::size_t count);
    /// Closes the connection that has been without a complete request longest. False: all of them are being answered.
    bool close_longest_waiting();
    /// Closes everything, now.
    void close_all();
    [[nodiscard]] std::size_t connections() const { return connections_; }
    [[nodiscard]] std::size_t calls() const { return calls_; }
    [[nodiscard]] Loop& loop() const { return loop_; }
    [[nodiscard]] const ServerLimits& limits() const { return limits_; }
    /// New limits hold for connections from now on.
    void limits(const ServerLimits& limits) { limits_ = limits; }
    /// "Sun, 22 Nov 2026 12:01:07 GMT", made once a second.
    std::string_view date_text();
    /// Called when a connection has ended, for the owner's counts.
    void on_release(std::function<void(const Address&)> released) { released_ = std::move(released); }
    /// Under pressure: keep-alive waits at most this long; zero: no keep-alive at all.
    void pressure(std::optional<Nanoseconds> keep_alive) { pressure_ = keep_alive; }

  private:
    friend class Call;
    std::unique_ptr<http::RequestHead> take_head();
    void give_head(std::unique_ptr<http::RequestHead> head);
    void bury(Call* call);
    void reap();

    Loop& loop_;
    ServerLimits limits_;
    Handler& handler_;
    Call* first_ = nullptr;
    Call* last_ = nullptr;
    Call* dead_ = nullptr;  // a list
    std::vector<std::unique_ptr<http::RequestHead>> heads_;
    std::function<void(const Address&)> released_;
    std::optional<Nanoseconds> pressure_;
    Random random_;
    std::size_t connections_ = 0;
    std::size_t calls_ = 0;
    std::int64_t date_second_ = -1;
    char date_[32] = {};
    std::uint8_t date_size_ = 0;
    bool draining_ = false;
};

}  // namespace gw::net
