// Reload, drain and stop: nothing under way is lost, and every answer is of one configuration.

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/faults.h"
#include "tests/support/peer.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/skip.h"

using namespace gw;
using namespace gw::test;
using namespace std::chrono_literals;

namespace {

/// A reload that is refused takes no longer: that is milliseconds, and seconds for the largest text under a sanitizer.
#ifdef GW_SANITIZED
constexpr std::chrono::seconds kSoon(60);
#else
constexpr std::chrono::seconds kSoon(5);
#endif

std::string config_of(int generation, const std::string& more = {}) {
    const std::string n = std::to_string(generation);
    return "version: 1\napis:\n  - routes:\n      - {routeKey: GET /a, integration: 'mock:200:a" + n +
           "'}\n      - {routeKey: GET /b, integration: 'mock:200:b" + n + "'}\n" + more;
}

std::string status_of(const Gateway& gateway, const std::string& name) {
    const std::string body = gateway.admin("GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n").body;
    const std::size_t at = body.find("\"" + name + "\":");
    if (at == std::string::npos) return {};
    const std::size_t from = at + name.size() + 3;
    return body.substr(from, body.find_first_of(",}", from) - from);
}

}  // namespace

TEST_CASE("SIGHUP takes the new file, and a connection that is open sees it with its next request") {
    Start how;
    how.config = config_of(1);
    Gateway gateway({}, how);
    RawClient client = gateway.connect();
    must(client.send(get_request("/a")));
    CHECK(must(client.read_response()).body == "a1");
    gateway.write_config(config_of(2));
    must(gateway.process().signal(SIGHUP));
    CHECK(gateway.process().wait_for_errors("reloaded, generation"));
    REQUIRE(eventually([&] {
        must(client.send(get_request("/a")));
        return must(client.read_response()).body == "a2";
    }));
}

TEST_CASE("a file that is wrong leaves the old configuration in place and says where it is wrong") {
    Start how;
    how.config = config_of(1);
    Gateway gateway({}, how);
    const std::vector<std::pair<std::string, std::string>> wrong = {
        {"version: 1\napis:\n  - routes:\n      - {routeKey: GET /a, integation: 'mock:200'}\n", "integration"},
        {"version: 1\n  apis: [", "gw.yaml:2"},
        {config_of(2) + "workers: 17\n", "workers"},
        {config_of(2) + "metrics: 127.0.0.1:1\n", "metrics"},
        {config_of(2, "      - {routeKey: GET /s, integration: 'https://127.0.0.1:1'}\n") +
             "upstreamTls: {ca: /nonexistent/ca.pem}\n",
         "/nonexistent/ca.pem"},
        {config_of(2) + "upstreamTls: {ca: /nonexistent/unused.pem}\n", "/nonexistent/unused.pem"},
    };
    int failures = 0;
    for (const auto& [text, word] : wrong) {
        INFO(text);
        gateway.write_config(text);
        const RawResponse answer = gateway.order("/reload");
        CHECK(answer.status == 409);
        CHECK(gateway.get("/a").body == "a1");
        CHECK(status_of(gateway, "reload_failures") == std::to_string(++failures));
        CHECK((answer.body + gateway.process().errors()).find(word) != std::string::npos);
    }
    gateway.write_config(config_of(3));
    CHECK(gateway.order("/reload").status == 200);
    CHECK(eventually([&] { return gateway.get("/a").body == "a3"; }));
}

TEST_CASE("fifty reloads leave no alarm behind, an idle gateway wakes as seldom as before") {
    if (!Faults::available()) GW_SKIP("sanitizers bring an operator new of their own");
    const Faults faults;
    PeerServer target([](const PeerRequest&) { return PeerResponse{200, {}, "well"}; });
    const auto config = [&](int generation) {
        const std::string n = std::to_string(generation);
        return "version: 1\ngroups:\n  g" + std::to_string(generation % 2) +
               ": {targets: ['127.0.0.1:" + std::to_string(target.port()) +
               "'], health: {path: /healthz, interval: 100ms, timeout: 100ms}}\napis:\n" +
               "  - routes:\n      - {routeKey: GET /a, integration: 'mock:200:a" + n +
               "'}\n      - {routeKey: GET /g, integration: 'group:g" + std::to_string(generation % 2) +
               "', cache: 60s}\n";
    };
    Start how;
    how.config = config(0);
    how.environment = faults.environment();
    Gateway gateway({"--workers", "2"}, how);
    CHECK(gateway.get("/g").status == 200);
    // how often it wakes while nobody asks; what disturbs a measurement only ever adds to it
    const auto wakes = [&] {
        std::uint64_t least = UINT64_MAX;
        for (int i = 0; i < 4; ++i) {
            RawClient quiet = gateway.connect();
            const std::uint64_t before = faults.board().waits;
            CHECK(quiet.stays_silent(300ms));
            least = std::min<std::uint64_t>(least, faults.board().waits - before);
        }
        return least;
    };
    const std::uint64_t before = wakes();
    CHECK(before > 0);  // the health checks
    for (int i = 1; i <= 50; ++i) {
        gateway.write_config(config(i));
        REQUIRE(gateway.order("/reload").status == 200);
    }
    REQUIRE(eventually([&] { return gateway.get("/a").body == "a50"; }));
    const std::uint64_t after = wakes();
    INFO(before << " times before, " << after << " after");
    CHECK(after <= before + before / 2 + 4);  // forty-nine checks that went on would be a hundred times more
}

TEST_CASE("a reload that takes a group away leaves requests to it under way alone") {
    ScriptedUpstream slow({{read_request(), hold(), answer(200, "old")}});
    Start how;
    how.config = "version: 1\ngroups:\n  g: {targets: ['127.0.0.1:" + std::to_string(slow.port()) +
                 "']}\napis:\n  - routes:\n      - {routeKey: GET /a, integration: 'group:g'}\n";
    Gateway gateway({}, how);
    RawClient client = gateway.connect();
    must(client.send(get_request("/a")));
    REQUIRE(slow.wait_for("\r\n\r\n"));
    gateway.write_config(config_of(2));
    CHECK(gateway.order("/reload").status == 200);
    CHECK(eventually([&] { return gateway.get("/a").body == "a2"; }));
    slow.release();
    CHECK(must(client.read_response()).body == "old");
    must(client.send(get_request("/a")));
    CHECK(must(client.read_response()).body == "a2");
}

TEST_CASE("SIGHUP without a file changes nothing and says so") {
    Gateway gateway({"/a=mock:200:a"});
    must(gateway.process().signal(SIGHUP));
    CHECK(gateway.process().wait_for_errors("no configuration file"));
    CHECK(gateway.get("/a").body == "a");
}

TEST_CASE("SIGTERM lets requests under way finish, closes what is idle, and ends with 0") {
    ScriptedUpstream slow({{read_request(), send_bytes("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"), hold(),
                            send_bytes("world")}});
    Gateway gateway({"/slow=" + slow.url(), "/a=mock:200:a"});
    RawClient idle = gateway.connect();
    must(idle.send(get_request("/a")));
    CHECK(must(idle.read_response()).body == "a");
    RawClient fresh = gateway.connect();
    RawClient busy = gateway.connect();
    must(busy.send(get_request("/slow")));
    must(busy.read_until("hello"));
    must(gateway.process().signal(SIGTERM));
    CHECK(idle.is_closed_by_peer());
    CHECK(fresh.is_closed_by_peer());
    CHECK(eventually([&] { return !RawClient::connect(gateway.port()); }));
    CHECK(gateway.process().is_running());
    slow.release();
    CHECK(must(busy.read_exactly(5)) == "world");
    CHECK(busy.is_closed_by_peer());
    const Ending ending = must(gateway.process().wait());
    CHECK(ending.code == 0);
    CHECK(ending.signal == 0);
}

TEST_CASE("whoever was let in before the gateway began to stop is served, though the first request comes later") {
    Gateway gateway({"/a=mock:200:a"});
    std::vector<RawClient> clients;
    for (int i = 0; i < 40; ++i) clients.push_back(gateway.connect());
    REQUIRE(eventually([&] { return status_of(gateway, "connections") == "40"; }));
    must(gateway.process().signal(SIGTERM));
    REQUIRE(eventually([&] { return status_of(gateway, "draining") == "true"; }));
    for (RawClient& client : clients) must(client.send(get_request("/a")));
    for (RawClient& client : clients) {
        const RawResponse answer = must(client.read_response());
        CHECK(answer.body == "a");
        CHECK(answer.field("connection") == "close");
    }
    CHECK(must(gateway.process().wait()).code == 0);
}

TEST_CASE("answers that begin while the gateway stops say that the connection ends") {
    ScriptedUpstream slow({{read_request(), hold(), answer(200, "late")}});
    Gateway gateway({slow.url()});
    RawClient client = gateway.connect();
    must(client.send(get_request("/")));
    REQUIRE(slow.wait_for("\r\n\r\n"));
    must(gateway.process().signal(SIGTERM));
    CHECK(eventually([&] { return !RawClient::connect(gateway.port()); }));
    slow.release();
    const RawResponse answer = must(client.read_response());
    CHECK(answer.body == "late");
    CHECK(answer.field("connection") == "close");
    CHECK(must(gateway.process().wait()).code == 0);
}

TEST_CASE("a second signal stops at once with 128 and its number") {
    for (const int number : {SIGTERM, SIGINT}) {
        ScriptedUpstream slow({{read_request(), hold()}});
        Gateway gateway({slow.url()});
        RawClient client = gateway.connect();
        must(client.send(get_request("/")));
        REQUIRE(slow.wait_for("\r\n\r\n"));
        must(gateway.process().signal(number));
        CHECK(eventually([&] { return !RawClient::connect(gateway.port()); }));
        must(gateway.process().signal(number));
        CHECK(must(gateway.process().wait()).code == 128 + number);
    }
}

TEST_CASE("what does not finish in the time for draining is cut off") {
    ScriptedUpstream slow({{read_request(), hold()}});
    Start how;
    how.config =
        "version: 1\nlimits: {drainTimeout: 100ms}\napis:\n  - routes:\n      - {routeKey: $default, integration: '" +
        slow.url() + "'}\n";
    Gateway gateway({}, how);
    RawClient client = gateway.connect();
    must(client.send(get_request("/")));
    REQUIRE(slow.wait_for("\r\n\r\n"));
    const Ending ending = gateway.stop();
    CHECK(ending.code == 0);
    CHECK_FALSE(client.read_response());
}

TEST_CASE("no text that a configuration may turn into ends the gateway that runs, or holds it up") {
    const auto repeat = [](const std::string& text, std::size_t times) {
        std::string out;
        for (std::size_t i = 0; i < times; ++i) out += text;
        return out;
    };
    std::string laughs = "a0: &a0 [x, x]\n";
    for (int i = 1; i < 30; ++i) {
        const std::string before = std::to_string(i - 1);
        laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + before + ", *a" + before + "]\n";
    }
    // the first four have ended, or hung, other readers of YAML: yaml-cpp's reports 1475, 793 (twice) and 1365
    const std::vector<std::string> hostile = {
        "!\n: |\nb\n>\n|\n  !\n>",
        "[[:",
        "{!\xdb:",
        "{:",
        laughs,
        "a: &a [*a]\n",
        "<<: {version: 1}\n",
        "version: !!python/object/apply:os.system [id]\n",
        "version: 1\n--- \nversion: 1\n",
        "%YAML 9.9\n---\nversion: 1\n",
        std::string("version: 1\0\n", 12),
        "\xef\xbb\xbf\xef\xbb\xbfversion: 2\n",
        std::string("\xff\xfev\0e\0r\0", 8),
        std::string("\xfe\xff\0v\0e", 6),
        "version: \xff\xfe\xfd\n",
        "version: 1e400\n",
        "version: 99999999999999999999999999\n",
        "\"",
        "'",
        "version: |\n" + repeat(" ", 100'000),
        repeat("[", 100'000),
        repeat("{a: ", 100'000),
        repeat("- ", 100'000) + "x",
        repeat("? ", 100'000),
        repeat("{\"a\":", 100'000),
        repeat("a:\n", 100'000),
        repeat("!", 100'000),
        repeat("\t", 100'000),
        repeat("&a ", 10'000),
        repeat("'", 100'001),
        repeat("#\n", 100'000),
        std::string(17U << 20, 'v'),
        "",
    };
    Start how;
    how.config = config_of(1);
    Gateway gateway({"--workers", "1"}, how);
    std::size_t failures = 0;
    for (const std::string& text : hostile) {
        INFO(text.substr(0, 60) << " of " << text.size() << " bytes");
        gateway.write_config(text);
        const auto began = std::chrono::steady_clock::now();
        const RawResponse refused = gateway.order("/reload");
        CHECK(refused.status == 409);
        CHECK(std::chrono::steady_clock::now() - began < kSoon);
        CHECK(refused.body.size() < 100'000);
        CHECK(status_of(gateway, "reload_failures") == std::to_string(++failures));
        REQUIRE(gateway.get("/a").body == "a1");
    }
    CHECK(gateway.metric("gw_config_last_reload_success") == 0);
    std::filesystem::remove(gateway.directory().path() / "gw.yaml");
    CHECK(gateway.order("/reload").status == 409);
    std::filesystem::create_directory(gateway.directory().path() / "gw.yaml");
    CHECK(gateway.order("/reload").status == 409);
    CHECK(gateway.get("/a").body == "a1");
    std::filesystem::remove(gateway.directory().path() / "gw.yaml");
    gateway.write_config(config_of(2));
    CHECK(gateway.order("/reload").status == 200);
    CHECK(eventually([&] { return gateway.get("/a").body == "a2"; }));
    CHECK(gateway.metric("gw_config_last_reload_success") == 1);
}
