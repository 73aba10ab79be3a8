#pragma once
// What the clients and servers of the tests share: a descriptor that closes itself, and blocking calls that give up in
// time.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "libgw/base/result.h"

namespace gw::test {

/// How long a test waits for something that should happen at once. Ample, since a machine under sanitizers is slow.
inline constexpr std::chrono::milliseconds kPatience{10'000};

/// The moment at which to give up.
using Deadline = std::chrono::steady_clock::time_point;
inline Deadline within(std::chrono::milliseconds patience) { return std::chrono::steady_clock::now() + patience; }

/// Owns a file descriptor; -1 owns none.
class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() { close(); }
    Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept;
    [[nodiscard]] int get() const { return number_; }
    explicit operator bool() const { return number_ >= 0; }
    [[nodiscard]] int release() {
        const int number = number_;
        number_ = -1;
        return number;
    }
    void close();

  private:
    int number_ = -1;
};

/// What became of a read: some bytes, the end of the stream, a reset, or nothing in time. `woken` when the second
/// descriptor became readable first.
enum class Got : std::uint8_t { bytes, end, reset, late, woken };

/// Reads what is there, at most `most` bytes, and appends it to `into`. Waits until `deadline`; a readable `wake` (or
/// -1) ends the wait.
Got read_some(int socket, std::string& into, std::size_t most, Deadline deadline, int wake = -1);

/// Writes all of `bytes`. False when the peer is gone, when the deadline passed or `wake` became readable.
bool write_all(int socket, std::string_view bytes, Deadline deadline, int wake = -1);

/// Makes the next close() of a TCP socket send a reset (SO_LINGER of zero).
void reset_on_close(int socket);

/// A listening socket on 127.0.0.1 and the free port it was given.
struct Listener {
    Descriptor socket;
    std::uint16_t port = 0;
};
Result<Listener> listen_on_loopback();
/// The same on a unix socket at `path`; the port is 0.
Result<Listener> listen_on_unix(const std::string& path);

}  // namespace gw::test
