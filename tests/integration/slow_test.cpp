// Many slow clients at once: what they hold is bounded, and those who are not slow are served.

#include <algorithm>

#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/faults.h"
#include "tests/support/scripted_upstream.h"

using namespace gw;
using namespace gw::test;
using namespace std::chrono_literals;

namespace {

Start with_limits(const std::string& limits, const std::string& slow = "mock:200:slow") {
    Start how;
    how.config =
        "version: 1\nlimits: {maxConnectionsPerClient: 0, " + limits +
        "}\napis:\n  - routes:\n      - {routeKey: GET /fine, integration: 'mock:200:fine'}\n      - {routeKey: "
        "$default, integration: '" +
        slow + "'}\n";
    return how;
}

/// Sanitizers keep what was given back, so memory says nothing under them.
bool memory_counts() { return Faults::available(); }

}  // namespace

TEST_CASE("clients that trickle their heads are all sent away in time, and others are served") {
    const std::size_t count = wished_size("GW_SLOW", 300);
    Gateway gateway({"--workers", "2", "--max-connections", "0"},
                    with_limits("headerTimeout: " + std::to_string(1000 + count) + "ms"));
    CHECK(gateway.get("/fine").status == 200);
    const std::size_t before = must(gateway.process().usage()).rss_bytes;
    std::vector<RawClient> slow;
    for (std::size_t i = 0; i < count; ++i) {
        slow.push_back(gateway.connect());
        must(slow.back().send("GET / HTTP/1.1\r\nHost: h\r\nX-Slow: "));
    }
    std::size_t asked = 0;
    std::size_t served = 0;
    std::size_t most = 0;
    for (std::size_t round = 0; round < 20; ++round) {
        for (std::size_t i = round; i < slow.size(); i += 20) (void)slow[i].send("a");
        const auto other = raw_exchange(gateway.port(), get_request("/fine"));
        ++asked;
        served += other && other->status == 200 ? 1 : 0;
        most = std::max(most, must(gateway.process().usage()).rss_bytes);
    }
    CHECK(served == asked);
    std::size_t sent_away = 0;
    for (RawClient& client : slow) {
        const auto answer = client.read_response();
        sent_away += answer && answer->status == 408 ? 1 : 0;
    }
    CHECK(sent_away == count);
    std::printf("%zu clients that trickle: %zu KiB more resident, %zu of %zu others served\n", count,
                (most - std::min(before, most)) >> 10U, served, asked);
    if (memory_counts()) CHECK(most <= before + count * 16 * 1024 + (4U << 20));
    CHECK(eventually([&] { return gateway.metric("gw_connections") <= count; }));
    slow.clear();
    CHECK(eventually([&] { return gateway.metric("gw_connections") == 0; }));
}

TEST_CASE("two hundred clients that trickle their bodies hold no connection to a target longer than they may") {
    ScriptedUpstream upstream({{read_request(), answer(200, "whole")}});
    Gateway gateway({"--workers", "2"}, with_limits("bodyTimeout: 500ms", upstream.url()));
    std::vector<RawClient> slow;
    for (int i = 0; i < 200; ++i) {
        slow.push_back(gateway.connect());
        must(slow.back().send("POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nfirst"));
    }
    CHECK(gateway.get("/fine").status == 200);
    for (RawClient& client : slow) {
        const auto answer = client.read_response();
        CHECK((answer && answer->status == 408));
        CHECK(client.is_closed_by_peer());
    }
    for (std::size_t i = 0; i < upstream.connections(); ++i) CHECK(upstream.wait_for_end(i));
}

TEST_CASE("a client that sent fast at first is sent away when it trickles afterwards") {
    ScriptedUpstream upstream({{read_request(), answer(200, "whole")}});
    const Gateway gateway({"--workers", "1"}, with_limits("minRate: 1000", upstream.url()));
    RawClient client = gateway.connect();
    must(client.send("POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 5000000\r\n\r\n" + std::string(2'000'000, 'x')));
    // its average stays above 100 KB/s for all that time; a period of five seconds is judged by itself
    const auto began = std::chrono::steady_clock::now();
    while (client.stays_silent(100ms) && std::chrono::steady_clock::now() - began < 17s)
        static_cast<void>(client.send("x"));
    const auto answer = client.read_response();
    CHECK((answer && answer->status == 408));
    CHECK(std::chrono::steady_clock::now() - began > 4s);
}

TEST_CASE("clients that do not read hold little of a large answer, and are cut off") {
    constexpr std::size_t kClients = 24;
    ScriptedUpstream upstream({{read_request(), answer(200, std::string(12U << 20, 'z'), "Connection: close\r\n")}});
    Gateway gateway({"--workers", "2"}, with_limits("sendTimeout: 1500ms", upstream.url()));
    CHECK(gateway.get("/fine").status == 200);
    const std::size_t before = must(gateway.process().usage()).rss_bytes;
    std::vector<RawClient> slow;
    for (std::size_t i = 0; i < kClients; ++i) {
        slow.push_back(gateway.connect());
        must(slow.back().send(get_request("/up")));
    }
    std::size_t most = 0;
    CHECK(eventually(
        [&] {
            most = std::max(most, must(gateway.process().usage()).rss_bytes);
            return gateway.metric("gw_connections") == 0;
        },
        3 * kPatience));
    if (memory_counts()) CHECK(most <= before + kClients * 256 * 1024 + (8U << 20));
    for (RawClient& client : slow) CHECK_FALSE(client.read_response());  // never as if it were whole
    CHECK(gateway.get("/fine").status == 200);
}

TEST_CASE("targets that do not read hold little of a large body, and the client waits") {
    constexpr std::size_t kClients = 24;
    ScriptedUpstream upstream({{read_head(), hold()}});
    Gateway gateway({"--workers", "2", "--max-body", "none"}, with_limits("timeout: 2s", upstream.url()));
    CHECK(gateway.get("/fine").status == 200);
    const std::size_t before = must(gateway.process().usage()).rss_bytes;
    std::vector<RawClient> pushing;
    const std::string piece(1U << 20, 'p');
    for (std::size_t i = 0; i < kClients; ++i) {
        pushing.push_back(gateway.connect());
        pushing.back().set_patience(20ms);
        must(pushing.back().send("POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000\r\n\r\n"));
        for (int n = 0; n < 8; ++n)
            if (!pushing.back().send(piece)) break;
    }
    if (memory_counts())
        CHECK(must(gateway.process().usage()).rss_bytes <= before + kClients * 256 * 1024 + (8U << 20));
    CHECK(gateway.get("/fine").status == 200);
}

TEST_CASE("a thousand pipelined requests are answered one after the other, with one under way to the target") {
    std::vector<Act> script;
    for (int i = 0; i < 1000; ++i) {
        script.push_back(read_request());
        script.push_back(answer(200, "n" + std::to_string(i)));
    }
    ScriptedUpstream upstream({script});
    const Gateway gateway({upstream.url(), "--workers", "1"});
    RawClient client = gateway.connect();
    std::string all;
    for (int i = 0; i < 1000; ++i) all += get_request("/" + std::to_string(i));
    must(client.send(all));
    for (int i = 0; i < 1000; ++i) {
        const auto answer = client.read_response();
        REQUIRE(answer);
        CHECK(answer->body == "n" + std::to_string(i));
    }
    CHECK(upstream.connections() == 1);
    const std::string seen = upstream.seen();
    std::size_t at = 0;
    for (int i = 0; i < 1000; ++i) {
        at = seen.find("GET /" + std::to_string(i) + " HTTP/1.1\r\n", at);
        REQUIRE(at != std::string::npos);
    }
}
