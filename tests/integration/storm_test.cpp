// Load through reloads: nothing is lost, each answer is of one configuration, and nothing is left behind.
// GW_STORM=1000000 makes it that many requests.

#include <algorithm>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <thread>

#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/faults.h"
#include "tests/support/peer.h"
#include "tests/support/scripted_upstream.h"

using namespace gw;
using namespace gw::test;
using namespace std::chrono_literals;

namespace {

constexpr int kReloads = 50;
constexpr std::size_t kBatch = 16;  // requests that a client sends at once, on one connection

struct Targets {
    PeerServer echo{[](const PeerRequest& request) {
        return PeerResponse{
            200, {}, request.target + " " + std::string(find_peer_field(request.fields, "x-generation"))};
    }};
    ScriptedUpstream slow{{{read_request(), hold(), answer(200, "late")}}};
    ScriptedUpstream tunnel{
        {{read_request(),
          send_bytes("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                     "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"),
          read_bytes(4), send_bytes("pong"), hold()}}};
};

/// One generation says its number in two mocks, in a path and in a field: an answer of two generations shows.
std::string config_of(int generation, const Targets& targets) {
    const std::string n = std::to_string(generation);
    return "version: 1\nlimits: {timeout: 15m}\nrequestHeaders: [{set: 'X-Generation: " + n +
           "'}]\napis:\n  - routes:\n      - {routeKey: GET /a, integration: 'mock:200:a" + n +
           "'}\n      - {routeKey: GET /b, integration: 'mock:200:b" + n +
           "'}\n      - {routeKey: GET /echo, integration: '" + targets.echo.url() + "/of-" + n +
           "'}\n      - {routeKey: GET /slow, integration: '" + targets.slow.url() +
           "'}\n      - {routeKey: GET /tunnel, integration: '" + targets.tunnel.url() + "'}\n";
}

/// The number in "a17", or -1.
int number_in(std::string_view text, char first) {
    int number = -1;
    if (text.size() < 2 || text[0] != first) return -1;
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? number : -1;
}

}  // namespace

TEST_CASE("load through fifty reloads and as many bad ones: none is lost, each answer is of one generation") {
    Targets targets;
    Start how;
    how.config = config_of(0, targets);
    Gateway gateway({"--workers", "2", "--max-connections-per-client", "0"}, how);
    const std::size_t count = wished_size("GW_STORM", 20'000);
    constexpr std::size_t kClients = 3;
    std::atomic<std::size_t> answered{0};
    std::atomic<std::size_t> problems{0};
    std::atomic<int> newest{0};
    std::atomic<bool> over{false};

    // what was begun before stays through all of it
    RawClient slow = gateway.connect();
    must(slow.send(get_request("/slow")));
    RawClient tunnel = gateway.connect();
    must(
        tunnel.send("GET /tunnel HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
    CHECK(must(tunnel.read_until("\r\n\r\n")).starts_with("HTTP/1.1 101 "));

    std::vector<std::thread> clients;
    for (std::size_t c = 0; c < kClients; ++c)
        clients.emplace_back([&] {
            std::string batch;
            for (std::size_t i = 0; i < kBatch; ++i) batch += get_request(i % 2 == 0 ? "/a" : "/b");
            auto client = RawClient::connect(gateway.port());
            for (std::size_t round = 0; round * kBatch < count / kClients; ++round) {
                if (round % 5 == 4) client = RawClient::connect(gateway.port());  // a fifth on new connections
                if (!client || !client->send(batch)) {
                    problems += kBatch;
                    client = RawClient::connect(gateway.port());
                    continue;
                }
                for (std::size_t i = 0; i < kBatch; ++i) {
                    const auto answer = client->read_response();
                    const int of = answer ? number_in(answer->body, i % 2 == 0 ? 'a' : 'b') : -1;
                    if (!answer || answer->status != 200 || of < 0 || of > newest) ++problems;
                    ++answered;
                }
            }
        });
    // As fast as it goes, on a busy machine more than one connection may have: the last answer of one says so.
    std::size_t echoed = 0;
    std::thread echoing([&] {
        auto client = RawClient::connect(gateway.port());
        while (!over) {
            const auto sent = client ? client->send(get_request("/echo")) : Result<void>(client.error());
            const auto answer = sent ? client->read_response() : Result<RawResponse>(sent.error());
            const std::string body = answer ? answer->body : std::string();
            const std::size_t space = body.find(' ');
            if (!answer || answer->status != 200 || space == std::string::npos ||
                body.substr(0, space) != "/of-" + body.substr(space + 1))
                ++problems;
            if (!answer || answer->field("connection") == "close") client = RawClient::connect(gateway.port());
            ++echoed;
        }
    });

    Usage early;
    for (int i = 1; i <= kReloads; ++i) {
        const std::size_t at = count / (kReloads + 1) * static_cast<std::size_t>(i);
        eventually([&] { return answered >= at; }, 12 * kPatience);
        gateway.write_config(
            "version: 1\napis: [{routes: [{routeKey: GET /a, integration: 'mock:200:bad', wrong: 1}]}]\n");
        CHECK(gateway.order("/reload").status == 409);
        gateway.write_config(config_of(i, targets));
        newest = i;
        must(gateway.process().signal(SIGHUP));
        CHECK(eventually([&] { return gateway.metric("gw_config_reloads_total") == static_cast<std::uint64_t>(i); }));
        if (i == 5) early = must(gateway.process().usage());
    }
    for (std::thread& client : clients) client.join();
    const Usage late = must(gateway.process().usage());
    over = true;
    echoing.join();

    CHECK(problems == 0);
    CHECK(answered >= count);
    CHECK(echoed > 0);
    CHECK(gateway.get("/a").body == "a" + std::to_string(kReloads));
    CHECK(gateway.metric("gw_config_reload_failures_total") == static_cast<std::uint64_t>(kReloads));
    CHECK(gateway.metric("gw_config_last_reload_success") == 1);
    targets.slow.release();
    CHECK(must(slow.read_response()).body == "late");
    must(tunnel.send("ping"));
    CHECK(must(tunnel.read_exactly(4)) == "pong");

    // nothing is left of the forty-nine
    CHECK(late.threads == early.threads);
    CHECK(late.descriptors <= early.descriptors + 8);
    if (Faults::available())  // sanitizers keep what was given back
        CHECK(late.rss_bytes <= early.rss_bytes + std::max<std::size_t>(early.rss_bytes / 20, 8U << 20));
    std::printf("%zu answers through %d reloads, %zu problems; resident after 5 reloads %zu KiB, after all %zu KiB\n",
                answered.load(), kReloads, problems.load(), early.rss_bytes >> 10, late.rss_bytes >> 10);
    slow.close();
    tunnel.close();
    CHECK(gateway.stop().code == 0);
}
