#pragma once
// Sockets that accept.

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "libgw/io/net/address.h"
#include "libgw/io/net/stream.h"

namespace gw::net {

struct ListenOptions {
    int backlog = 4096;
    /// The first socket of a port binds alone, so that a port that is taken is an error; the others share it.
    bool join = false;
    /// Mode of a unix socket's file.
    unsigned mode = 0666;
};

/// Binds and listens; the descriptor is the caller's. A unix socket that nobody listens on any more is replaced; a file
/// of any other kind never is. Errc::busy when the address is taken.
Result<int> listen_on(const Address& at, const ListenOptions& options = {});
/// Where a socket is bound; tells the port that port 0 became.
Result<Address> local_address(int fd);

/// The file of a unix socket that is bound here. Removes it at its end, if it still is the same file: what somebody
/// else put there meanwhile is not ours.
class SocketFile {
  public:
    SocketFile() = default;
    /// Requires: a socket was just bound to `path`.
    explicit SocketFile(std::string path);
    SocketFile(SocketFile&& other) noexcept
        : path_(std::exchange(other.path_, {})), identity_(std::exchange(other.identity_, {})) {}
    SocketFile& operator=(SocketFile&& other) noexcept;
    ~SocketFile() { remove(); }

  private:
    void remove() noexcept;
    std::string path_;  // empty: nothing to remove
    std::pair<std::uint64_t, std::uint64_t> identity_;
};

/// Accepts connections on a loop.
class Listener {
  public:
    using Accepted = std::function<void(Stream)>;
    /// Takes the descriptor. When descriptors run out it rests for 100 ms instead of spinning.
    Listener(Loop& loop, int fd, Accepted accepted);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    /// Stops accepting for a while / goes on.
    void pause();
    void resume();
    /// Takes what is in the queue already, then closes.
    void finish();
    [[nodiscard]] std::uint64_t exhausted() const { return exhausted_; }

  private:
    void on_readable();
    void on_rest();
    void await();
    bool accept_one();

    Loop& loop_;
    Watch watch_;
    Accepted accepted_;
    Timer rest_;
    std::uint64_t exhausted_ = 0;
    bool paused_ = false;
};

}  // namespace gw::net
