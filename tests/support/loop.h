#pragma once
// A loop under test: run until something is so, sockets that belong together, and a stream that talks to itself.

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>

#include "libgw/io/net/loop.h"
#include "libgw/io/net/stream.h"

namespace gw::test {

/// Runs the loop until `is_so`, for ten seconds at most. Tells whether it came to be so.
inline bool run_until(net::Loop& loop, std::function<bool()> is_so) {
    struct Watcher {
        net::Loop& loop;
        std::function<bool()> is_so;
        Instant deadline;
        bool came = false;
        void look() {
            came = is_so();
            loop.refresh_clock();
            if (came || loop.now() > deadline)
                loop.stop();
            else
                loop.defer(net::callback<&Watcher::look>(this));
        }
    } watcher{loop, std::move(is_so), loop.now() + std::chrono::seconds(10)};
    loop.defer(net::callback<&Watcher::look>(&watcher));
    loop.run();
    loop.forget(&watcher);
    return watcher.came;
}

/// Lets everything happen that is going to: a fixed number of turns without waiting.
inline void settle(net::Loop& loop, int turns = 200) {
    run_until(loop, [&] { return --turns < 0; });
}

/// Runs what is due by the loop's clock, which a test has turned: the system's, by which the loop waits, knows nothing
/// of that.
inline void ring(net::Loop& loop) {
    struct Bell {
        bool rang = false;
        void ring() { rang = true; }
    } bell;
    net::Timer timer(net::callback<&Bell::ring>(&bell));
    loop.refresh_clock();
    loop.arm(timer, Instant());
    run_until(loop, [&] { return bell.rang; });
}

/// Two connected non-blocking sockets. `buffer`: SO_SNDBUF of both, 0 for the default.
inline std::pair<int, int> socket_pair(int buffer = 0) {
    int fds[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) != 0) std::abort();
    if (buffer != 0)
        for (const int fd : fds) ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    return {fds[0], fds[1]};
}

/// Makes a socket blocking, with a deadline of ten seconds on each call, for a peer on a thread.
inline void make_blocking(int fd) {
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    const timeval limit{10, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

/// Reads all that comes, and writes all that it was given.
struct Talker {
    net::Stream stream;
    std::string got;
    std::optional<net::IoResult> over;    ///< how reading ended
    std::optional<net::IoResult> broken;  ///< how writing ended
    std::size_t room = 65536;             ///< of each read
    std::string text;                     ///< to write
    std::size_t sent = 0;
    std::size_t step = 65536;  ///< offered to each write beyond what is owed
    bool shook = false;

    Talker() = default;
    Talker(net::Loop& loop, int fd) : stream(loop, fd, {}) {}

    void listen() { stream.await_readable(net::callback<&Talker::on_readable>(this)); }
    void on_readable() {
        std::vector<char> buffer(room);
        const net::IoResult result = stream.read(buffer);
        if (result.kind == net::IoResult::Kind::done) got.append(buffer.data(), result.size);
        if (result.kind == net::IoResult::Kind::end || result.kind == net::IoResult::Kind::error)
            over = result;
        else
            listen();
    }
    void say(std::string words) {
        text = std::move(words);
        sent = 0;
        on_writable();
    }
    void on_writable() {
        while (sent < text.size()) {
            // three parts, of which the first two are small
            std::vector<iovec> parts;
            std::size_t from = sent;
            const std::size_t end = std::min(text.size(), sent + step);
            for (const std::size_t part : {std::size_t{7}, std::size_t{0}, std::size_t{100}, step}) {
                const std::size_t size = std::min(part, end - from);
                parts.push_back({text.data() + from, size});
                from += size;
            }
            const net::IoResult result = stream.write(parts);
            if (result.kind == net::IoResult::Kind::error) {
                broken = result;
                return;
            }
            if (result.kind == net::IoResult::Kind::again) {
                stream.await_writable(net::callback<&Talker::on_writable>(this));
                return;
            }
            sent += result.size;
        }
    }
    void on_shaken() { shook = true; }
};

}  // namespace gw::test
