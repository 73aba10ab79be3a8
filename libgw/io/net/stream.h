#pragma once
// A connected socket, in the clear or under TLS; nobody above sees the difference.

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <sys/uio.h>

#include "libgw/io/net/address.h"
#include "libgw/io/net/loop.h"

namespace gw::net {

class TlsContext;
class TlsSession;
struct TlsInfo;

/// What one non-blocking read or write did.
struct IoResult {
    enum class Kind : std::uint8_t {
        done,   ///< `size` bytes, at least one
        again,  ///< nothing now; wait
        end,    ///< the peer will send no more (reads only)
        error,  ///< the connection is broken; `number` is an errno, or 0 for a TLS error (see Stream::handshake_error),
                ///< as is an end without close_notify: who reads until the end must not take it for one
    };
    Kind kind = Kind::again;
    std::size_t size = 0;
    int number = 0;
};

/// Owns the socket. All calls on the loop's thread.
class Stream {
  public:
    Stream();
    /// Takes a connected (or connecting) non-blocking socket.
    Stream(Loop& loop, int fd, Address peer);
    Stream(Stream&&) noexcept;
    Stream& operator=(Stream&&) noexcept;
    ~Stream();

    explicit operator bool() const { return static_cast<bool>(watch_); }
    [[nodiscard]] Loop& loop() const { return *loop_; }
    [[nodiscard]] int fd() const { return watch_.fd(); }
    [[nodiscard]] const Address& peer() const { return peer_; }

    /// Under TLS `again` may follow a callback of await_readable(): what came was a part of a record, or had no data.
    IoResult read(std::span<char> into);
    /// At most 64 parts. Under TLS small parts are gathered into one record, and bytes count as taken when their
    /// ciphertext is in the kernel. Requires: bytes that were offered and not taken come first in the next write, for
    /// under TLS they may be encrypted already (Outbox does so).
    IoResult write(std::span<const iovec> parts);

    /// Calls back once when a read may give something, also the end. Bytes that were decrypted already count.
    void await_readable(Callback callback);
    void await_writable(Callback callback);
    /// How many bytes the peer has taken, in all: what was sent on the wire, without what the socket still holds unsent
    /// or unacknowledged. It grows in the steps in which the peer's system makes room. One system call.
    [[nodiscard]] std::uint64_t taken() const;
    [[nodiscard]] bool awaiting_readable() const;
    void cancel_waits();
    void cancel_readable();

    /// Becomes the server's or the client's side of a TLS connection. `done` is called once, from the loop, unless the
    /// stream is closed before: then handshake_error() is empty, or says why not. There is no deadline but the
    /// caller's. `name` (a host name or an address) is sent as SNI and verified against the certificate. Requires:
    /// connected, nothing read or written; until `done` nothing else than close() and moving the stream.
    void accept_tls(std::shared_ptr<const TlsContext> context, Callback done);
    void connect_tls(std::shared_ptr<const TlsContext> context, std::string_view name, Callback done);
    /// Why the handshake failed, or TLS broke later ("the peer says: certificate required"); empty while all is well.
    [[nodiscard]] const std::string& handshake_error() const;
    /// Protocol, cipher, the peer's certificate; null in the clear. Lives as long as the stream.
    [[nodiscard]] const TlsInfo* tls() const;

    /// Sends what TLS says at the end and a FIN, as soon as the socket takes them; close() before that drops them.
    /// Reading goes on. Requires: every byte was taken; no await_writable() and no write() afterwards.
    void shutdown_write();
    /// At once, and without a word: a TLS peer sees that it was cut off unless shutdown_write() came before.
    void close();
    /// Closes with a RST: the peer shall see that something broke.
    void reset();
    /// True when the peer has sent a FIN and nothing is left to read, or the connection is broken. Looks without
    /// taking.
    [[nodiscard]] bool peer_gone();
    /// Bytes are waiting in the socket (or decrypted); looks without taking. Under TLS only bytes of the application
    /// count: session tickets that wait on an idle connection do not.
    [[nodiscard]] bool has_input();
    /// Nothing has come and the peer is still there: neither bytes, nor an end, nor an error. Looks without taking,
    /// with one system call when it is so. Under TLS session tickets and the like are no break of silence.
    [[nodiscard]] bool is_silent();
    /// What the loop knows of that without asking: false as well when it may have something to tell. As new as
    /// Loop::looks().
    [[nodiscard]] bool seems_silent() const;

  private:
    Loop* loop_ = nullptr;
    Watch watch_;
    Address peer_;
    std::unique_ptr<TlsSession> tls_;
    std::uint64_t sent_ = 0;  // in the clear; see TlsSession::sent()
};

/// Starts a non-blocking connect; the stream is writable when it is done (see connect_error).
Result<Stream> start_connect(Loop& loop, const Address& to);
/// The outcome of a started connect: 0 or an errno.
int connect_error(const Stream& stream);

}  // namespace gw::net
