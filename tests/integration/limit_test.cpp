// Limits: slow, many and idle clients.

#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_upstream.h"

using namespace gw;
using namespace gw::test;
using namespace std::chrono_literals;

namespace {

Start with_limits(const std::string& limits, const std::string& integration = "mock:200:fine") {
    Start how;
    how.config = "version: 1\nlimits: {" + limits +
                 "}\napis:\n  - routes:\n      - {routeKey: $default, integration: '" + integration + "'}\n";
    return how;
}

}  // namespace

TEST_CASE("a head that does not come to its end in time is a 408, byte by byte or not at all") {
    const Gateway gateway({}, with_limits("headerTimeout: 300ms"));
    RawClient stuck = gateway.connect();
    must(stuck.send("GET / HTTP/1.1\r\nHost: h\r\nX: "));
    const auto began = std::chrono::steady_clock::now();
    // one more byte whenever nothing came does not buy time
    while (stuck.stays_silent(20ms) && std::chrono::steady_clock::now() - began < kPatience) (void)stuck.send("a");
    const RawResponse answer = must(stuck.read_response());
    CHECK(answer.status == 408);
    CHECK(answer.body == R"({"message":"Request Timeout"})");
    CHECK(answer.field("connection") == "close");
    CHECK(std::chrono::steady_clock::now() - began >= 250ms);

    RawClient silent = gateway.connect();
    CHECK(silent.is_closed_by_peer());
}

TEST_CASE("a body that stops is a 408, and the target never has it whole") {
    ScriptedUpstream upstream({{read_request(), answer(200, "whole")}});
    const Gateway gateway({}, with_limits("bodyTimeout: 200ms", upstream.url()));
    RawClient client = gateway.connect();
    must(client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello"));
    const RawResponse answer = must(client.read_response());
    CHECK(answer.status == 408);
    CHECK(client.is_closed_by_peer());
    CHECK(upstream.wait_for_end());
    CHECK(upstream.connections() == 1);
}

TEST_CASE("an idle connection is closed after its time, and not before its first request's") {
    const Gateway gateway({}, with_limits("keepAliveTimeout: 200ms"));
    RawClient client = gateway.connect();
    must(client.send(get_request("/")));
    CHECK(must(client.read_response()).status == 200);
    const auto began = std::chrono::steady_clock::now();
    CHECK(client.is_closed_by_peer());
    CHECK(std::chrono::steady_clock::now() - began >= 150ms);
}

TEST_CASE("one client has so many connections and no more, until one of them ends") {
    const Gateway gateway({"/=mock:200:fine", "--max-connections-per-client", "5"});
    std::vector<RawClient> held;
    for (int i = 0; i < 5; ++i) {
        held.push_back(gateway.connect());
        must(held.back().send(get_request("/")));
        CHECK(must(held.back().read_response()).status == 200);
    }
    RawClient sixth = gateway.connect();
    CHECK(sixth.is_closed_by_peer());
    held.pop_back();
    CHECK(eventually([&] {
        auto next = RawClient::connect(gateway.port());
        return next && next->send(get_request("/")) && next->read_response();
    }));
}

TEST_CASE("all clients together have so many connections") {
    const Gateway gateway({"/=mock:200:fine", "--max-connections", "3"});
    std::vector<RawClient> held;
    for (int i = 0; i < 3; ++i) {
        held.push_back(gateway.connect());
        must(held.back().send(get_request("/")));
        CHECK(must(held.back().read_response()).status == 200);
    }
    RawClient fourth = gateway.connect();
    CHECK(fourth.is_closed_by_peer());
}

TEST_CASE("after so many requests a connection ends with an answer that says so") {
    const Gateway gateway({}, with_limits("requestsPerConnection: 10"));
    RawClient client = gateway.connect();
    int served = 0;
    for (bool last = false; !last && served < 20; ++served) {
        must(client.send(get_request("/")));
        const RawResponse answer = must(client.read_response());
        CHECK(answer.status == 200);
        last = answer.field("connection") == "close";
    }
    CHECK(served >= 9);
    CHECK(served <= 11);
    CHECK(client.is_closed_by_peer());
}

TEST_CASE("a gateway without a descriptor to spare rests, and serves again when there is one") {
    Start how;
    how.before = {"prlimit", "--nofile=48:48"};
    Gateway gateway(
        {"/=mock:200:fine", "--max-connections", "0", "--max-connections-per-client", "0", "--workers", "1"}, how);
    std::vector<RawClient> held;
    for (int i = 0; i < 80; ++i) held.push_back(gateway.connect());  // those past the limit wait in the kernel
    REQUIRE(eventually([&] { return must(gateway.process().usage()).descriptors >= 48; }));
    const auto before = must(gateway.process().usage()).cpu;
    RawClient waiting = gateway.connect();
    must(waiting.send(get_request("/")));
    CHECK(waiting.stays_silent(500ms));
    CHECK(must(gateway.process().usage()).cpu - before < 250ms);
    held.clear();
    CHECK(must(waiting.read_response()).status == 200);
    CHECK(gateway.get("/").status == 200);
}
