// The side doors: admin API and metrics page.

#include <csignal>

#include <sys/stat.h>

#include "tests/integration/gateway.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::test;

namespace {

/// The port at the end of the word that follows `mark` in the banner.
std::uint16_t port_in_banner(Gateway& gateway, std::string_view mark) {
    const std::string text = must(gateway.process().wait_for_errors(mark));
    const std::size_t from = text.find(mark);
    const std::size_t colon = text.find(':', text.find("//", from) + 2);
    std::uint16_t port = 0;
    for (std::size_t i = colon + 1; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i)
        port = static_cast<std::uint16_t>(port * 10 + (text[i] - '0'));
    return port;
}

std::string order_text(const std::string& path, const std::string& lines) {
    return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n" + lines + "\r\n{}";
}

}  // namespace

TEST_CASE("the admin socket is its owner's, tells how things are, and takes orders only as orders") {
    Start how;
    how.config = "version: 1\napis:\n  - routes:\n      - {routeKey: GET /a, integration: 'mock:200:a'}\n";
    Gateway gateway({}, how);
    struct stat what{};
    REQUIRE(::stat(gateway.admin_socket().c_str(), &what) == 0);
    CHECK((what.st_mode & 0777) == 0600);

    const RawResponse status = gateway.admin("GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(status.status == 200);
    CHECK(status.field("content-type") == "application/json");
    CHECK(status.body.starts_with(R"({"schema":"gw-serve-status/1")"));
    CHECK(status.body.find("\"generation\":1,") != std::string::npos);

    const std::string json = "Content-Type: application/json\r\n";
    const std::string mark = "X-GW-Admin: 1\r\n";
    CHECK(gateway.admin("GET /reload HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 405);
    CHECK(gateway.admin("GET /stop HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 405);
    CHECK(gateway.admin(order_text("/reload", mark)).status == 415);
    CHECK(gateway.admin(order_text("/reload", mark + "Content-Type: text/plain\r\n")).status == 415);
    for (const std::string type :
         {"application/json-evil", "application/jsonx; charset=utf-8", "application/json, text/plain", "json"})
        CHECK(gateway.admin(order_text("/reload", mark + "Content-Type: " + type + "\r\n")).status == 415);
    CHECK(gateway.admin(order_text("/reload", json)).status == 403);
    CHECK(gateway.admin(order_text("/reload", json + mark + "X-GW-Admin: 0\r\n")).status == 403);
    CHECK(gateway.admin(order_text("/reload", json + mark + mark)).status == 403);
    CHECK(gateway.admin(order_text("/reload", json + "X-GW-Admin: 0\r\n")).status == 403);
    CHECK(gateway.admin(order_text("/reload", json + mark + "Origin: http://localhost\r\n")).status == 403);
    CHECK(gateway.admin(order_text("/reload", json + mark + "Sec-Fetch-Site: cross-site\r\n")).status == 403);
    CHECK(gateway.admin(order_text("/nothing", json + mark)).status == 404);
    CHECK(gateway.admin("GET /status HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\n\r\n").status == 403);
    CHECK(gateway.admin("GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n").body.find("\"generation\":1,") !=
          std::string::npos);

    CHECK(gateway.order("/reload").status == 200);
    CHECK(gateway.admin("GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n").body.find("\"generation\":2,") !=
          std::string::npos);
    CHECK(gateway.order("/stop").status == 202);
    CHECK(must(gateway.process().wait()).code == 0);
    CHECK(::stat(gateway.admin_socket().c_str(), &what) != 0);
}

TEST_CASE("on TCP the admin API wants its token and its own name") {
    Start how;
    how.environment = {{"GW_TEST_TOKEN", "correct-horse-battery"}};
    Gateway gateway({"/=mock:200:a", "--admin", "http://127.0.0.1:0", "--admin-token", "env:GW_TEST_TOKEN"}, how);
    const std::uint16_t port = port_in_banner(gateway, "admin ");
    const std::string token = "Authorization: Bearer correct-horse-battery\r\n";
    const auto ask = [&](const std::string& host, const std::string& lines) {
        return must(raw_exchange(port, "GET /status HTTP/1.1\r\nHost: " + host + "\r\n" + lines + "\r\n")).status;
    };
    CHECK(ask("localhost", token) == 200);
    CHECK(ask("127.0.0.1:" + std::to_string(port), token) == 200);
    CHECK(ask("localhost", "") == 401);
    CHECK(ask("localhost", "Authorization: Bearer wrong\r\n") == 401);
    CHECK(ask("localhost", "Authorization: Bearer correct-horse-batter\r\n") == 401);
    CHECK(ask("rebound.example", token) == 421);
    CHECK(ask("localhost.rebound.example", token) == 421);
    CHECK(gateway.process().errors().find("correct-horse") == std::string::npos);
}

TEST_CASE("three hundred connections that ask for nothing keep nobody from the admin API") {
    Start how;
    how.environment = {{"GW_TEST_TOKEN", "correct-horse-battery"}};
    Gateway gateway({"/=mock:200:a", "--admin", "http://127.0.0.1:0", "--admin-token", "env:GW_TEST_TOKEN"}, how);
    const std::uint16_t port = port_in_banner(gateway, "admin ");
    std::vector<RawClient> silent;
    for (int i = 0; i < 300; ++i) {
        silent.push_back(must(RawClient::connect(port)));
        if (i % 2 == 0) static_cast<void>(silent.back().send("GET /sta"));
    }
    const auto answer = raw_exchange(
        port, "GET /status HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer correct-horse-battery\r\n\r\n");
    CHECK((answer && answer->status == 200));
    CHECK(silent.front().is_closed_by_peer());
    // who begins a head has two seconds for the rest of it
    CHECK(must(silent[298].read_response()).status == 408);
}

TEST_CASE("the metrics page is text that Prometheus reads, and counts what was served") {
    Gateway gateway({"/a/{n}=mock:200:a", "--metrics", "127.0.0.1:0"});
    for (int i = 0; i < 3; ++i) CHECK(gateway.get("/a/" + std::to_string(i)).status == 200);
    CHECK(gateway.get("/secret-path-canary").status == 404);
    const std::uint16_t port = port_in_banner(gateway, "metrics ");
    const RawResponse page = must(raw_exchange(port, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    CHECK(page.status == 200);
    CHECK(page.field("content-type").find("text/plain") == 0);
    CHECK(page.body.find("canary") == std::string::npos);
    CHECK(page.body.find("/a/0") == std::string::npos);
    CHECK(page.body.back() == '\n');
    std::size_t samples = 0;
    for (std::size_t at = 0; at < page.body.size();) {
        const std::size_t end = page.body.find('\n', at);
        const std::string line = page.body.substr(at, end - at);
        at = end + 1;
        INFO(line);
        if (line.starts_with("# HELP ") || line.starts_with("# TYPE ") || line == "# EOF") continue;
        ++samples;
        CHECK(line.starts_with("gw_"));
        const std::size_t space = line.rfind(' ');
        REQUIRE(space != std::string::npos);
        CHECK(line.substr(space + 1).find_first_not_of("0123456789.eE+-InfNa") == std::string::npos);
        const std::size_t brace = line.find('{');
        if (brace != std::string::npos) CHECK(line[space - 1] == '}');
    }
    CHECK(samples > 10);
    CHECK(must(raw_exchange(port, "GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n")).status == 404);
    CHECK(must(raw_exchange(
                   port,
                   "POST /stop HTTP/1.1\r\nHost: localhost\r\nX-GW-Admin: 1\r\nContent-Type: application/json\r\n\r\n"))
              .status == 404);
    CHECK(gateway.process().is_running());
}
