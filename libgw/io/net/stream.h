#pragma once
// A connected socket, in the clear or under TLS; nobody above sees the difference.

#include <sys/uio.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>

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
        error,  ///< the connection is broken; `number` is an errno, or 0 for a TLS error
    };
    Kind kind = Kind::again;
    std::size_t size = 0;
    int number = 0;
};

/// Owns the socket. All calls on the loop's thread.
class Stream {
  public:
    Stream() = default;
    /// Takes a connected (or connecting) non-blocking socket.
    Stream(Loop& loop, int fd, Address peer);
    Stream(Stream&&) noexcept;
    Stream& operator=(Stream&&) noexcept;
    ~Stream();

    explicit operator bool() const { return static_cast<bool>(watch_); }
    [[nodiscard]] Loop& loop() const { return *loop_; }
    [[nodiscard]] int fd() const { return watch_.fd(); }
    [[nodiscard]] const Address& peer() const { return peer_; }

    IoResult read(std::span<char> into);
    /// At most 64 parts. Under TLS small parts are gathered into one record.
    IoResult write(std::span<const iovec> parts);

    /// Calls back once when a read may give something, also the end. Bytes that were decrypted already count.
    void await_readable(Callback callback);
    void await_writable(Callback callback);
    [[nodiscard]] bool awaiting_readable() const;
    void cancel_waits();
    void cancel_readable();

    /// Becomes the server's or the client's side of a TLS connection, before any byte was read. `done` is called once:
    /// then handshake_error() is empty, or says why not. `name` is sent as SNI and verified against the certificate.
    void accept_tls(std::shared_ptr<const TlsContext> context, Callback done);
    void connect_tls(std::shared_ptr<const TlsContext> context, std::string_view name, Callback done);
    [[nodiscard]] const std::string& handshake_error() const;
    /// Protocol, cipher, client certificate; null in the clear.
    [[nodiscard]] const TlsInfo* tls() const;

    /// Sends what TLS says at the end and a FIN. Reading goes on.
    void shutdown_write();
    void close();
    /// Closes with a RST: the peer shall see that something broke.
    void reset();
    /// True when the peer has sent a FIN and nothing is left to read, or the connection is broken. Looks without taking.
    [[nodiscard]] bool peer_gone();
    /// Bytes are waiting in the socket (or decrypted); looks without taking.
    [[nodiscard]] bool has_input();

  private:
    friend class TlsSession;
    void on_read_ready();

    Loop* loop_ = nullptr;
    Watch watch_;
    Address peer_;
    std::unique_ptr<TlsSession> tls_;
    Callback on_readable_;
    bool read_wanted_ = false;
};

/// Starts a non-blocking connect; the stream is writable when it is done (see connect_error).
Result<Stream> start_connect(Loop& loop, const Address& to);
/// The outcome of a started connect: 0 or an errno.
int connect_error(const Stream& stream);

}  // namespace gw::net
