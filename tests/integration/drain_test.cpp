// The end of a gateway with much under way: what began is finished, what is idle leaves little by little, and the
// process is gone in time. GW_DRAIN=10000 makes it that many requests (`ulimit -n 20000`).

#include <algorithm>
#include <csignal>

#include <sys/socket.h>

#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_upstream.h"

using namespace gw;
using namespace gw::test;
using namespace std::chrono_literals;

namespace {

/// Bodies that could not be complete without their last byte.
const std::string kBody = std::string(3000, 'b') + "end";
const std::string kHalf = kBody.substr(0, kBody.size() / 2);
const std::string kRest = kBody.substr(kBody.size() / 2);

std::string upload_head() {
    return "POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(kBody.size()) + "\r\n\r\n";
}

}  // namespace

TEST_CASE("of all that is under way when the gateway is told to stop nothing is lost, and it ends with 0 in time") {
    const std::size_t count = wished_size("GW_DRAIN", 400);
    // a few of those that cost a target's connection each, the others wait in the gateway
    const std::size_t few = std::min<std::size_t>(count / 4, 100);
    ScriptedUpstream waiting({{read_request(), hold(), answer(200, kBody)}});
    ScriptedUpstream telling(
        {{read_request(), send_bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5dd\r\n" + kHalf + "\r\n"),
          hold(), send_bytes("5de\r\n" + kRest + "\r\n0\r\n\r\n")}});
    ScriptedUpstream taking({{read_request(), answer(200, kBody)}});
    REQUIRE(kHalf.size() == 0x5dd);
    REQUIRE(kRest.size() == 0x5de);
    // longer than it takes to bring all of them under way
#ifdef GW_SANITIZED
    const auto delay = std::chrono::milliseconds(5000 + 10 * count);
#else
    const auto delay = std::chrono::milliseconds(1000 + count);
#endif
    const TemporaryDirectory directory;
    Gateway gateway(
        {"/waiting=" + waiting.url(), "/telling=" + telling.url(), "/up=" + taking.url(),
         "/late=mock:200:@" + directory.write("body", kBody) + ";delay=" + std::to_string(delay.count()) + "ms",
         "/a=mock:200:a", "--max-connections", "0", "--max-connections-per-client", "0", "--workers", "2"});
    std::vector<RawClient> clients;
    const auto begin = [&](std::size_t number, const std::string& request) {
        for (std::size_t i = 0; i < number; ++i) {
            clients.push_back(gateway.connect());
            clients.back().set_patience(6 * kPatience);
            must(clients.back().send(request));
        }
    };
    begin(few, get_request("/waiting"));
    begin(few, get_request("/telling"));
    const std::size_t first_upload = clients.size();
    begin(few, upload_head() + kHalf);
    const std::size_t end_of_uploads = clients.size();
    begin(count - 3 * few, get_request("/late"));
    std::vector<RawClient> idle;
    for (int i = 0; i < 100; ++i) {
        idle.push_back(gateway.connect());
        must(idle.back().send(get_request("/a")));
        CHECK(must(idle.back().read_response()).status == 200);
    }
    REQUIRE(eventually([&] { return gateway.metric("gw_connections") == count + idle.size(); }));
    REQUIRE(waiting.wait_for_connections(few));
    REQUIRE(taking.wait_for_connections(few));
    for (std::size_t i = 0; i < few; ++i) REQUIRE(telling.wait_for("\r\n\r\n", i));

    must(gateway.process().signal(SIGTERM));
    const auto told = std::chrono::steady_clock::now();
    std::size_t early = 0;
    for (RawClient& client : clients) {
        char byte = 0;
        early += ::recv(client.descriptor(), &byte, 1, MSG_DONTWAIT | MSG_PEEK) > 0 ? 1 : 0;
    }
    CHECK(early <= few);  // the heads of those that are half answered
    // who is idle is let go with a FIN, one here and one there
    std::size_t rounds = 0;
    std::size_t gone = 0;
    std::vector<bool> left(idle.size(), false);
    CHECK(eventually(
        [&] {
            const std::size_t before = gone;
            for (std::size_t i = 0; i < idle.size(); ++i) {
                char byte = 0;
                if (left[i]) continue;
                const ssize_t got = ::recv(idle[i].descriptor(), &byte, 1, MSG_DONTWAIT);
                if (got < 0 && errno == EAGAIN) continue;
                CHECK(got == 0);
                left[i] = true;
                ++gone;
            }
            rounds += gone == before ? 0 : 1;
            return gone == idle.size();
        },
        2 * kPatience));
    CHECK(rounds >= 5);
    CHECK(gateway.process().is_running());
    CHECK(eventually([&] { return !RawClient::connect(gateway.port()); }));

    for (std::size_t i = first_upload; i < end_of_uploads; ++i) must(clients[i].send(kRest));
    waiting.release();
    telling.release();
    std::size_t whole = 0;
    for (RawClient& client : clients) {
        const auto answer = client.read_response();
        whole += answer && answer->status == 200 && answer->body == kBody ? 1 : 0;
    }
    CHECK(whole == count);
    for (std::size_t i = 0; i < clients.size(); i += 50) CHECK(clients[i].is_closed_by_peer());
    clients.clear();  // whoever stays is waited for, for two seconds
    const auto finished = std::chrono::steady_clock::now();
    const Ending ending = must(gateway.process().wait());
    CHECK(ending.code == 0);
    CHECK(ending.signal == 0);
    CHECK(std::chrono::steady_clock::now() - finished < 1s);
    CHECK(finished - told < 31s);
    std::printf("%zu of %zu requests under way were answered in full, %zu idle connections left in %zu looks\n", whole,
                count, gone, rounds);
}

TEST_CASE("whoever does not finish is waited for as long as is configured, and not a second longer") {
    ScriptedUpstream stuck({{read_request(), hold()}});
    Start how;
    how.config =
        "version: 1\nlimits: {drainTimeout: 600ms}\napis:\n  - routes:\n      - {routeKey: $default, integration: '" +
        stuck.url() + "'}\n";
    Gateway gateway({}, how);
    std::vector<RawClient> clients;
    for (int i = 0; i < 20; ++i) {
        clients.push_back(gateway.connect());
        must(clients.back().send(get_request("/")));
    }
    REQUIRE(stuck.wait_for_connections(clients.size()));
    const auto told = std::chrono::steady_clock::now();
    const Ending ending = gateway.stop();
    const auto took = std::chrono::steady_clock::now() - told;
    CHECK(ending.code == 0);
    CHECK(took >= 550ms);
    CHECK(took < 1600ms);
    for (RawClient& client : clients) CHECK_FALSE(client.read_response());
}
