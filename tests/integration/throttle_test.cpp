// Limits: who is refused, with which words, and where it is told.

#include "libgw/policy/auth/api_key.h"
#include "tests/integration/gateway.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::test;

namespace {

constexpr const char* kGold = "gold-key-0123456789abcdef";
constexpr const char* kOther = "other-key-0123456789abcdef";

std::string line(const std::string& key) { return "x-api-key: " + key + "\r\n"; }

bool has(std::string_view text, std::string_view word) { return text.find(word) != text.npos; }

/// Asks until it is refused; how often it was not.
int count_admitted(const Gateway& gateway, std::string_view path, std::string_view lines = {}, int most = 50) {
    int admitted = 0;
    while (admitted < most && gateway.get(path, lines).status == 200) ++admitted;
    return admitted;
}

Start plans(const std::string& kind) {
    Start how;
    how.config =
        "version: 1\nexplain: true\nthrottling: {answerFields: true}\napiKeys:\n  - {id: gold, plan: gold, hash: '" +
        auth::to_api_key_hash(kGold) + "'}\n  - {id: other, plan: elsewhere, hash: '" + auth::to_api_key_hash(kOther) +
        "'}\nusagePlans:\n"
        "  - name: gold\n"
        "    throttle: {rateLimit: 1/h, burstLimit: 5}\n"
        "    quota: {limit: 3, period: MONTH}\n"
        "    apiStages: [{apiId: one, throttle: {/a/GET: {rateLimit: 1/h, burstLimit: 2}}}]\n"
        "  - {name: elsewhere, apiStages: [{apiId: two}]}\n"
        "apis:\n  - {name: one, apiId: one, kind: " +
        kind +
        ", auth: key, routes: [{routeKey: GET /a, integration: 'mock:200:a'}, "
        "{routeKey: GET /b, integration: 'mock:200:b'}]}\n"
        "  - {name: two, apiId: two, kind: " +
        kind + ", basePath: /two, auth: key, routes: [{routeKey: GET /c, integration: 'mock:200:c'}]}\n";
    return how;
}

}  // namespace

TEST_CASE("a route is refused above its burst, as AWS says it, and the log says which limit it was") {
    for (const std::string kind : {"http", "rest"}) {
        INFO(kind);
        const Gateway gateway({"--api", kind, "--rate", "1/h", "--burst", "3", "--explain", "--access-log", "human",
                               "/a=mock:200:a", "/b=mock:200:b"});
        CHECK(count_admitted(gateway, "/a") == 3);
        const RawResponse response = gateway.get("/a");
        CHECK(response.status == 429);
        CHECK(response.body == R"({"message":"Too Many Requests"})");
        CHECK(response.field("x-amzn-errortype") == (kind == "rest" ? "TooManyRequestsException" : ""));
        CHECK(response.field("x-gw-explain").starts_with("throttle.route: bucket 0/3, next token in "));
        CHECK(response.field("retry-after").empty());
        CHECK(response.field("ratelimit").empty());
        CHECK(count_admitted(gateway, "/b") == 3);
        const std::string log = gateway.wait_for_log(9);
        CHECK(has(log, "throttle.route: bucket 0/3, next token in "));
        CHECK(gateway.metric("gw_throttled_total") == 3);
        CHECK(gateway.metric("gw_refusals_total") == 3);
    }
}

TEST_CASE("a rate or burst of nothing lets nothing pass") {
    for (const auto& [rate, burst] : {std::pair("0/s", "10"), std::pair("10/s", "0")}) {
        const Gateway gateway({"--rate", rate, "--burst", burst, "--explain", "/a=mock:200:a"});
        CHECK(gateway.get("/a").status == 429);
        CHECK(has(gateway.get("/a").field("x-gw-explain"), "nothing passes"));
    }
}

TEST_CASE("by a field each value has a bucket, and requests without it share one") {
    const Gateway gateway({"--rate", "1/h", "--burst", "2", "--throttle-by", "header:X-Tenant", "--explain",
                           "/a=mock:200:a", "/b=mock:200:b"});
    CHECK(count_admitted(gateway, "/a", "x-tenant: one\r\n") == 2);
    CHECK(gateway.get("/b", "X-Tenant: one\r\n").status == 429);
    CHECK(count_admitted(gateway, "/b", "x-tenant: two\r\n") == 2);
    CHECK(count_admitted(gateway, "/a") == 2);
    CHECK(gateway.get("/a").field("x-gw-explain").starts_with("throttle.client"));
}

TEST_CASE("by address an IPv6 client is its /64, by what a trusted proxy says") {
    const Gateway gateway(
        {"--rate", "1/h", "--burst", "1", "--throttle-by", "ip", "--trust-proxy", "127.0.0.1", "/a=mock:200:a"});
    const auto from = [&](const std::string& address) {
        return gateway.get("/a", "x-forwarded-for: " + address + "\r\n").status;
    };
    CHECK(from("192.0.2.1") == 200);
    CHECK(from("192.0.2.1") == 429);
    CHECK(from("::ffff:192.0.2.1") == 429);
    CHECK(from("192.0.2.2") == 200);
    CHECK(from("2001:db8:1:2::1") == 200);
    CHECK(from("2001:db8:1:2:ffff::9") == 429);
    CHECK(from("2001:db8:1:3::1") == 200);
}

TEST_CASE("in shadow nobody is refused and everything is told") {
    const Gateway gateway(
        {"--rate", "1/h", "--burst", "2", "--throttle-shadow", "--access-log", "human", "/a=mock:200:a"});
    CHECK(count_admitted(gateway, "/a", {}, 6) == 6);
    CHECK(has(gateway.wait_for_log(6), "would be throttle.route: bucket 0/2"));
    CHECK(gateway.metric("gw_throttled_total") == 4);
    CHECK(gateway.metric("gw_refusals_total") == 0);
}

TEST_CASE("a plan limits the method first, then all, then the quota, each key for itself") {
    for (const std::string kind : {"http", "rest"}) {
        INFO(kind);
        const Gateway gateway({}, plans(kind));
        CHECK(count_admitted(gateway, "/a", line(kGold)) == 2);
        CHECK(gateway.get("/a", line(kGold)).field("x-gw-explain").starts_with("throttle.plan.method: bucket 0/2"));
        // refusals have used nothing of the quota
        CHECK(count_admitted(gateway, "/b", line(kGold)) == 1);
        const RawResponse used_up = gateway.get("/b", line(kGold));
        CHECK(used_up.status == 429);
        CHECK(used_up.body == R"({"message":"Limit Exceeded"})");
        CHECK(used_up.field("x-amzn-errortype") == (kind == "rest" ? "LimitExceededException" : ""));
        CHECK(used_up.field("x-gw-explain").starts_with("throttle.quota: quota of 3 used up"));
        CHECK_FALSE(used_up.field("retry-after").empty());
        CHECK(used_up.field("ratelimit").starts_with("\"throttle.quota\";r=0;t="));
        CHECK(used_up.field("ratelimit-policy").starts_with("\"throttle.quota\";q=3;w="));
        const RawResponse elsewhere = gateway.get("/two/c", line(kGold));
        CHECK(elsewhere.status == 403);
        CHECK(elsewhere.field("x-gw-explain") == "key.plan: plan gold");
        CHECK(gateway.get("/two/c", line(kOther)).status == 200);
    }
}

TEST_CASE("counts outlive a reload, of limits that keep their name") {
    const auto config = [](const std::string& burst) {
        return "version: 1\nthrottling: {account: {rateLimit: 1/h, burstLimit: 9}}\napis:\n"
               "  - {throttle: {rateLimit: 1/h, burstLimit: " +
               burst +
               "}, routes: [{routeKey: GET /a, integration: 'mock:200'}, {routeKey: GET /b, integration: 'mock:200', "
               "throttle: {rateLimit: 1/h, burstLimit: 3, by: ip}}]}\n";
    };
    Start how;
    how.config = config("4");
    const Gateway gateway({}, how);
    CHECK(count_admitted(gateway, "/a") == 4);
    CHECK(count_admitted(gateway, "/b") == 3);
    gateway.write_config(config("6"));
    CHECK(gateway.order("/reload").status == 200);
    CHECK(gateway.get("/b").status == 429);
    CHECK(count_admitted(gateway, "/a") == 2);  // the account is spent too
}

TEST_CASE("a limit that is refused by the account leaves the route's tokens alone") {
    Start how;
    how.config =
        "version: 1\nexplain: true\nthrottling: {account: {rateLimit: 1/h, burstLimit: 2}}\napis:\n"
        "  - {throttle: {rateLimit: 1/h, burstLimit: 5}, routes: [{routeKey: GET /a, integration: "
        "'mock:200'}]}\n";
    const Gateway gateway({}, how);
    CHECK(count_admitted(gateway, "/a") == 2);
    for (int i = 0; i < 5; ++i)
        CHECK(gateway.get("/a").field("x-gw-explain").starts_with("throttle.account: bucket 0/2"));
}
