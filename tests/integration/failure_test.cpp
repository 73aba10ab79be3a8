// Targets that fail and clients that leave: how often a request is tried, how long that may take, and that nothing
// which may have had an effect is sent twice.

#include <algorithm>
#include <atomic>
#include <thread>

#include <arpa/inet.h>
#include <sys/socket.h>

#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/peer.h"
#include "tests/support/scripted_upstream.h"

using namespace gw;
using namespace gw::test;
using namespace std::chrono_literals;

namespace {

std::string address_of(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }

std::string group_config(const std::string& group, const std::string& limits = "timeout: 5s") {
    return "version: 1\nlimits: {" + limits + "}\ngroups:\n  g: {" + group +
           "}\napis:\n  - routes:\n      - {routeKey: $default, integration: 'group:g'}\n";
}

/// An address that answers no connection, and refuses none: its queue has room for one, which is taken.
class Deaf {
  public:
    Deaf() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const at = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::bind(socket_.get(), at, size) == 0);
        REQUIRE(::listen(socket_.get(), 0) == 0);
        REQUIRE(::getsockname(socket_.get(), at, &size) == 0);
        port_ = ntohs(address.sin_port);
        first_.emplace(must(RawClient::connect(port_)));
    }
    [[nodiscard]] std::uint16_t port() const { return port_; }

  private:
    Descriptor socket_;
    std::uint16_t port_ = 0;
    std::optional<RawClient> first_;
};

std::size_t count_of(const std::string& text, const std::string& word) {
    std::size_t count = 0;
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
    return count;
}

}  // namespace

TEST_CASE("no request that may have had an effect is delivered twice, however its connection ends") {
    // every second connection serves one request and then ends in the next: before it, inside it, after all of it
    const std::vector<Script> ends = {
        {read_request(), answer(200, "first"), close_connection()},
        {read_request(), answer(200, "first"), read_request(), close_connection()},
        {read_request(), answer(200, "first"), read_request(), reset_connection()},
        {read_request(), answer(200, "first"), read_head(), reset_connection()},
        {read_request(), answer(200, "first"), read_request(), send_bytes("HTTP/1.1 2"), close_connection()},
        {read_request(), answer(200, "first"), read_request(),
         send_bytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), reset_connection()},
    };
    std::vector<Script> scripts;
    for (const Script& script : ends) {
        scripts.push_back(script);
        scripts.push_back({read_request(), answer(200, "other"), close_connection()});
    }
    ScriptedUpstream upstream(scripts);
    const Gateway gateway({upstream.url(), "--workers", "1", "--timeout", "2s"});
    int sent = 0;
    for (int i = 0; i < 40; ++i) {
        const std::string mark = "delivery-" + std::to_string(i) + "-";
        const auto answer = raw_exchange(gateway.port(), post_request("/" + mark, mark));
        ++sent;
        std::size_t seen = 0;
        for (std::size_t c = 0; c < upstream.connections(); ++c) seen += count_of(upstream.seen(c), "POST /" + mark);
        INFO(mark);
        CHECK(seen <= 1);
        if (answer && answer->status == 200) CHECK(seen == 1);
    }
    CHECK(sent == 40);
    CHECK(upstream.connections() > 6);
}

TEST_CASE("in a total outage targets get no more than a fifth on top of what was asked") {
    std::atomic<int> arrived{0};
    // three targets that take a connection and close it without a word: idempotent requests may be tried elsewhere
    std::vector<std::unique_ptr<ScriptedUpstream>> broken;
    std::string targets;
    for (int i = 0; i < 3; ++i) {
        broken.push_back(std::make_unique<ScriptedUpstream>(std::vector<Script>{{read_request(), reset_connection()}}));
        targets += (i == 0 ? "'" : ", '") + address_of(broken.back()->port()) + "'";
    }
    Start how;
    how.config = group_config("targets: [" + targets + "], retries: 5, outlierDetection: {consecutiveErrors: 1000}");
    const Gateway gateway({"--workers", "1"}, how);
    constexpr int kAsked = 200;
    for (int i = 0; i < kAsked; ++i) CHECK(gateway.get("/").status == 503);
    for (const auto& target : broken) arrived += static_cast<int>(target->connections());
    CHECK(arrived >= kAsked);
    CHECK(arrived <= kAsked + kAsked / 5 + 3 + 3 * 30);  // and three a second, on however slow a machine
}

TEST_CASE("a dead target is given up for others within the time that the request has in all") {
    // accepts, and never says a word
    ScriptedUpstream silent({{read_request(), hold()}});
    ScriptedUpstream also({{read_request(), hold()}});
    Start how;
    how.config =
        group_config("targets: ['" + address_of(silent.port()) + "', '" + address_of(also.port()) + "'], retries: 5",
                     "timeout: 300ms");
    const Gateway gateway({}, how);
    const auto began = std::chrono::steady_clock::now();
    CHECK(gateway.get("/").status == 503);
    const auto took = std::chrono::steady_clock::now() - began;
    CHECK(took >= 290ms);
    CHECK(took < 2s);  // two times would be 600 ms and more, on a machine that is not busy
    CHECK(silent.connections() + also.connections() == 1);  // what may have had an effect is not sent again
}

TEST_CASE("attempts at several targets take no longer together than there is time for an answer") {
    const Deaf first;
    const Deaf second;
    ScriptedUpstream silent({{read_request(), hold()}});
    Start how;
    how.config =
        group_config("targets: ['" + address_of(first.port()) + "', '" + address_of(silent.port()) + "', '" +
                         address_of(second.port()) + "'], retries: 5, outlierDetection: {consecutiveErrors: 1000}",
                     "timeout: 500ms, connectTimeout: 150ms");
    const Gateway gateway({"--workers", "1"}, how);
    // of those that were tried elsewhere first; a machine that is busy is late, the gateway never is
    auto least = std::chrono::nanoseconds::max();
    for (std::size_t round = 0; round < 12 && least > 550ms; ++round) {
        RawClient client = gateway.connect();
        const auto began = std::chrono::steady_clock::now();
        must(client.send(get_request("/")));
        REQUIRE(silent.wait_for_connections(round + 1));
        const auto reached = std::chrono::steady_clock::now() - began;
        CHECK(must(client.read_response()).status == 503);
        const auto took = std::chrono::steady_clock::now() - began;
        CHECK(took >= 490ms);
        if (reached >= 140ms) least = std::min<std::chrono::nanoseconds>(least, took);
    }
    CHECK(least <= 550ms);
}

TEST_CASE("who waits for a connection gets the one that becomes free, and waits no longer than for an answer") {
    ScriptedUpstream upstream({{read_request(), send_bytes("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nfirst"),
                                hold(), send_bytes(" half."), read_request(), answer(200, "third"), hold()}});
    Start how;
    how.config = "version: 1\nlimits: {timeout: 600ms, upstreamConnectionsPerHost: 1}\napis:\n  - routes:\n" +
                 ("      - {routeKey: $default, integration: '" + upstream.url() + "'}\n");
    const Gateway gateway({"--workers", "1"}, how);
    RawClient first = gateway.connect();
    must(first.send(get_request("/first")));
    CHECK(first.read_until("first"));
    const auto began = std::chrono::steady_clock::now();
    CHECK(gateway.get("/second").status == 503);
    const auto took = std::chrono::steady_clock::now() - began;
    CHECK(took >= 590ms);
    CHECK(took < 2s);
    CHECK(gateway.wait_for_log(1).find("target.") != std::string::npos);
    RawClient third = gateway.connect();
    must(third.send(get_request("/third")));
    CHECK(third.stays_silent(50ms));
    upstream.release();
    CHECK(must(first.read_until(" half.")) == " half.");
    CHECK(must(third.read_response()).body == "third");
    CHECK(upstream.connections() == 1);
    CHECK(upstream.seen().find("/second") == std::string::npos);
}

TEST_CASE("a group that is full refuses at once and takes requests again when others have ended") {
    std::atomic<bool> over{false};
    std::atomic<int> under_way{0};
    std::atomic<int> most{0};
    PeerServer slow([&](const PeerRequest&) {
        const int now = ++under_way;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        eventually([&] { return over.load(); });
        --under_way;
        return PeerResponse{200, {}, "slow"};
    });
    Start how;
    how.config = group_config("targets: ['" + address_of(slow.port()) + "'], maxOutstanding: 3");
    const Gateway gateway({"--workers", "2"}, how);
    std::vector<RawClient> held;
    for (int i = 0; i < 3; ++i) {
        held.push_back(gateway.connect());
        must(held.back().send(get_request("/")));
    }
    REQUIRE(eventually([&] { return under_way == 3; }));
    for (int i = 0; i < 20; ++i) {
        const auto began = std::chrono::steady_clock::now();
        CHECK(gateway.get("/").status == 503);
        CHECK(std::chrono::steady_clock::now() - began < 2s);  // refused, not queued
    }
    CHECK(gateway.wait_for_log(20).find("target.overload") != std::string::npos);
    over = true;
    for (RawClient& client : held) CHECK(must(client.read_response()).status == 200);
    CHECK(gateway.get("/").status == 200);
    CHECK(most == 3);
}

TEST_CASE("a client that leaves takes its request to the target with it, in whatever state") {
    const std::string get = get_request("/");
    struct Row {
        const char* name;
        std::string request;
        Script script;
        const char* mark;    // what the target must have seen before the client leaves
        const char* answer;  // what the client must have seen before
    };
    const std::vector<Row> rows = {
        {"before an answer", get, {read_request(), hold()}, "\r\n\r\n", ""},
        {"inside its own body",
         "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf",
         {read_head(), hold()},
         "half",
         ""},
        {"inside its own chunks",
         "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
         {read_head(), hold()},
         "half",
         ""},
        {"inside the answer",
         get,
         {read_request(), send_bytes("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfirst"), hold()},
         "\r\n\r\n",
         "first"},
        {"inside a chunked answer",
         get,
         {read_request(), send_bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n"), hold()},
         "\r\n\r\n",
         "first"},
    };
    for (const Row& row : rows)
        for (const bool with_reset : {false, true}) {
            // once the answer has begun a FIN may be that of a client that has only ended its own half
            if (!with_reset && *row.answer != 0) continue;
            INFO(row.name << (with_reset ? ", with a reset" : ", with a FIN"));
            ScriptedUpstream upstream({row.script});
            const Gateway gateway({upstream.url()});
            RawClient client = gateway.connect();
            must(client.send(row.request));
            REQUIRE(upstream.wait_for(row.mark));
            if (*row.answer != 0) CHECK(client.read_until(row.answer));
            const auto began = std::chrono::steady_clock::now();
            if (with_reset)
                client.reset();
            else
                client.close();
            CHECK(upstream.wait_for_end());  // hold() ends when the gateway closes
            CHECK(std::chrono::steady_clock::now() - began < 2s);
            CHECK(upstream.seen().find("\r\n0\r\n\r\n") == std::string::npos);
        }
}

TEST_CASE("a target hears within a tenth of a second that its client has left") {
    struct Row {
        const char* name;
        std::string request;
        Script script;
        const char* answer;  // what the client must have seen before
        bool with_reset;
    };
    const Script silent = {read_request(), hold()};
    const Script telling = {read_request(), send_bytes("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfirst"), hold()};
    const std::string half = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n";
    for (const Row& row : {Row{"a FIN before an answer", get_request("/"), silent, "", false},
                           Row{"a reset before an answer", get_request("/"), silent, "", true},
                           Row{"a FIN inside its body", half, {read_head(), hold()}, "", false},
                           Row{"a reset inside an answer", get_request("/"), telling, "first", true}}) {
        INFO(row.name);
        ScriptedUpstream upstream({row.script});
        const Gateway gateway({upstream.url()});
        // a machine that is busy is late; the gateway waits for nothing
        auto least = std::chrono::nanoseconds::max();
        for (std::size_t i = 0; i < 20 && least > 100ms; ++i) {
            RawClient client = gateway.connect();
            must(client.send(row.request));
            REQUIRE(upstream.wait_for("\r\n\r\n", i));
            if (*row.answer != 0) CHECK(client.read_until(row.answer));
            const auto began = std::chrono::steady_clock::now();
            row.with_reset ? client.reset() : client.close();
            CHECK(upstream.wait_for_end(i));
            least = std::min<std::chrono::nanoseconds>(least, std::chrono::steady_clock::now() - began);
        }
        CHECK(least <= 100ms);
    }
}

TEST_CASE("a client that leaves at any byte of a large answer harms nobody") {
    const std::string large(200'000, 'l');
    ScriptedUpstream upstream({{read_request(), answer(200, large, "Connection: close\r\n")}});
    Gateway gateway({upstream.url(), "--workers", "1"});
    CHECK(gateway.get("/").body == large);
    const std::size_t descriptors = must(gateway.process().usage()).descriptors;
    for (const std::size_t taken : {0U, 1U, 8U, 17U, 100U, 1000U, 16384U, 65535U, 65536U, 65537U, 150'000U, 199'999U})
        for (const bool with_reset : {false, true}) {
            INFO(taken);
            RawClient client = gateway.connect();
            must(client.send(get_request("/")));
            CHECK(client.read_exactly(taken));
            if (with_reset)
                client.reset();
            else
                client.close();
        }
    CHECK(gateway.get("/").body == large);
    CHECK(eventually([&] { return must(gateway.process().usage()).descriptors <= descriptors; }));
}
