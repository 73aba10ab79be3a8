// What the gateway tells its operator: in metrics, on standard error, in the log's last lines.

#include <csignal>

#include "libgw/base/json.h"
#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/peer.h"
#include "tests/support/scripted_upstream.h"

using namespace gw;
using namespace gw::test;
using namespace std::chrono_literals;

namespace {

std::string address_of(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }

/// The value of one series, as the metrics page has it; -1 when it is not there.
std::int64_t series(const Gateway& gateway, const std::string& name) {
    const std::string page = gateway.admin("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").body;
    const std::size_t at = page.find("\n" + name + " ");
    return at == std::string::npos ? -1 : std::stoll(page.substr(at + name.size() + 2));
}

}  // namespace

TEST_CASE("the gauges of groups and targets are what is so") {
    ScriptedUpstream slow({{read_request(), hold(), answer(200, "late")}});
    PeerServer other([](const PeerRequest&) { return PeerResponse{200, {}, "other"}; });
    const Gateway gateway(
        {"/slow=" + slow.url(), "/g=group:g", "--group", "g=" + address_of(other.port()) + ",127.0.0.1:1"});
    CHECK(series(gateway, "gw_upstream_targets{upstream=\"group:g\"}") == 2);
    CHECK(series(gateway, "gw_upstream_healthy_targets{upstream=\"group:g\"}") == 2);
    const std::string label = "{upstream=\"" + slow.url() + "\"}";
    CHECK(series(gateway, "gw_upstream_outstanding" + label) == 0);
    RawClient client = gateway.connect();
    must(client.send(get_request("/slow")));
    REQUIRE(slow.wait_for("\r\n\r\n"));
    CHECK(series(gateway, "gw_upstream_outstanding" + label) == 1);
    CHECK(series(gateway, "gw_upstream_connections" + label) == 1);
    slow.release();
    CHECK(must(client.read_response()).body == "late");
    CHECK(eventually([&] { return series(gateway, "gw_upstream_outstanding" + label) == 0; }));
}

TEST_CASE("a target that is ejected is told on standard error, in the metrics and by status") {
    PeerServer bad([](const PeerRequest&) { return PeerResponse{500, {}, ""}; });
    PeerServer good([](const PeerRequest&) { return PeerResponse{200, {}, ""}; });
    Gateway gateway({"/=group:g", "--group", "g=" + address_of(bad.port()) + "," + address_of(good.port())});
    for (int i = 0; i < 40; ++i) static_cast<void>(gateway.get("/"));
    CHECK(gateway.process().wait_for_errors("group g: " + address_of(bad.port()) + " is ejected for "));
    CHECK(series(gateway, "gw_upstream_ejections_total{upstream=\"http://" + address_of(bad.port()) + "\"}") == 1);
    CHECK(series(gateway, "gw_upstream_healthy_targets{upstream=\"group:g\"}") == 1);
    CHECK(gateway.admin("GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n").body.find("\"ejected\"") !=
          std::string::npos);
}

TEST_CASE("the first signal says what is waited for, and what the second cuts off is in the log") {
    ScriptedUpstream silent({{read_request(), hold()}});
    Gateway gateway({silent.url()});
    RawClient client = gateway.connect();
    must(client.send(get_request("/cut")));
    REQUIRE(silent.wait_for("\r\n\r\n"));
    must(gateway.process().signal(SIGINT));
    CHECK(gateway.process().wait_for_errors("stopping: 1 request is under way, for at most 30s"));
    must(gateway.process().signal(SIGINT));
    CHECK(must(gateway.process().wait()).code == 130);
    const std::string log = gateway.log();
    INFO(log);
    CHECK(log.find("\"path\":\"/cut\"") != std::string::npos);
    CHECK(log.find("\"status\":499") != std::string::npos);
    CHECK(log.find("\"reason\":\"draining\"") != std::string::npos);
}

TEST_CASE("a stop with nothing under way says nothing of it") {
    Gateway gateway({"/=mock:200"});
    CHECK(gateway.get("/").status == 200);
    CHECK(gateway.stop().errors.find("stopping") == std::string::npos);
}

TEST_CASE("who asks for a reload is told what is wrong, with its place and a hint") {
    Start how;
    const std::string rest = "apis:\n  - routes:\n      - {routeKey: GET /a, integration: 'mock:200:a'}\n";
    how.config = "version: 1\nlisteners: ['127.0.0.1:0']\n" + rest;
    how.port_option = false;
    Gateway gateway({}, how);
    gateway.write_config("version: 1\napis:\n  - routes:\n      - {routeKey: GET /a, integation: 'mock:200:a'}\n");
    Command ask;
    ask.arguments = {program_path("gw-serve"), "reload", "--admin", "unix:" + gateway.admin_socket()};
    const Ending refused = must(run(ask));
    INFO(refused.errors);
    CHECK(refused.code == 1);
    CHECK(refused.errors.find("gw.yaml:4:") != std::string::npos);
    CHECK(refused.errors.find("unknown key 'integation'") != std::string::npos);
    CHECK(refused.errors.find("hint: did you mean 'integration'?") != std::string::npos);

    gateway.write_config("version: 1\nlisteners: ['127.0.0.1:1']\n" + rest);
    const Ending moved = must(run(ask));
    INFO(moved.errors);
    CHECK(moved.code == 1);
    CHECK(moved.errors.find("gw.yaml:2:13: ") != std::string::npos);
    CHECK(moved.errors.find("hint: restart gw-serve") != std::string::npos);
}

TEST_CASE("a TLS handshake that fails is told, and counted") {
    Gateway gateway({"/=mock:200", "--tls-self-signed"});
    RawClient plain = gateway.connect();
    must(plain.send(get_request("/")));
    CHECK(gateway.process().wait_for_errors("TLS handshake failed, 127.0.0.1: a plain HTTP request on a TLS port"));
    CHECK(gateway.metric("gw_tls_handshake_failures_total") == 1);
}

TEST_CASE("a line of the JSON log names the api") {
    Start how;
    how.config =
        "version: 1\napis:\n  - name: shop\n    basePath: /s\n    routes: [{routeKey: GET /a, integration: "
        "'mock:200'}]\n"
        "  - name: legacy\n    basePath: /l\n    routes: [{routeKey: GET /a, integration: 'mock:200'}]\n";
    const Gateway gateway({}, how);
    CHECK(gateway.get("/s/a").status == 200);
    CHECK(gateway.get("/l/a").status == 200);
    const std::string log = gateway.wait_for_log(2);
    CHECK(log.find("\"api\":\"shop\"") != std::string::npos);
    CHECK(log.find("\"api\":\"legacy\"") != std::string::npos);
}
