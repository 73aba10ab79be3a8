// Many streams at once whose one end is faster than the other: what the gateway holds of them is bounded, and
// every one goes on once the slow end does. GW_STREAMS=2000 makes it that many.

#include <atomic>
#include <map>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "tests/integration/gateway.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::test;
using namespace std::chrono_literals;

namespace {

/// How long each claims to be: more than all kernels on its way hold.
constexpr std::size_t kStreamBytes = 64U << 20;
/// How much of each is moved once the slow end goes on.
constexpr std::size_t kMoved = 1U << 20;
/// Streams of one target: the gateway opens no more than 1,024 connections to one.
constexpr std::size_t kPerTarget = 500;
/// What the gateway may hold of a stream: both of its directions up to the high-water mark, and what one read brings
/// on top. A sanitizer has red zones and keeps what was freed for a while.
#ifdef GW_SANITIZED
constexpr std::size_t kPerStream = 640U << 10;
constexpr std::size_t kFixed = 128U << 20;
#else
constexpr std::size_t kPerStream = 160U << 10;
constexpr std::size_t kFixed = 16U << 20;
#endif

/// Buffers in the kernel that do not grow, so that it is the gateway that would have to hold what nobody takes. Not
/// smaller than a segment of the loopback interface, which would wait for a timer each time.
void shrink_buffers(int socket) {
    const int size = 131072;
    ::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    ::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

/// The byte that a stream consists of, so that one that got into another would be seen.
char letter_of(std::size_t stream) { return static_cast<char>('a' + stream % 26); }

std::string length_field(std::size_t length) { return "Content-Length: " + std::to_string(length) + "\r\n"; }

/// Targets that send as fast as they are let, or that read nothing until they may; all in one thread.
class CrowdTarget {
  public:
    explicit CrowdTarget(std::size_t targets) {
        for (std::size_t i = 0; i < targets; ++i) {
            listeners_.push_back(must(listen_on_loopback()));
            shrink_buffers(listeners_.back().socket.get());
            ::fcntl(listeners_.back().socket.get(), F_SETFL, O_NONBLOCK);
        }
        thread_ = std::thread([this] { serve(); });
    }
    ~CrowdTarget() {
        over_ = true;
        thread_.join();
    }
    CrowdTarget(const CrowdTarget&) = delete;
    CrowdTarget& operator=(const CrowdTarget&) = delete;

    /// "/0={proxy+}" and so on: a route for each target.
    [[nodiscard]] std::vector<std::string> routes() const {
        std::vector<std::string> all;
        for (std::size_t i = 0; i < listeners_.size(); ++i)
            all.push_back("/" + std::to_string(i) + "/{proxy+}=http://127.0.0.1:" + std::to_string(listeners_[i].port));
        return all;
    }
    [[nodiscard]] std::size_t moved() const { return moved_; }
    [[nodiscard]] std::size_t wrong() const { return wrong_; }
    void let_read() { may_read_ = true; }

  private:
    struct Stream {
        Descriptor socket;
        std::string head;
        bool has_head = false;
        bool is_upload = false;
        char letter = 0;
        std::string out;  ///< the head of the answer
        std::size_t moved = 0;
    };

    void serve() {
        while (!over_) {
            std::vector<pollfd> polled;
            for (const Listener& listener : listeners_) polled.push_back({listener.socket.get(), POLLIN, 0});
            for (const auto& [fd, stream] : streams_) {
                const bool reads = !stream.has_head || (stream.is_upload && may_read_);
                const bool writes = stream.has_head && !stream.is_upload;
                polled.push_back({fd, static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0)), 0});
            }
            ::poll(polled.data(), polled.size(), 20);
            for (const pollfd& one : polled) {
                if (one.revents == 0) continue;
                const auto found = streams_.find(one.fd);
                if (found == streams_.end())
                    accept_from(one.fd);
                else if (!go_on(found->second))
                    streams_.erase(found);
            }
        }
    }

    void accept_from(int listener) {
        for (int fd; (fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
            shrink_buffers(fd);
            streams_[fd].socket = Descriptor(fd);
        }
    }

    /// False when the stream has ended.
    bool go_on(Stream& stream) {
        if (!stream.has_head) return read_head(stream);
        return stream.is_upload ? read_body(stream) : write_body(stream);
    }

    bool read_head(Stream& stream) {
        char buffer[4096];
        const ssize_t got = ::recv(stream.socket.get(), buffer, sizeof buffer, 0);
        if (got <= 0) return got < 0 && errno == EAGAIN;
        stream.head.append(buffer, static_cast<std::size_t>(got));
        const auto end = stream.head.find("\r\n\r\n");
        if (end == std::string::npos) return true;
        stream.has_head = true;
        stream.is_upload = stream.head.starts_with("POST ");
        stream.letter = stream.head[stream.head.find(" HTTP/") - 1];
        stream.out = "HTTP/1.1 200 OK\r\n" + length_field(stream.is_upload ? 0 : kStreamBytes) + "\r\n";
        if (stream.is_upload) take(stream, std::string_view(stream.head).substr(end + 4));
        return true;
    }

    void take(Stream& stream, std::string_view bytes) {
        wrong_ += bytes.find_first_not_of(stream.letter) == bytes.npos ? 0 : 1;
        stream.moved += bytes.size();
        moved_ += bytes.size();
    }

    bool read_body(Stream& stream) {
        char buffer[65536];
        const ssize_t got = ::recv(stream.socket.get(), buffer, sizeof buffer, 0);
        if (got <= 0) return got < 0 && errno == EAGAIN;
        take(stream, {buffer, static_cast<std::size_t>(got)});
        if (stream.moved < kStreamBytes) return true;
        write_all(stream.socket.get(), stream.out, within(kPatience));
        return false;
    }

    bool write_body(Stream& stream) {
        if (!stream.out.empty() && !write_all(stream.socket.get(), std::exchange(stream.out, {}), within(kPatience)))
            return false;
        const std::string block(std::min<std::size_t>(65536, kStreamBytes - stream.moved), stream.letter);
        const ssize_t put = ::send(stream.socket.get(), block.data(), block.size(), MSG_NOSIGNAL);
        if (put < 0) return errno == EAGAIN;
        stream.moved += static_cast<std::size_t>(put);
        moved_ += static_cast<std::size_t>(put);
        return stream.moved < kStreamBytes;
    }

    std::vector<Listener> listeners_;
    std::map<int, Stream> streams_;
    std::atomic<std::size_t> moved_{0};
    std::atomic<std::size_t> wrong_{0};
    std::atomic<bool> may_read_{false};
    std::atomic<bool> over_{false};
    std::thread thread_;
};

std::size_t rss(Gateway& gateway) { return must(gateway.process().usage()).rss_bytes; }

/// Waits until a figure has not changed for a while.
bool comes_to_a_halt(const std::function<std::size_t()>& figure) {
    std::size_t seen = 0;
    auto since = std::chrono::steady_clock::now();
    return eventually(
        [&] {
            if (const std::size_t now = figure(); now != seen) {
                seen = now;
                since = std::chrono::steady_clock::now();
            }
            return seen > 0 && std::chrono::steady_clock::now() - since > 500ms;
        },
        12 * kPatience);
}

/// What one client has read of its answer.
struct Reader {
    std::string head;
    std::size_t body = 0;

    /// Takes what is there. False when it is not the stream's, or there is no more although there should be.
    bool take(int socket, char letter) {
        char buffer[65536];
        const ssize_t got = ::recv(socket, buffer, sizeof buffer, MSG_DONTWAIT);
        if (got <= 0) return got < 0 && errno == EAGAIN;
        std::string_view bytes(buffer, static_cast<std::size_t>(got));
        if (!head.ends_with("\r\n\r\n")) {
            const std::size_t had = head.size();
            head.append(bytes);
            const std::size_t end = head.find("\r\n\r\n");
            if (end == std::string::npos) return true;
            head.resize(end + 4);
            bytes.remove_prefix(head.size() - had);
            if (!head.starts_with("HTTP/1.1 200 ")) return false;
        }
        body += bytes.size();
        return bytes.find_first_not_of(letter) == std::string_view::npos;
    }
};

struct Crowd {
    std::size_t count = wished_size("GW_STREAMS", 60);
    CrowdTarget target{(count + kPerTarget - 1) / kPerTarget};
    Gateway gateway{[this] {
        std::vector<std::string> arguments = target.routes();
        for (const char* more : {"--max-connections-per-client", "0", "--max-body", "none"})
            arguments.emplace_back(more);
        return arguments;
    }()};
    std::size_t before = rss(gateway);
    std::vector<RawClient> clients;

    void begin(const std::string& method, std::string_view fields) {
        for (std::size_t i = 0; i < count; ++i) {
            clients.push_back(gateway.connect());
            shrink_buffers(clients.back().descriptor());
            must(clients.back().send(method + " /" + std::to_string(i / kPerTarget) + "/" + letter_of(i) +
                                     " HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n"));
        }
    }
    void check_memory() {
        const std::size_t grown = rss(gateway) - before;
        INFO(count << " streams: the gateway has grown by " << grown / 1024 << " KiB, " << grown / count / 1024
                   << " KiB a stream");
        CHECK(grown <= kFixed + count * kPerStream);
    }
};

}  // namespace

TEST_CASE("a crowd of clients that do not read makes all targets wait in bounded memory, and goes on") {
    Crowd crowd;
    crowd.begin("GET", "");
    REQUIRE(comes_to_a_halt([&] { return crowd.target.moved(); }));
    INFO("the targets have sent " << crowd.target.moved() / crowd.count / 1024 << " KiB a stream");
    CHECK(crowd.target.moved() < crowd.count * kStreamBytes);
    crowd.check_memory();
    // All at once: one after the other the last of many would have kept the gateway waiting for too long.
    std::vector<Reader> readers(crowd.count);
    std::size_t wrong = 0;
    const auto finished = [&] {
        std::vector<pollfd> polled;
        std::vector<std::size_t> streams;
        for (std::size_t i = 0; i < crowd.count; ++i)
            if (readers[i].body < kMoved) {
                polled.push_back({crowd.clients[i].descriptor(), POLLIN, 0});
                streams.push_back(i);
            }
        ::poll(polled.data(), polled.size(), 20);
        for (std::size_t k = 0; k < polled.size(); ++k)
            if (polled[k].revents != 0 && !readers[streams[k]].take(polled[k].fd, letter_of(streams[k]))) {
                ++wrong;
                readers[streams[k]].body = kMoved;
            }
        return streams.empty();
    };
    CHECK(eventually(finished, 12 * kPatience));
    CHECK(wrong == 0);
    crowd.check_memory();
}

TEST_CASE("a crowd of targets that do not read makes all clients wait in bounded memory, and goes on") {
    Crowd crowd;
    crowd.begin("POST", length_field(kStreamBytes));
    std::vector<std::size_t> sent(crowd.count, 0);
    const auto push = [&] {
        std::size_t all = 0;
        for (std::size_t i = 0; i < crowd.count; ++i) {
            const std::string block(std::min<std::size_t>(65536, kStreamBytes - sent[i]), letter_of(i));
            const ssize_t put = block.empty() ? 0
                                              : ::send(crowd.clients[i].descriptor(), block.data(), block.size(),
                                                       MSG_DONTWAIT | MSG_NOSIGNAL);
            sent[i] += put > 0 ? static_cast<std::size_t>(put) : 0;
            all += sent[i];
        }
        return all;
    };
    REQUIRE(comes_to_a_halt(push));
    INFO("the clients have sent " << push() / crowd.count / 1024 << " KiB each");
    CHECK(push() < crowd.count * kStreamBytes);
    crowd.check_memory();
    crowd.target.let_read();
    const std::vector<std::size_t> halted = sent;
    CHECK(eventually(
        [&] {
            push();
            for (std::size_t i = 0; i < crowd.count; ++i)
                if (sent[i] < halted[i] + kMoved) return false;
            return true;
        },
        12 * kPatience));
    CHECK(crowd.target.wrong() == 0);
    crowd.check_memory();
}
