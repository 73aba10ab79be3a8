#include "libgw/io/net/resolver_channel.h"

#include <algorithm>
#include <exception>

#include <ares.h>
#include <fmt/format.h>
#include <sys/time.h>

namespace gw::net {
namespace {

/// The largest answer asked for by UDP: fits one unfragmented packet. What is longer comes by TCP.
constexpr int kDatagram = 1232;
constexpr int kInternet = 1;
constexpr int kIpv6Address = 28;
constexpr int kIpv4Address = 1;

int to_milliseconds(Nanoseconds time) {
    return static_cast<int>(std::clamp<std::int64_t>(time / std::chrono::milliseconds(1), 1, 60'000));
}

}  // namespace

/// A socket of c-ares.
struct ResolverChannel::Socket {
    Socket(ResolverChannel& channel_in, int fd_in) : channel(channel_in), fd(fd_in), watch(channel_in.loop_, fd_in) {}
    ~Socket() { watch.release(); }  // c-ares closes it
    void on_readable() { channel.process(fd, ARES_SOCKET_BAD); }
    void on_writable() { channel.process(ARES_SOCKET_BAD, fd); }
    void arm() {
        if (readable)
            watch.await_readable(callback<&Socket::on_readable>(this));
        else
            watch.cancel_readable();
        if (writable)
            watch.await_writable(callback<&Socket::on_writable>(this));
        else
            watch.cancel_writable();
    }

    ResolverChannel& channel;
    int fd;
    Watch watch;
    bool readable = false;
    bool writable = false;
};

ResolverChannel::ResolverChannel(Loop& loop) : loop_(loop) {}

Result<std::unique_ptr<ResolverChannel>> ResolverChannel::open(Loop& loop, const ResolverOptions& options) {
    static const int library = ares_library_init(ARES_LIB_INIT_ALL);
    if (library != ARES_SUCCESS) return Error{Errc::io, fmt::format("c-ares: {}", ares_strerror(library)), {}, {}};
    std::unique_ptr<ResolverChannel> channel(new ResolverChannel(loop));
    ares_options wanted{};
    char dns_only[] = "b";
    std::string file = options.resolv_conf;
    wanted.flags = ARES_FLAG_NOALIASES | ARES_FLAG_EDNS | (options.servers.empty() ? 0 : ARES_FLAG_NOSEARCH);
    wanted.timeout = to_milliseconds(options.try_timeout);
    wanted.tries = 2;
    wanted.udp_port = wanted.tcp_port = options.port;
    wanted.lookups = dns_only;
    wanted.ednspsz = kDatagram;
    wanted.resolvconf_path = file.data();
    wanted.sock_state_cb = [](void* self, ares_socket_t fd, int readable, int writable) {
        static_cast<ResolverChannel*>(self)->on_state(fd, readable != 0, writable != 0);
    };
    wanted.sock_state_cb_data = channel.get();
    const int status =
        ares_init_options(&channel->handle_, &wanted,
                          ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_EDNSPSZ |
                              ARES_OPT_RESOLVCONF | ARES_OPT_UDP_PORT | ARES_OPT_TCP_PORT | ARES_OPT_SOCK_STATE_CB);
    if (status != ARES_SUCCESS) {
        channel->handle_ = nullptr;
        return Error{Errc::io, fmt::format("c-ares: {}", ares_strerror(status)), {}, {}};
    }
    if (options.servers.empty()) return channel;
    const std::string servers = fmt::format("{}", fmt::join(options.servers, ","));
    if (ares_set_servers_ports_csv(channel->handle_, servers.c_str()) != ARES_SUCCESS)
        return Error{Errc::config, fmt::format("'{}' is no list of name servers", servers), "write 127.0.0.1:53", {}};
    return channel;
}

ResolverChannel::~ResolverChannel() {
    if (handle_ != nullptr) ares_destroy(handle_);
}

void ResolverChannel::ask(const char* name, Answered answered, void* for_ipv6, void* for_ipv4) {
    ares_search(handle_, name, kInternet, kIpv6Address, answered, for_ipv6);
    ares_search(handle_, name, kInternet, kIpv4Address, answered, for_ipv4);
    set_alarm();
}

void ResolverChannel::process(int readable, int writable) {
    ares_process_fd(handle_, readable, writable);
    const auto found = sockets_.find(readable != ARES_SOCKET_BAD ? readable : writable);
    if (found != sockets_.end()) found->second->arm();
    set_alarm();
}

void ResolverChannel::on_alarm() { process(ARES_SOCKET_BAD, ARES_SOCKET_BAD); }

void ResolverChannel::set_alarm() {
    timeval left{};
    if (ares_timeout(handle_, nullptr, &left) == nullptr) {
        alarm_.cancel();
        return;
    }
    loop_.arm_after(alarm_, std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec));
}

void ResolverChannel::on_state(int fd, bool readable, bool writable) {
    if (!readable && !writable) {
        sockets_.erase(fd);
        return;
    }
    try {
        std::unique_ptr<Socket>& socket = sockets_[fd];
        if (!socket) socket = std::make_unique<Socket>(*this, fd);
        socket->readable = readable;
        socket->writable = writable;
        socket->arm();
    } catch (const std::exception&) {
        sockets_.erase(fd);  // it cannot be watched: the query times out
    }
}

}  // namespace gw::net
