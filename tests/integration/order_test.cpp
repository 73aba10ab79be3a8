// The order in which a request is judged: who calls, what that one may, which program calls, how often, what is in
// memory, and the target last. What an earlier judge refuses costs nothing at a later one.

#include "libgw/policy/auth/api_key.h"
#include "tests/integration/counting_target.h"
#include "tests/integration/issuer.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::test;

namespace {

constexpr const char* kIssuer = "https://issuer.example";
constexpr const char* kApiKey = "gold-key-0123456789abcdef";
const std::string kKeyLine = std::string("X-Api-Key: ") + kApiKey + "\r\n";
const std::string kOutcast = "User-Agent: outcast\r\n";
constexpr int kBurst = 4;

/// An api that asks for a token with a scope, leaves one user agent out by its policy, asks for a key whose plan has
/// four requests, keeps answers, and has a target.
Start everything(const std::string& kind, const std::string& keys, const std::string& target) {
    Start how;
    how.config = "version: 1\nexplain: true\nxCache: true\napiKeys:\n  - {id: gold, plan: gold, hash: '" +
                 auth::to_api_key_hash(kApiKey) + "'}\nusagePlans:\n  - {name: gold, throttle: {rateLimit: 1/h, " +
                 "burstLimit: " + std::to_string(kBurst) + "}}\napis:\n  - kind: " + kind +
                 "\n    policy: {\"Version\":\"2012-10-17\",\"Statement\":["
                 R"({"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*"},)"
                 R"({"Effect":"Deny","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*",)"
                 R"("Condition":{"StringEquals":{"aws:UserAgent":"outcast"}}}]})"
                 "\n    auth: jwt\n    apiKeyRequired: true\n    authorizers:\n      jwt: {issuer: '" +
                 kIssuer + "', jwks: 'file:" + keys + "'}\n    routes:\n      - {routeKey: GET /a, integration: '" +
                 target + "', authorizationScopes: [read], cache: 600s}\n";
    return how;
}

}  // namespace

TEST_CASE("a request is judged by token, policy, key and plan in this order, before memory and target are asked") {
    const TemporaryDirectory directory;
    const std::string keys = directory.write("k1.json", key_set());
    for (const std::string kind : {"http", "rest"}) {
        INFO(kind);
        Counter target(control("max-age=600"));
        const Gateway gateway({"--workers", "1"}, everything(kind, keys, target.url()));
        const std::string good = bearer(token_of(kIssuer, {{"scope", "read"}}));
        const std::string narrow = bearer(token_of(kIssuer, {{"scope", "write"}}));
        const std::string old = bearer(token_of(kIssuer, {{"scope", "read"}, {"exp", 1}}));
        struct Row {
            std::string lines;
            int status;
            const char* reason;
        };
        const int narrow_status = kind == "rest" ? 401 : 403;
        const std::vector<Row> refused = {
            // who it is comes before what he may
            {"", 401, "jwt.missing"},
            {kOutcast + kKeyLine, 401, "jwt.missing"},
            {old + kOutcast, 401, "jwt.expired"},
            {old + kKeyLine, 401, "jwt.expired"},
            {narrow + kOutcast, narrow_status, "jwt.scope"},
            // what he may comes before which program he uses
            {good + kOutcast, 403, "policy.denied"},
            {good + kOutcast + kKeyLine, 403, "policy.denied"},
            {good, 403, "key.missing"},
            {good + "X-Api-Key: another-key-0123456789abcd\r\n", 403, "key.unknown"},
        };
        const auto check_refused = [&] {
            for (const Row& row : refused) {
                INFO(row.lines << " is " << row.reason);
                const RawResponse answer = gateway.get("/a", row.lines);
                CHECK(answer.status == row.status);
                CHECK(answer.field("x-gw-explain").starts_with(row.reason));
                CHECK(answer.count("x-cache") == 0);
                CHECK(answer.body.find('#') == std::string::npos);
            }
        };
        check_refused();
        CHECK(target.asked() == 0);
        // refusals have taken nothing of the plan: all of its burst is there
        const RawResponse first = gateway.get("/a", good + kKeyLine);
        CHECK(first.status == 200);
        CHECK(first.body == "GET /a #1");
        // what is in memory now is shown to nobody who is refused, and no refusal is kept in its place
        check_refused();
        for (int i = 1; i < kBurst; ++i) {
            const RawResponse again = gateway.get("/a", good + kKeyLine);
            CHECK(again.status == 200);
            CHECK(again.body == "GET /a #1");
        }
        // the plan comes before the memory
        const RawResponse spent = gateway.get("/a", good + kKeyLine);
        CHECK(spent.status == 429);
        CHECK(spent.field("x-gw-explain").starts_with("throttle.plan"));
        CHECK(spent.count("x-cache") == 0);
        check_refused();
        CHECK(target.asked() == 1);
    }
}
