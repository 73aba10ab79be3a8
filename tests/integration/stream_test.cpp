// Bytes on their way: large bodies in little memory, slow readers, events as they happen, and both directions at once.

#include <algorithm>
#include <atomic>
#include <thread>

#include <sys/socket.h>

#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_upstream.h"

using namespace gw;
using namespace gw::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kLarge = 64U << 20;
/// What a gateway may grow by while 64 MiB pass: buffers, not bodies. A sanitizer keeps what was freed for a while.
#ifdef GW_SANITIZED
constexpr std::size_t kGrowth = 48U << 20;
#else
constexpr std::size_t kGrowth = 16U << 20;
#endif

/// A target that reads and writes without keeping anything: the n-th connection is given to `serve`.
class PlainServer {
  public:
    explicit PlainServer(std::function<void(int socket)> serve) : serve_(std::move(serve)) {
        listener_ = must(listen_on_loopback());
        thread_ = std::thread([this] {
            const int socket = ::accept(listener_.socket.get(), nullptr, nullptr);
            if (socket < 0) return;
            const Descriptor owned(socket);
            serve_(socket);
        });
    }
    ~PlainServer() {
        ::shutdown(listener_.socket.get(), SHUT_RDWR);
        thread_.join();
    }
    PlainServer(const PlainServer&) = delete;
    PlainServer& operator=(const PlainServer&) = delete;
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(listener_.port); }

  private:
    std::function<void(int)> serve_;
    Listener listener_;
    std::thread thread_;
};

/// Reads a head and throws it away; what came behind it stays in the result.
std::string read_head_of(int socket) {
    std::string bytes;
    while (bytes.find("\r\n\r\n") == std::string::npos)
        if (read_some(socket, bytes, 65536, within(kPatience)) != Got::bytes) return {};
    return bytes.substr(bytes.find("\r\n\r\n") + 4);
}

std::size_t rss(Gateway& gateway) { return must(gateway.process().usage()).rss_bytes; }

}  // namespace

TEST_CASE("64 MiB come down in little memory") {
    const PlainServer target([](int socket) {
        read_head_of(socket);
        write_all(socket, "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kLarge) + "\r\n\r\n",
                  within(kPatience));
        const std::string block(1U << 18, 'd');
        for (std::size_t sent = 0; sent < kLarge; sent += block.size())
            if (!write_all(socket, block, within(6 * kPatience))) return;
    });
    Gateway gateway({target.url()});
    const std::size_t before = rss(gateway);
    RawClient client = gateway.connect();
    must(client.send(get_request("/")));
    must(client.read_until("\r\n\r\n"));
    std::size_t most = 0;
    for (std::size_t got = 0; got < kLarge; got += 1U << 20) {
        const std::string block = must(client.read_exactly(1U << 20));
        CHECK(std::all_of(block.begin(), block.end(), [](char c) { return c == 'd'; }));
        most = std::max(most, rss(gateway));
    }
    CHECK(most < before + kGrowth);
    CHECK(client.stays_silent(20ms));
}

TEST_CASE("64 MiB go up in little memory") {
    std::atomic<std::size_t> arrived{0};
    const PlainServer target([&arrived](int socket) {
        arrived += read_head_of(socket).size();
        std::string bytes;
        while (arrived < kLarge && read_some(socket, bytes, 1U << 18, within(6 * kPatience)) == Got::bytes) {
            arrived += bytes.size();
            bytes.clear();
        }
        write_all(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", within(kPatience));
    });
    Gateway gateway({target.url(), "--max-body", "none"});
    const std::size_t before = rss(gateway);
    RawClient client = gateway.connect();
    client.set_patience(6 * kPatience);
    must(client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(kLarge) + "\r\n\r\n"));
    const std::string block(1U << 20, 'u');
    std::size_t most = 0;
    for (std::size_t sent = 0; sent < kLarge; sent += block.size()) {
        must(client.send(block));
        most = std::max(most, rss(gateway));
    }
    CHECK(must(client.read_response()).status == 200);
    CHECK(arrived == kLarge);
    CHECK(most < before + kGrowth);
}

TEST_CASE("a client that does not read makes the target wait, and gets every byte once it reads") {
    std::atomic<std::size_t> sent{0};
    const PlainServer target([&sent](int socket) {
        read_head_of(socket);
        write_all(socket, "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kLarge) + "\r\n\r\n",
                  within(kPatience));
        const std::string block(1U << 16, 's');
        while (sent < kLarge) {
            if (!write_all(socket, block, within(6 * kPatience))) return;
            sent += block.size();
        }
    });
    Gateway gateway({target.url()});
    const std::size_t before = rss(gateway);
    RawClient client = gateway.connect();
    must(client.send(get_request("/")));
    must(client.read_until("\r\n\r\n"));
    // it comes to a halt: the same figure for a while
    std::size_t seen = 0;
    std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
    REQUIRE(eventually([&] {
        if (sent != seen) {
            seen = sent;
            since = std::chrono::steady_clock::now();
        }
        return seen > 0 && std::chrono::steady_clock::now() - since > 200ms;
    }));
    CHECK(sent < kLarge);
    CHECK(rss(gateway) < before + kGrowth);
    std::size_t got = 0;
    while (got < kLarge) got += must(client.read_exactly(1U << 20)).size();
    CHECK(got == kLarge);
}

TEST_CASE("a target that does not read makes the client wait, and gets every byte once it reads") {
    std::atomic<bool> may_read{false};
    std::atomic<std::size_t> arrived{0};
    const PlainServer target([&](int socket) {
        arrived += read_head_of(socket).size();
        eventually([&] { return may_read.load(); }, 3 * kPatience);
        std::string bytes;
        while (arrived < kLarge && read_some(socket, bytes, 1U << 18, within(3 * kPatience)) == Got::bytes) {
            arrived += bytes.size();
            bytes.clear();
        }
        write_all(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", within(kPatience));
    });
    Gateway gateway({target.url(), "--max-body", "none"});
    const std::size_t before = rss(gateway);
    RawClient client = gateway.connect();
    client.set_patience(6 * kPatience);
    must(client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(kLarge) + "\r\n\r\n"));
    std::atomic<std::size_t> sent{0};
    std::thread sender([&] {
        const std::string block(1U << 16, 'r');
        while (sent < kLarge && client.send(block)) sent += block.size();
    });
    std::size_t seen = 0;
    std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
    const bool halted = eventually([&] {
        if (sent != seen) {
            seen = sent;
            since = std::chrono::steady_clock::now();
        }
        return seen > 0 && std::chrono::steady_clock::now() - since > 200ms;
    });
    const std::size_t at_halt = sent;
    const std::size_t memory = rss(gateway);
    may_read = true;
    sender.join();
    CHECK(halted);
    CHECK(at_halt < kLarge);
    CHECK(memory < before + kGrowth);
    CHECK(must(client.read_response()).body == "ok");
    CHECK(arrived == kLarge);
}

TEST_CASE("events arrive one by one, each as soon as the target has sent it") {
    Descriptor target_end;
    std::atomic<int> socket_of_target{-1};
    std::atomic<bool> over{false};
    const PlainServer target([&](int socket) {
        read_head_of(socket);
        write_all(socket, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n",
                  within(kPatience));
        socket_of_target = socket;
        eventually([&] { return over.load(); }, 3 * kPatience);
    });
    const Gateway gateway({target.url()});
    RawClient client = gateway.connect();
    must(client.send(get_request("/", "Accept: text/event-stream\r\n")));
    const std::string head = must(client.read_until("\r\n\r\n"));
    CHECK(head.find("ransfer-encoding: chunked") != std::string::npos);
    REQUIRE(eventually([&] { return socket_of_target >= 0; }));
    for (int i = 0; i < 50; ++i) {
        // the next is sent only when this one has come: were it held back, there would be no next
        const std::string event = "data: " + std::to_string(i) + "\n\n";
        char size[16];
        const int length = std::snprintf(size, sizeof size, "%zx\r\n", event.size());
        write_all(socket_of_target, std::string(size, static_cast<std::size_t>(length)) + event + "\r\n",
                  within(kPatience));
        CHECK(must(client.read_until("\n\n\r\n")).ends_with(event + "\r\n"));
    }
    over = true;
}

TEST_CASE("a request's body goes up while its answer comes down") {
    const PlainServer target([](int socket) {
        std::string bytes = read_head_of(socket);
        write_all(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", within(kPatience));
        for (int i = 0; i < 20; ++i) {
            while (bytes.find('.') == std::string::npos)
                if (read_some(socket, bytes, 65536, within(kPatience)) != Got::bytes) return;
            bytes.erase(0, bytes.find('.') + 1);
            write_all(socket, "4\r\necho\r\n", within(kPatience));
        }
        write_all(socket, "0\r\n\r\n", within(kPatience));
    });
    const Gateway gateway({target.url()});
    RawClient client = gateway.connect();
    must(client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"));
    must(client.read_until("\r\n\r\n"));
    for (int i = 0; i < 20; ++i) {
        must(client.send("5\r\nping.\r\n"));
        CHECK(must(client.read_until("echo\r\n")) == "4\r\necho\r\n");
    }
    must(client.send("0\r\n\r\n"));
    CHECK(must(client.read_until("0\r\n\r\n")) == "0\r\n\r\n");
}

TEST_CASE("answers without a body end with their heads") {
    ScriptedUpstream upstream({{read_request(), send_bytes("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
                                read_request(), send_bytes("HTTP/1.1 204 No Content\r\n\r\n"), read_request(),
                                send_bytes("HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nContent-Length: 5\r\n\r\n"),
                                read_request(), answer(200, "last"), hold()}});
    const Gateway gateway({upstream.url(), "--workers", "1"});
    RawClient client = gateway.connect();
    must(client.send("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n"));
    const RawResponse head = must(client.read_response(true));
    CHECK(head.status == 200);
    CHECK(head.field("content-length") == "5");
    must(client.send(get_request("/b")));
    const RawResponse none = must(client.read_response());
    CHECK(none.status == 204);
    CHECK(none.count("content-length") == 0);
    must(client.send(get_request("/c")));
    const RawResponse same = must(client.read_response());
    CHECK(same.status == 304);
    CHECK(same.field("etag") == "\"a\"");
    must(client.send(get_request("/d")));
    CHECK(must(client.read_response()).body == "last");
    CHECK(upstream.connections() == 1);
}

TEST_CASE("interim answers of a target are not the client's") {
    ScriptedUpstream upstream(
        {{read_request(), send_bytes("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"),
          answer(200, "final")}});
    const Gateway gateway({upstream.url()});
    const RawResponse answer = gateway.get("/");
    CHECK(answer.status == 200);
    CHECK(answer.body == "final");
}

TEST_CASE("a client of HTTP/1.0 is answered without chunks and sees the end") {
    ScriptedUpstream upstream(
        {{read_request(),
          send_bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"),
          read_request(), answer(200, "counted"), hold()}});
    const Gateway gateway({upstream.url(), "--workers", "1"});
    RawClient client = gateway.connect();
    must(client.send("GET / HTTP/1.0\r\n\r\n"));
    const std::string whole = must(client.read_to_end());
    CHECK(whole.starts_with("HTTP/1.1 200 "));
    CHECK(whole.ends_with("\r\n\r\nhello world"));
    CHECK(whole.find("hunked") == std::string::npos);

    RawClient keeping = gateway.connect();
    must(keeping.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    const RawResponse kept = must(keeping.read_response());
    CHECK(kept.body == "counted");
    CHECK(kept.field("connection") == "keep-alive");
}

TEST_CASE("an answer that ends with the connection is sent on as chunks") {
    ScriptedUpstream upstream(
        {{read_request(), send_bytes("HTTP/1.1 200 OK\r\n\r\nuntil the end"), close_connection()}});
    const Gateway gateway({upstream.url()});
    RawClient client = gateway.connect();
    must(client.send(get_request("/")));
    const RawResponse answer = must(client.read_response());
    CHECK(answer.body == "until the end");
    CHECK(answer.field("transfer-encoding") == "chunked");
    must(client.send(get_request("/")));
    CHECK(must(client.read_response()).status == 200);
}

TEST_CASE("fifty pipelined requests are answered in their order, to targets and mocks alike") {
    ScriptedUpstream upstream({[] {
        Script script;
        for (int i = 0; i < 25; ++i) {
            script.push_back(read_request());
            script.push_back(answer(200, "target"));
        }
        return script;
    }()});
    const Gateway gateway({"/t/{n}=" + upstream.url(), "/m/{n}=mock:200:mock", "--workers", "1"});
    RawClient client = gateway.connect();
    std::string requests;
    for (int i = 0; i < 50; ++i) requests += get_request((i % 2 == 0 ? "/t/" : "/m/") + std::to_string(i));
    must(client.send(requests));
    for (int i = 0; i < 50; ++i) {
        INFO(i);
        CHECK(must(client.read_response()).body == (i % 2 == 0 ? "target" : "mock"));
    }
    const std::string seen = upstream.seen();
    std::size_t at = 0;
    for (int i = 0; i < 50; i += 2) {
        const std::size_t found = seen.find("GET /t/" + std::to_string(i) + " HTTP/1.1\r\n", at);
        REQUIRE(found != std::string::npos);
        at = found + 1;
    }
    CHECK(upstream.connections() == 1);
}
