#include "libgw/io/net/listener.h"

#include <cerrno>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gw::net {
namespace {

constexpr int kAtOnce = 64;
constexpr Nanoseconds kRest = std::chrono::milliseconds(100);
/// What the system keeps of an answer beyond what is on its way: without a bound a slow reader pins megabytes.
constexpr int kUnsent = 131072;

bool is_socket(const Address& at) {
    struct stat what{};
    return ::lstat(at.path().c_str(), &what) == 0 && S_ISSOCK(what.st_mode);
}

/// A socket that refuses connections is left over from a process that is gone. connect() refuses a regular file in the
/// same words, and that is somebody's data.
bool is_stale(const Address& at) {
    if (!is_socket(at)) return false;
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return false;
    sockaddr_storage storage;
    const socklen_t size = at.to_sockaddr(storage);
    const bool refused = ::connect(fd, reinterpret_cast<const sockaddr*>(&storage), size) != 0 && errno == ECONNREFUSED;
    ::close(fd);
    return refused;
}

std::pair<std::uint64_t, std::uint64_t> identity_of(const std::string& path) {
    struct stat what{};
    if (::lstat(path.c_str(), &what) != 0 || !S_ISSOCK(what.st_mode)) return {};
    return {what.st_dev, what.st_ino};
}

}  // namespace

SocketFile::SocketFile(std::string path) : path_(std::move(path)), identity_(identity_of(path_)) {}

SocketFile& SocketFile::operator=(SocketFile&& other) noexcept {
    if (this == &other) return *this;
    remove();
    path_ = std::exchange(other.path_, {});
    identity_ = other.identity_;
    return *this;
}

void SocketFile::remove() noexcept {
    if (path_.empty()) return;
    struct stat what{};
    if (::lstat(path_.c_str(), &what) == 0 && S_ISSOCK(what.st_mode) &&
        identity_ == std::pair<std::uint64_t, std::uint64_t>(what.st_dev, what.st_ino))
        ::unlink(path_.c_str());
}

Result<int> listen_on(const Address& at, const ListenOptions& options) {
    const int fd = ::socket(at.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return from_errno(Errc::io, "opening a socket", errno);
    const int one = 1;
    const auto failed = [&](const char* what) {
        const int number = errno;
        ::close(fd);
        Error error =
            from_errno(number == EADDRINUSE ? Errc::busy : Errc::io, std::string(what) + " " + at.text(), number);
        if (number == EADDRINUSE)
            error.hint = !at.is_unix()   ? "another program listens there; choose another port with -p, or 0 for any"
                         : is_socket(at) ? "another program listens there; choose another path"
                                         : "there is a file that is no socket; remove it, or choose another path";
        if (number == EADDRNOTAVAIL)
            error.hint = "this machine has no such address: 0.0.0.0 and [::] are all that it has";
        if (number == EACCES && !at.is_unix() && at.port() < 1024)
            error.hint = "ports below 1024 need CAP_NET_BIND_SERVICE";
        return error;
    };
    if (!at.is_unix()) {
        ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        if (at.family() == AF_INET6) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
        if (options.join) ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
        ::setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kUnsent, sizeof kUnsent);  // accepted sockets inherit it
    } else if (is_stale(at)) {
        ::unlink(at.path().c_str());
    }
    sockaddr_storage storage;
    const socklen_t size = at.to_sockaddr(storage);
    const mode_t before = at.is_unix() ? ::umask(static_cast<mode_t>(0777 & ~options.mode)) : 0;
    const int bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&storage), size);
    const int number = errno;
    if (at.is_unix()) ::umask(before);
    errno = number;
    if (bound != 0) return failed("binding");
    if (!at.is_unix()) ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
    if (::listen(fd, options.backlog) != 0) return failed("listening on");
    return fd;
}

Result<Address> local_address(int fd) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0)
        return from_errno(Errc::io, "asking for a socket's address", errno);
    return Address::from(reinterpret_cast<const sockaddr*>(&storage), size);
}

Listener::Listener(Loop& loop, int fd, Accepted accepted)
    : loop_(loop), watch_(loop, fd), accepted_(std::move(accepted)), rest_(callback<&Listener::on_rest>(this)) {
    await();
}

Listener::~Listener() = default;

bool Listener::accept_one() {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    const int fd = ::accept4(watch_.fd(), reinterpret_cast<sockaddr*>(&storage), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            ++exhausted_;
            loop_.arm_after(rest_, kRest);
            paused_ = true;
            return false;
        }
        return errno == EINTR || errno == ECONNABORTED || errno == EPROTO;
    }
    try {
        Stream stream(loop_, fd, Address::from(reinterpret_cast<const sockaddr*>(&storage), size));
        if (!stream.peer().is_unix()) {
            const int one = 1;
            ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        }
        accepted_(std::move(stream));
    } catch (...) {
        loop_.fault();  // this connection is closed, the next may find the memory it needs
    }
    return true;
}

void Listener::on_readable() {
    if (paused_) return;
    for (int i = 0; i < kAtOnce; ++i)
        if (!accept_one()) break;
    if (!paused_ && watch_) await();
}

void Listener::await() { watch_.await_readable(callback<&Listener::on_readable>(this)); }

void Listener::on_rest() { resume(); }

void Listener::pause() {
    paused_ = true;
    watch_.cancel();
}

void Listener::resume() {
    if (!paused_ || !watch_) return;
    paused_ = false;
    await();
}

void Listener::finish() {
    while (watch_ && accept_one()) {
    }
    rest_.cancel();
    watch_.close();
}

}  // namespace gw::net
