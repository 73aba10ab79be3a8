#include "tests/support/socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace gw::test {
namespace {

/// Waits for `events` on `socket` or for `wake`. 0 = late, 1 = the socket, 2 = woken.
int wait_for(int socket, short events, int wake, Deadline deadline) {
    for (;;) {
        std::array<pollfd, 2> watched{{{socket, events, 0}, {wake, POLLIN, 0}}};
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        const int ready =
            ::poll(watched.data(), 2, static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000)));
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) return 0;
        return watched[1].revents ? 2 : 1;
    }
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    if (this != &other) {
        close();
        number_ = other.release();
    }
    return *this;
}

void Descriptor::close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
}

Got read_some(int socket, std::string& into, std::size_t most, Deadline deadline, int wake) {
    std::array<char, 65536> buffer;
    for (;;) {
        const int ready = wait_for(socket, POLLIN, wake, deadline);
        if (ready == 0) return Got::late;
        if (ready == 2) return Got::woken;
        const ssize_t count = ::read(socket, buffer.data(), std::min(most, buffer.size()));
        if (count > 0) {
            into.append(buffer.data(), static_cast<std::size_t>(count));
            return Got::bytes;
        }
        if (count == 0) return Got::end;
        if (errno == EINTR || errno == EAGAIN) continue;
        return Got::reset;
    }
}

bool write_all(int socket, std::string_view bytes, Deadline deadline, int wake) {
    while (!bytes.empty()) {
        const ssize_t count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN) {
            if (wait_for(socket, POLLOUT, wake, deadline) != 1) return false;
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

void reset_on_close(int socket) {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

Result<Listener> listen_on_loopback() {
    Listener listener{Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), 0};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (!listener.socket || ::bind(listener.socket.get(), generic, length) != 0 ||
        ::listen(listener.socket.get(), 512) != 0 || ::getsockname(listener.socket.get(), generic, &length) != 0)
        return from_errno(Errc::io, "listen on 127.0.0.1", errno);
    listener.port = ntohs(address.sin_port);
    return listener;
}

Result<Listener> listen_on_unix(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return Error{Errc::limit, "socket path too long: " + path, {}, {}};
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    Listener listener{Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)), 0};
    if (!listener.socket || ::bind(listener.socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener.socket.get(), 512) != 0)
        return from_errno(Errc::io, "listen on " + path, errno);
    return listener;
}

}  // namespace gw::test
