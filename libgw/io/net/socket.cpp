#include "libgw/io/net/socket.h"

#include <cerrno>

#include <sys/socket.h>

namespace gw::net {

ssize_t receive(Watch& watch, std::span<char> into, int flags) {
    for (;;) {
        const ssize_t got = ::recv(watch.fd(), into.data(), into.size(), flags);
        if (got > 0) {
            // a short read has emptied the socket; the next byte is a new edge
            if (static_cast<std::size_t>(got) < into.size())
                watch.nothing_to_read();
            else
                watch.more_to_read();
            return got;
        }
        if (got == 0) return 0;
        if (errno == EINTR) continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            watch.nothing_to_read();
            return -EAGAIN;
        }
        return -errno;
    }
}

ssize_t transmit(Watch& watch, std::span<const iovec> parts) {
    for (;;) {
        ssize_t put = 0;
        if (parts.size() == 1) {
            put = ::send(watch.fd(), parts[0].iov_base, parts[0].iov_len, MSG_NOSIGNAL);
        } else {
            msghdr message{};
            message.msg_iov = const_cast<iovec*>(parts.data());
            message.msg_iovlen = parts.size();
            put = ::sendmsg(watch.fd(), &message, MSG_NOSIGNAL);
        }
        if (put >= 0) return put;
        if (errno == EINTR) continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            watch.no_room_to_write();
            return -EAGAIN;
        }
        if (errno == ENOBUFS) {
            watch.look_for_room();
            return -EAGAIN;
        }
        return -errno;
    }
}

}  // namespace gw::net
