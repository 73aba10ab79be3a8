// Two versions at once: who meets which, and what the admin API changes of that.

#include <cmath>
#include <fstream>
#include <map>

#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_upstream.h"

using namespace gw;
using namespace gw::test;

namespace {

/// An order to the admin API, with a body.
RawResponse order(const Gateway& gateway, const std::string& path, const std::string& body = "{}") {
    return gateway.admin("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
                         "X-GW-Admin: 1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
}

RawResponse read(const Gateway& gateway, const std::string& path) {
    return gateway.admin("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
}

/// What the admin API says of the only canary.
Value canary_of(const Gateway& gateway) {
    const Value all = must(parse_json(read(gateway, "/canary").body));
    REQUIRE(all.find("canaries")->if_array()->size() == 1);
    return all.find("canaries")->if_array()->front();
}

double percent_of(const Gateway& gateway) {
    return canary_of(gateway).find("percentTraffic")->to_double().value_or(-1);
}

std::string phase_of(const Gateway& gateway) { return *canary_of(gateway).find_string("phase"); }

void write_to(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

std::string as_user(int user) { return "X-User: u" + std::to_string(user) + "\r\n"; }

}  // namespace

TEST_CASE("each request is drawn, and the share is what was asked for") {
    const Gateway gateway({"/=mock:200:old", "--canary", "25%=mock:200:new", "--seed", "4"});
    RawClient client = gateway.connect();
    int canary = 0;
    constexpr int kRequests = 4000;
    for (int i = 0; i < kRequests; ++i) {
        must(client.send(get_request("/")));
        const RawResponse answer = must(client.read_response());
        canary += answer.body == "new" ? 1 : 0;
    }
    // five standard deviations of 1,000
    CHECK(std::abs(canary - kRequests / 4) < 137);
}

TEST_CASE("raising the share moves clients to the canary and none back") {
    const Gateway gateway({"/=mock:200:old", "--canary", "20%=mock:200:new", "--sticky", "header:x-user"});
    constexpr int kUsers = 200;
    std::map<int, bool> before;
    for (const int percent : {20, 50, 80}) {
        CHECK(order(gateway, "/canary", "{\"percentTraffic\":" + std::to_string(percent) + "}").status == 200);
        int canary = 0;
        for (int user = 0; user < kUsers; ++user) {
            const bool now = gateway.get("/", as_user(user)).body == "new";
            CHECK((gateway.get("/", as_user(user)).body == "new") == now);
            if (before[user]) CHECK(now);
            before[user] = now;
            canary += now ? 1 : 0;
        }
        CHECK(std::abs(canary - kUsers * percent / 100) < 36);
    }
}

TEST_CASE("a cookie that we made holds a client, and a made-up one does not") {
    const Gateway gateway({"/=mock:200:old", "--canary", "50%=mock:200:new", "--sticky", "cookie:version"});
    for (int i = 0; i < 20; ++i) {
        const auto first = gateway.get("/");
        const std::string_view set = first.field("set-cookie");
        CHECK(set.find("; HttpOnly; SameSite=Lax") != set.npos);
        const std::string cookie = "Cookie: a=b; " + std::string(set.substr(0, set.find(';'))) + "; c=d\r\n";
        for (int again = 0; again < 5; ++again) {
            const auto next = gateway.get("/", cookie);
            CHECK(next.body == first.body);
            CHECK(next.count("set-cookie") == 0);
        }
    }
    CHECK(gateway.get("/", "Cookie: version=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n").count("set-cookie") == 1);
    CHECK(gateway.get("/", "Cookie: version=\r\n").count("set-cookie") == 1);
}

TEST_CASE("a field decides where one is configured, and nowhere else") {
    const char* asks = "X-Canary: canary\r\n";
    const Gateway open({"/=mock:200:old", "--canary", "0%=mock:200:new", "--canary-header", "x-canary"});
    CHECK(open.get("/").body == "old");
    CHECK(open.get("/", asks).body == "new");
    CHECK(open.get("/", "X-Canary: stable\r\n").body == "old");
    CHECK(open.get("/", "X-Canary: canary\r\nX-Canary: canary\r\n").body == "old");
    const Gateway closed({"/=mock:200:old", "--canary", "0%=mock:200:new"});
    CHECK(closed.get("/", asks).body == "old");
}

TEST_CASE("promote sends everybody to the canary, abort nobody, and a new share starts again") {
    const Gateway gateway({"/=mock:200:old", "--canary", "50%=mock:200:new", "--canary-header", "x-canary"});
    CHECK(order(gateway, "/canary/promote").status == 200);
    CHECK(gateway.get("/", "X-Canary: stable\r\n").body == "new");
    CHECK(order(gateway, "/canary/abort").status == 200);
    CHECK(gateway.get("/", "X-Canary: canary\r\n").body == "old");
    CHECK(phase_of(gateway) == "aborted");
    CHECK(order(gateway, "/canary", "{\"percentTraffic\":100}").status == 200);
    CHECK(gateway.get("/").body == "new");
    CHECK(gateway.get("/", "X-Canary: stable\r\n").body == "old");
}

TEST_CASE("the admin API refuses what it does not understand, and changes nothing by it") {
    const Gateway gateway({"/=mock:200:old", "--canary", "50%=mock:200:new"});
    for (const char* body : {"", "{}", "[]", "{\"percentTraffic\":101}", "{\"percentTraffic\":\"5\"}",
                             "{\"percent\":5}", "{\"percentTraffic\":5,\"x\":1}", "{\"percentTraffic\":"}) {
        INFO(body);
        CHECK(order(gateway, "/canary", body).status == 400);
    }
    CHECK(order(gateway, "/canary", "{\"percentTraffic\":5,\"api\":\"other/stage\"}").status == 409);
    CHECK(order(gateway, "/canary", std::string(70000, ' ')).status == 413);
    CHECK(gateway.admin("DELETE /canary HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 405);
    CHECK(read(gateway, "/canary/promote").status == 405);
    CHECK(percent_of(gateway) == 50);
    const Gateway without({"/=mock:200:old"});
    CHECK(order(without, "/canary/promote").status == 409);
    CHECK(read(without, "/canary").body == R"({"schema":"gw-serve-canary/1","canaries":[]})");
}

TEST_CASE("both versions are counted, by what they answered, and who was refused before belongs to neither") {
    Start how;
    how.environment = {{"GW_TEST_KEY", "abcdefghijklmnopqrstuvwxyz0123"}};
    const Gateway gateway({"/=mock:200:old", "--canary", "50%=mock:503:new", "--canary-header", "x-canary", "--api-key",
                           "env:GW_TEST_KEY"},
                          how);
    const std::string key = "X-Api-Key: abcdefghijklmnopqrstuvwxyz0123\r\n";
    for (int i = 0; i < 3; ++i) CHECK(gateway.get("/", key + "X-Canary: canary\r\n").status == 503);
    for (int i = 0; i < 4; ++i) CHECK(gateway.get("/", key + "X-Canary: stable\r\n").status == 200);
    CHECK(gateway.get("/").status == 403);
    const Value one = canary_of(gateway);
    CHECK(one.find("canary")->find("requests")->to_uint64() == 3);
    CHECK(one.find("canary")->find("errors")->to_uint64() == 3);
    CHECK(one.find("stable")->find("statuses")->find("200")->to_uint64() == 4);
    CHECK(one.find("stable")->find("errors")->to_uint64() == 0);
    const std::string metrics = read(gateway, "/metrics").body;
    CHECK(metrics.find("gw_canary_requests_total{api=\"default/$default\",arm=\"canary\",status=\"5xx\"} 3") !=
          metrics.npos);
}

TEST_CASE("the canary's target takes each route's path, and its own group and cache") {
    ScriptedUpstream old_version(
        {{read_request(), answer(200, "old", "Cache-Control: max-age=60\r\nConnection: close\r\n")}});
    ScriptedUpstream new_version(
        {{read_request(), answer(200, "new", "Cache-Control: max-age=60\r\nConnection: close\r\n")}});
    for (const bool shared : {false, true}) {
        INFO(shared);
        Start how;
        how.config = "version: 1\napis:\n  - routes:\n      - {routeKey: \"GET /pets/{id}\", integration: \"" +
                     old_version.url() + "/animals/{id}\"}\n    canarySettings: {percentTraffic: 0, target: \"" +
                     new_version.url() + "\", header: x-canary, useStageCache: " + (shared ? "true" : "false") +
                     "}\ncache: http\n";
        const std::size_t before = new_version.connections();
        const Gateway gateway({}, how);
        CHECK(gateway.get("/pets/7").body == "old");
        CHECK(gateway.get("/pets/7").body == "old");
        CHECK(gateway.get("/pets/7", "X-Canary: canary\r\n").body == (shared ? "old" : "new"));
        CHECK(new_version.connections() == before + (shared ? 0 : 1));
    }
    CHECK(new_version.seen().starts_with("GET /animals/7 HTTP/1.1\r\n"));
    CHECK(old_version.connections() == 2);
}

TEST_CASE("stage variables of its own send the canary elsewhere") {
    Start how;
    how.config =
        "version: 1\napis:\n  - stageVariables: {answer: old}\n    routes:\n"
        "      - {routeKey: GET /, integration: \"mock:200:${stageVariables.answer}\"}\n"
        "    canarySettings: {percentTraffic: 100, stageVariableOverrides: {answer: new}}\n";
    const Gateway gateway({}, how);
    CHECK(gateway.get("/").body == "new");
}

TEST_CASE("what was set stands through reloads and restarts until the section changes") {
    const TemporaryDirectory directory;
    const std::string file = directory.file("gw.yaml");
    const std::string state = directory.file("state.json");
    const auto write = [&](int percent, const char* body) {
        write_to(file, "version: 1\nstate: " + state +
                           "\napis:\n  - routes: [{routeKey: GET /, integration: \"mock:200:" + body +
                           "\"}]\n    canarySettings: {percentTraffic: " + std::to_string(percent) +
                           ", target: \"mock:200:new\", sticky: header:x-user}\n");
    };
    write(30, "old");
    std::vector<bool> arms;
    {
        const Gateway gateway({"-c", file});
        CHECK(order(gateway, "/canary", "{\"percentTraffic\":60}").status == 200);
        write(30, "older");
        CHECK(order(gateway, "/reload").status == 200);
        CHECK(percent_of(gateway) == 60);
        for (int user = 0; user < 40; ++user) arms.push_back(gateway.get("/", as_user(user)).body == "new");
    }
    {
        const Gateway gateway({"-c", file});
        CHECK(percent_of(gateway) == 60);
        for (int user = 0; user < 40; ++user)
            CHECK((gateway.get("/", as_user(user)).body == "new") == arms[static_cast<std::size_t>(user)]);
        write(90, "old");
        CHECK(order(gateway, "/reload").status == 200);
        CHECK(percent_of(gateway) == 90);
        // a new section, and the same places
        for (int user = 0; user < 40; ++user)
            if (arms[static_cast<std::size_t>(user)]) CHECK(gateway.get("/", as_user(user)).body == "new");
        CHECK(order(gateway, "/canary/promote").status == 200);
    }
    {
        const Gateway gateway({"-c", file});
        CHECK(phase_of(gateway) == "promoted");
        CHECK(gateway.get("/").body == "new");
    }
    write(10, "old");
    const Gateway gateway({"-c", file});
    CHECK(percent_of(gateway) == 10);
}

TEST_CASE("the access log tells which version answered") {
    const Gateway gateway({"/=mock:200:old", "--canary", "0%=mock:200:new", "--canary-header", "x-canary", "--workers",
                           "1", "--access-log", "$context.status $context.isCanaryRequest"});
    CHECK(gateway.get("/").body == "old");
    CHECK(gateway.get("/", "X-Canary: canary\r\n").body == "new");
    CHECK(gateway.wait_for_log(2) == "200 false\n200 true\n");
}

TEST_CASE("the configuration that runs can be read, and holds no secret") {
    Start how;
    how.environment = {{"GW_TEST_KEY", "abcdefghijklmnopqrstuvwxyz0123"}};
    const Gateway gateway({"/=mock:200:old", "--api-key", "env:GW_TEST_KEY"}, how);
    const auto config = read(gateway, "/config");
    CHECK(config.status == 200);
    CHECK(config.body.find("hash: sha256:") != config.body.npos);
    CHECK(config.body.find("abcdefghij") == config.body.npos);
}
