// Groups: shares, failing targets, health checks, ejection and the limit of retries.

#include <atomic>

#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/peer.h"

using namespace gw;
using namespace gw::test;
using namespace std::chrono_literals;

namespace {

std::string address_of(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }

std::uint16_t dead_port() {
    const Listener listener = *listen_on_loopback();
    return listener.port;
}

PeerServer::Handler says(std::string body) {
    return [body = std::move(body)](const PeerRequest&) { return PeerResponse{200, {}, body}; };
}

std::string group_config(const std::string& group) {
    return "version: 1\ngroups:\n  g: {" + group +
           "}\napis:\n  - routes:\n      - {routeKey: $default, integration: 'group:g'}\n";
}

}  // namespace

TEST_CASE("round robin gives every target its share, by weight") {
    PeerServer one(says("one"));
    PeerServer two(says("two"));
    Start how;
    how.config = group_config("targets: [{address: '" + address_of(one.port()) + "', weight: 3}, {address: '" +
                              address_of(two.port()) + "', weight: 1}]");
    const Gateway gateway({"--workers", "1"}, how);
    RawClient client = gateway.connect();
    int ones = 0;
    for (int i = 0; i < 80; ++i) {
        must(client.send(get_request("/")));
        ones += must(client.read_response()).body == "one" ? 1 : 0;
    }
    CHECK(ones >= 58);
    CHECK(ones <= 62);
}

TEST_CASE("a request whose target is dead is served by another") {
    PeerServer alive(says("alive"));
    Start how;
    how.config = group_config("targets: ['" + address_of(dead_port()) + "', '" + address_of(alive.port()) + "']");
    const Gateway gateway({}, how);
    for (int i = 0; i < 30; ++i) {
        const RawResponse answer = gateway.get("/");
        CHECK(answer.status == 200);
        CHECK(answer.body == "alive");
    }
}

TEST_CASE("when every target is dead the answer is 503, at once, however many ask") {
    Start how;
    how.config =
        group_config("targets: ['" + address_of(dead_port()) + "', '" + address_of(dead_port()) + "'], retries: 5");
    const Gateway gateway({}, how);
    for (int i = 0; i < 50; ++i) {
        const RawResponse answer = gateway.get("/");
        CHECK(answer.status == 503);
        CHECK(answer.body == R"({"message":"Service Unavailable"})");
    }
}

TEST_CASE("health checks take a target out and bring it back") {
    std::atomic<bool> well{true};
    std::atomic<int> checks{0};
    PeerServer flapping([&](const PeerRequest& request) {
        if (request.target != "/healthz") return PeerResponse{200, {}, "flapping"};
        ++checks;
        return PeerResponse{well ? 200 : 500, {}, ""};
    });
    PeerServer steady(says("steady"));
    Start how;
    how.config = group_config(
        "targets: ['" + address_of(flapping.port()) + "', '" + address_of(steady.port()) +
        "'], health: {path: /healthz, interval: 100ms, timeout: 100ms, fall: 2, rise: 2}, panicThreshold: 0%");
    Gateway gateway({"--workers", "1"}, how);
    const auto seen = [&](const std::string& body) {
        bool found = false;
        for (int i = 0; i < 4; ++i) found = gateway.get("/").body == body || found;
        return found;
    };
    CHECK(eventually([&] { return seen("flapping"); }));
    well = false;
    CHECK(eventually([&] { return !seen("flapping"); }));
    CHECK(gateway.process().wait_for_errors("is unhealthy (status 500)"));
    well = true;
    CHECK(eventually([&] { return seen("flapping"); }));
    CHECK(gateway.process().wait_for_errors("is healthy"));
    CHECK(checks >= 3);  // the first may have decided alone; then two to rise
}

TEST_CASE("a target that answers with errors is ejected, and its share goes to the others") {
    std::atomic<int> hits{0};
    PeerServer failing([&hits](const PeerRequest&) {
        ++hits;
        return PeerResponse{500, {}, "broken"};
    });
    PeerServer good(says("good"));
    Start how;
    how.config = group_config("targets: ['" + address_of(failing.port()) + "', '" + address_of(good.port()) +
                              "'], outlierDetection: {consecutiveErrors: 3}, panicThreshold: 0%");
    const Gateway gateway({}, how);
    int failures = 0;
    for (int i = 0; i < 40; ++i) failures += gateway.get("/").status == 500 ? 1 : 0;
    CHECK(failures >= 3);
    CHECK(failures <= 6);
    CHECK(hits == failures);
    const std::string status = gateway.admin("GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n").body;
    INFO(status);
    CHECK(status.find("\"" + address_of(failing.port()) + R"(","weight":1,"healthy":false,"state":"ejected")") !=
          std::string::npos);
    CHECK(status.find("\"" + address_of(good.port()) + R"(","weight":1,"healthy":true,"state":"healthy")") !=
          std::string::npos);
}

TEST_CASE("a group that has as much under way as it may is not given more") {
    std::atomic<bool> over{false};
    std::atomic<int> waiting{0};
    PeerServer slow([&](const PeerRequest&) {
        ++waiting;
        eventually([&] { return over.load(); });
        return PeerResponse{200, {}, "slow"};
    });
    Start how;
    how.config = group_config("targets: ['" + address_of(slow.port()) + "'], maxOutstanding: 2");
    const Gateway gateway({}, how);
    RawClient first = gateway.connect();
    RawClient second = gateway.connect();
    must(first.send(get_request("/")));
    must(second.send(get_request("/")));
    REQUIRE(eventually([&] { return waiting == 2; }));
    CHECK(gateway.get("/").status == 503);
    over = true;
    CHECK(must(first.read_response()).body == "slow");
    CHECK(must(second.read_response()).body == "slow");
    CHECK(gateway.get("/").status == 200);
}

TEST_CASE("the same client goes to the same target when its address decides") {
    PeerServer one(says("one"));
    PeerServer two(says("two"));
    PeerServer three(says("three"));
    Start how;
    how.config = group_config("targets: ['" + address_of(one.port()) + "', '" + address_of(two.port()) + "', '" +
                              address_of(three.port()) + "'], algorithm: 'hash:ip'");
    const Gateway gateway({}, how);
    const std::string first = gateway.get("/").body;
    for (int i = 0; i < 10; ++i) CHECK(gateway.get("/").body == first);
}
