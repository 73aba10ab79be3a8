#include "libgw/io/net/stream.h"

#include <algorithm>
#include <cerrno>

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libgw/io/net/socket.h"
#include "libgw/io/net/tls.h"

namespace gw::net {

Stream::Stream() = default;
Stream::Stream(Loop& loop, int fd, Address peer)
    : loop_(&loop), watch_(loop, fd, Watch::Trigger::edge), peer_(std::move(peer)) {}
Stream::Stream(Stream&& other) noexcept
    : loop_(other.loop_),
      watch_(std::move(other.watch_)),
      peer_(std::move(other.peer_)),
      tls_(std::move(other.tls_)),
      sent_(other.sent_) {
    if (tls_ != nullptr) tls_->moved(watch_);
}
Stream& Stream::operator=(Stream&& other) noexcept {
    if (this == &other) return *this;
    loop_ = other.loop_;
    watch_ = std::move(other.watch_);
    peer_ = std::move(other.peer_);
    tls_ = std::move(other.tls_);
    sent_ = other.sent_;
    if (tls_ != nullptr) tls_->moved(watch_);
    return *this;
}
Stream::~Stream() = default;

IoResult Stream::read(std::span<char> into) {
    if (tls_ != nullptr) return tls_->read(into);
    const ssize_t got = receive(watch_, into);
    if (got > 0) return {IoResult::Kind::done, static_cast<std::size_t>(got), 0};
    if (got == 0) return {IoResult::Kind::end, 0, 0};
    if (got == -EAGAIN) return {IoResult::Kind::again, 0, 0};
    return {IoResult::Kind::error, 0, static_cast<int>(-got)};
}

IoResult Stream::write(std::span<const iovec> parts) {
    if (tls_ != nullptr) return tls_->write(parts);
    const ssize_t put = transmit(watch_, parts);
    if (put >= 0) {
        sent_ += static_cast<std::uint64_t>(put);
        return {IoResult::Kind::done, static_cast<std::size_t>(put), 0};
    }
    if (put == -EAGAIN) return {IoResult::Kind::again, 0, 0};
    return {IoResult::Kind::error, 0, static_cast<int>(-put)};
}

void Stream::await_readable(Callback callback) {
    if (tls_ != nullptr)
        tls_->await_readable(callback);
    else
        watch_.await_readable(callback);
}
void Stream::await_writable(Callback callback) { watch_.await_writable(callback); }
std::uint64_t Stream::taken() const {
    const std::uint64_t sent = tls_ != nullptr ? tls_->sent() : sent_;
    int held = 0;
    if (!watch_ || ::ioctl(watch_.fd(), SIOCOUTQ, &held) != 0 || held < 0) return 0;
    return sent - std::min(sent, static_cast<std::uint64_t>(held));  // a unix socket counts its own overhead too
}
bool Stream::awaiting_readable() const {
    return tls_ != nullptr ? tls_->awaiting_readable() : watch_.awaiting_readable();
}
void Stream::cancel_waits() {
    cancel_readable();
    if (tls_ == nullptr || (!tls_->handshaking() && !tls_->finishing())) watch_.cancel_writable();
}
void Stream::cancel_readable() {
    if (tls_ != nullptr)
        tls_->cancel_readable();
    else
        watch_.cancel_readable();
}

void Stream::accept_tls(std::shared_ptr<const TlsContext> context, Callback done) {
    tls_ = std::make_unique<TlsSession>(*loop_, watch_, std::move(context));
    tls_->start_server(done);
}

void Stream::connect_tls(std::shared_ptr<const TlsContext> context, std::string_view name, Callback done) {
    tls_ = std::make_unique<TlsSession>(*loop_, watch_, std::move(context));
    tls_->start_client(name, done);
}

const std::string& Stream::handshake_error() const {
    static const std::string none;
    return tls_ == nullptr ? none : tls_->error();
}

const TlsInfo* Stream::tls() const { return tls_ == nullptr ? nullptr : tls_->info(); }

void Stream::shutdown_write() {
    if (!watch_) return;
    if (tls_ != nullptr)
        tls_->shutdown_write();
    else
        ::shutdown(watch_.fd(), SHUT_WR);
}

void Stream::close() {
    if (tls_ != nullptr) tls_->abandon();
    watch_.close();
}

void Stream::reset() {
    if (!watch_) return;
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(watch_.fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
}

bool Stream::peer_gone() {
    if (tls_ != nullptr) return tls_->peer_gone();
    char byte = 0;
    const ssize_t got = ::recv(watch_.fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

bool Stream::has_input() {
    if (tls_ != nullptr) return tls_->has_input();
    char byte = 0;
    return ::recv(watch_.fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

bool Stream::is_silent() {
    if (tls_ != nullptr) return tls_->is_silent();
    char byte = 0;
    return receive(watch_, std::span(&byte, 1), MSG_PEEK) == -EAGAIN;
}

bool Stream::seems_silent() const { return !watch_.may_be_readable() && (tls_ == nullptr || tls_->seems_silent()); }

Result<Stream> start_connect(Loop& loop, const Address& to) {
    const int fd = ::socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return from_errno(errno == EMFILE || errno == ENFILE ? Errc::busy : Errc::io, "opening a socket", errno);
    if (!to.is_unix()) {
        const int one = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    }
    sockaddr_storage storage;
    const socklen_t size = to.to_sockaddr(storage);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&storage), size) != 0 && errno != EINPROGRESS &&
        errno != EINTR) {
        const int number = errno;
        ::close(fd);
        return from_errno(Errc::connect, "connecting to " + to.text(), number);
    }
    return Stream(loop, fd, to);
}

int connect_error(const Stream& stream) {
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(stream.fd(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
    return error;
}

}  // namespace gw::net
