// The simulator is the server's code: what a gateway under load decided, request by request, it decides again from the
// gateway's log.

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "libgw/base/json.h"
#include "libgw/base/random.h"
#include "libgw/policy/auth/api_key.h"
#include "tests/integration/gateway.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::test;

namespace {

constexpr std::array<const char*, 3> kKeys = {"first-key-0123456789abcdef", "second-key-0123456789abcdef",
                                              "third-key-0123456789abcdef"};

/// All that a line needs for its request to be decided again; the moment is the one that limits were asked at.
constexpr const char* kFormat =
    R"(--access-log={"requestTimeEpoch":$context.requestTimeEpoch,"requestInstant":$context.requestInstant,)"
    R"("ip":"$context.identity.sourceIp","httpMethod":"$context.httpMethod","path":"$context.path",)"
    R"("routeKey":"$context.routeKey","apiId":"$context.apiId","stage":"$context.stage",)"
    R"("apiKeyId":"$context.identity.apiKeyId","status":$context.status,"reason":"$context.error.message"})";

std::string config() {
    std::string text =
        "version: 1\nlimits: {requestsPerConnection: 1000000000}\nthrottling: {account: {rateLimit: 150/s, burstLimit: "
        "400}}\napiKeys:\n";
    const std::array<const char*, 3> plans = {"gold", "gold", "silver"};
    for (std::size_t i = 0; i < kKeys.size(); ++i)
        text += "  - {id: k" + std::to_string(i) + ", plan: " + plans[i] + ", hash: '" +
                auth::to_api_key_hash(kKeys[i]) + "'}\n";
    return text +
           "usagePlans:\n"
           "  - name: gold\n"
           "    throttle: {rateLimit: 71/s, burstLimit: 9}\n"
           "    apiStages: [{apiId: plans, stage: $default, throttle: {/a/GET: {rateLimit: 13/s, burstLimit: 4}}}]\n"
           "  - {name: silver, quota: {limit: 90, offset: 40, period: MONTH}}\n"
           "apis:\n"
           "  - {name: routes, apiId: routes, basePath: /routes, throttle: {rateLimit: 37/s, burstLimit: 11}, routes: "
           "[{routeKey: GET /a, integration: 'mock:200:a'}, {routeKey: 'GET /b/{id}', integration: 'mock:200:b', "
           "throttle: {rateLimit: 2000/m, burstLimit: 3}}]}\n"
           "  - {name: stage, apiId: stage, basePath: /stage, throttle: {rateLimit: 97/s, burstLimit: 17, by: stage}, "
           "routes: [{routeKey: GET /a, integration: 'mock:200:a'}, {routeKey: $default, integration: 'mock:200:b'}]}\n"
           "  - {name: clients, apiId: clients, basePath: /clients, throttle: {rateLimit: 7/s, burstLimit: 3, by: ip}, "
           "routes: [{routeKey: GET /a, integration: 'mock:200:a'}]}\n"
           "  - {name: open, apiId: open, basePath: /open, routes: [{routeKey: GET /a, integration: 'mock:200:a'}]}\n"
           "  - {name: keys, apiId: keys, basePath: /keys, auth: key, throttle: {rateLimit: 19/s, burstLimit: 5, by: "
           "key}, routes: [{routeKey: GET /a, integration: 'mock:200:a'}]}\n"
           "  - {name: plans, apiId: plans, basePath: /plans, auth: key, routes: [{routeKey: GET /a, integration: "
           "'mock:200:a'}, {routeKey: ANY /b, integration: 'mock:200:b'}]}\n";
}

/// One of all kinds of requests that the configuration limits, and some that no limit is asked about.
std::string any_request(Random& random) {
    const auto key = [&] { return std::string("x-api-key: ") + kKeys[random.below(kKeys.size())] + "\r\n"; };
    switch (random.below(13)) {
        case 0:
        case 1: return get_request("/routes/a");
        case 2: return get_request("/routes/b/" + std::to_string(random.below(1000)));
        case 3: return get_request("/stage/a?x=1");
        case 4: return get_request("/stage/somewhere/else");
        case 5:
        case 6:
            return get_request("/clients/a", "x-forwarded-for: 192.0.2." + std::to_string(random.below(9)) + "\r\n");
        case 7:
            return get_request("/clients/a", "x-forwarded-for: 2001:db8:1:" + std::to_string(random.below(3)) +
                                                 "::" + std::to_string(random.below(5000)) + "\r\n");
        case 8: return get_request("/keys/a", key());
        case 9:
        case 10: return get_request(random.below(2) == 0 ? "/plans/a" : "/plans/b", key());
        case 11: return get_request("/open/a");
        default: break;
    }
    return random.below(2) == 0 ? get_request("/plans/a") : get_request("/routes/nothing");
}

}  // namespace

TEST_CASE("every decision of a gateway under load is decided alike from its log") {
    constexpr std::size_t kConnections = 5;
    constexpr std::size_t kAtOnce = 24;
    const std::size_t rounds = wished_size("GW_REPLAY", 50);
    Start how;
    how.config = config();
    Gateway gateway({kFormat, "--workers", "1", "--trust-proxy", "127.0.0.1"}, how);
    Random random(20);
    std::vector<RawClient> clients;
    for (std::size_t i = 0; i < kConnections; ++i) clients.push_back(gateway.connect());
    std::map<int, std::size_t> statuses;
    for (std::size_t round = 0; round < rounds; ++round) {
        for (RawClient& client : clients) {
            std::string requests;
            for (std::size_t i = 0; i < kAtOnce; ++i) requests += any_request(random);
            must(client.send(requests));
        }
        for (RawClient& client : clients)
            for (std::size_t i = 0; i < kAtOnce; ++i) ++statuses[must(client.read_response()).status];
    }
    const std::size_t total = rounds * kConnections * kAtOnce;
    const std::string log = gateway.wait_for_log(total);
    CHECK(gateway.stop().code == 0);
    // keys without a request of theirs, and what has no route, never came to a limit
    const std::size_t before = statuses[403] + statuses[404];
    CHECK(before > 0);
    CHECK(statuses[200] + statuses[429] + before == total);

    std::map<std::string, std::uint64_t> refused;
    std::set<std::string> moments;
    for (std::size_t at = 0; at < log.size();) {
        const std::size_t end = log.find('\n', at);
        const auto line = must(parse_json(std::string_view(log).substr(at, end - at)));
        moments.insert(line.find("requestInstant")->number_text());
        if (const std::string& reason = *line.find_string("reason"); reason.starts_with("throttle."))
            ++refused[reason.substr(9)];
        at = end + 1;
    }
    // several requests had one moment: their order counts
    CHECK(moments.size() < total);
    for (const char* layer : {"route", "stage", "client", "plan.method", "plan", "quota", "account"}) {
        INFO(layer);
        CHECK(refused[layer] > 0);
    }

    const auto ending = must(run({{program_path("gw-throttle-sim"), "run", "-c", gateway.directory().file("gw.yaml"),
                                   "--log", gateway.directory().file("access.log"), "--json", "--bin", "100ms"},
                                  {},
                                  {},
                                  {},
                                  ""}));
    INFO(ending.output);
    CHECK(ending.errors.empty());
    REQUIRE(ending.code == 0);
    const Value report = must(parse_json(ending.output));
    const auto number = [](const Value* value) {
        return value == nullptr ? std::string("none") : value->number_text();
    };
    CHECK(number(report.find("left_out")) == std::to_string(before));
    CHECK(number(report.find("accepted")) == std::to_string(statuses[200]));
    CHECK(number(report.find("rejected")) == std::to_string(statuses[429]));
    const Value* recorded = report.find("recorded");
    REQUIRE(recorded != nullptr);
    CHECK(number(recorded->find("agree")) == std::to_string(total - before));
    CHECK(number(recorded->find("differ")) == "0");
    for (const auto& [layer, count] : refused) {
        INFO(layer);
        const Value* told = report.find("layers")->find(layer);
        REQUIRE(told != nullptr);
        CHECK(number(told->find("rejected")) == std::to_string(count));
    }
}
