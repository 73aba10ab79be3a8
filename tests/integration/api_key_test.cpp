// API keys: who has one, which routes ask for it, and that nobody reads it anywhere.

#include "libgw/policy/auth/api_key.h"

#include "tests/integration/issuer.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_upstream.h"

using namespace gw;
using namespace gw::test;

namespace {

constexpr const char* kKnown = "known-key-0123456789abcdef";
constexpr const char* kDisabled = "disabled-key-0123456789abcdef";
constexpr const char* kUnknown = "unknown-key-0123456789abcdef";

std::string line(const std::string& key) { return "x-api-key: " + key + "\r\n"; }

bool has(std::string_view text, std::string_view word) { return text.find(word) != text.npos; }

/// Routes that ask for a key, for a token, for both and for nothing, of one kind of api.
Start config(const std::string& kind, const std::string& keys, const std::string& target) {
    Start how;
    how.config = "version: 1\nexplain: true\napiKeys:\n  - {id: known, hash: '" + auth::to_api_key_hash(kKnown) +
                 "'}\n  - {id: off, hash: '" + auth::to_api_key_hash(kDisabled) +
                 "', enabled: false}\napis:\n  - kind: " + kind +
                 "\n    authorizers:\n      jwt: {issuer: 'https://issuer.example', jwks: 'file:" + keys +
                 "'}\n    routes:\n"
                 "      - {routeKey: GET /key, integration: '" +
                 target +
                 "', auth: key}\n"
                 "      - {routeKey: GET /both, integration: '" +
                 target +
                 "', auth: jwt, apiKeyRequired: true}\n"
                 "      - {routeKey: GET /token, integration: '" +
                 target +
                 "', auth: jwt}\n"
                 "      - {routeKey: GET /open, integration: '" +
                 target + "', auth: none}\n";
    return how;
}

}  // namespace

TEST_CASE("routes that ask for an API key let in who has one, and say no as AWS does") {
    const TemporaryDirectory directory;
    const std::string keys = directory.write("k1.json", key_set());
    for (const std::string kind : {"http", "rest"}) {
        INFO(kind);
        ScriptedUpstream target({{read_request(), answer(200, "reached", "Connection: close\r\n")}});
        Gateway gateway({}, config(kind, keys, target.url()));
        struct Case {
            std::string lines;
            int status;
            const char* reason;
        };
        const std::vector<Case> cases = {
            {"", 403, "key.missing"},
            {"x-api-key:\r\n", 403, "key."},
            {line(kUnknown), 403, "key.unknown"},
            {line(std::string(kKnown) + "x"), 403, "key.unknown"},
            {line("KNOWN-KEY-0123456789ABCDEF"), 403, "key.unknown"},
            {line(auth::to_api_key_hash(kKnown)), 403, "key.unknown"},
            {line(std::string(5000, 'k')), 403, "key.unknown"},
            {line(kDisabled), 403, "key.disabled"},
            {line(kKnown) + line(kKnown), 400, "request.malformed"},
            {line(kUnknown) + "X-API-Key: " + kKnown + "\r\n", 400, "request.malformed"},
            {"Authorization: " + std::string(kKnown) + "\r\n", 403, "key.missing"},
        };
        for (const Case& one : cases) {
            INFO(one.lines.substr(0, 80));
            const RawResponse response = gateway.get("/key", one.lines);
            CHECK(response.status == one.status);
            CHECK(response.body == (one.status == 403 ? R"({"message":"Forbidden"})" : R"({"message":"Bad Request"})"));
            CHECK(response.field("x-amzn-errortype") == (kind == "http"      ? ""
                                                         : one.status == 403 ? "ForbiddenException"
                                                                             : "BadRequestException"));
            CHECK(response.field("x-gw-explain").starts_with(one.reason));
        }
        CHECK(gateway.get(std::string("/key?x-api-key=") + kKnown).status == 403);
        CHECK(target.connections() == 0);
        CHECK(gateway.get("/key", line(kKnown)).body == "reached");
        CHECK(gateway.get("/key", "X-API-KEY:  " + std::string(kKnown) + " \r\n").body == "reached");
        CHECK(gateway.get("/open").body == "reached");
    }
}

TEST_CASE("a route may ask for a token and a key at once, and the token is asked for first") {
    const TemporaryDirectory directory;
    const std::string keys = directory.write("k1.json", key_set());
    ScriptedUpstream target({{read_request(), answer(200, "reached", "Connection: close\r\n")}});
    const Gateway gateway({}, config("http", keys, target.url()));
    const std::string token = bearer(token_of("https://issuer.example"));
    CHECK(gateway.get("/both").status == 401);
    CHECK(gateway.get("/both", line(kKnown)).status == 401);
    const RawResponse alone = gateway.get("/both", token);
    CHECK(alone.status == 403);
    CHECK(alone.field("x-gw-explain").starts_with("key.missing"));
    CHECK(gateway.get("/both", token + line(kDisabled)).status == 403);
    CHECK(target.connections() == 0);
    CHECK(gateway.get("/both", token + line(kKnown)).status == 200);
    CHECK(gateway.get("/token", token).status == 200);
    CHECK(gateway.get("/token", line(kKnown)).status == 401);
}

TEST_CASE("keys of a file, of the environment and of the command line are known, and none of them is ever told") {
    const TemporaryDirectory directory;
    const std::string in_file = "file-key-0123456789abcdef";
    const std::string in_environment = "environment-key-0123456789";
    const std::string file = directory.write("keys", "# of the team\n\n" + in_file + "=gold\n");
    for (const std::string format : {"json", "human", "clf", "key=$context.identity.apiKeyId $context.path"}) {
        INFO(format);
        ScriptedUpstream target({{read_request(), answer(200, "reached", "Connection: close\r\n")}});
        Start how;
        how.environment = {{"TEAM_KEY", in_environment}};
        Gateway gateway({target.url(), "--api-key", "@" + file, "--api-key", "env:TEAM_KEY", "--api-key", kKnown,
                         "--plan", "gold:rate=1000/s", "--access-log=" + format, "--explain"},
                        how);
        for (const std::string& key : {in_file, in_environment, std::string(kKnown)})
            CHECK(gateway.get("/", line(key)).status == 200);
        CHECK(gateway.get("/", line(in_file + "=gold")).status == 403);
        CHECK(gateway.get("/", line(kUnknown)).status == 403);
        CHECK(gateway.get("/?q=1", line(kKnown) + line(kUnknown)).status == 400);
        const std::string log = gateway.wait_for_log(6);
        const std::string metrics = gateway.admin("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").body;
        const std::string config = gateway.admin("GET /config HTTP/1.1\r\nHost: localhost\r\n\r\n").body;
        const Ending ending = gateway.stop();
        for (const std::string& key : {in_file, in_environment, std::string(kKnown), std::string(kUnknown)}) {
            INFO(key);
            CHECK_FALSE(has(log, key));
            CHECK_FALSE(has(metrics, key));
            CHECK_FALSE(has(config, key));
            CHECK_FALSE(has(ending.output, key));
            CHECK_FALSE(has(ending.errors, key));
        }
        CHECK(has(ending.errors, "an API key in the command line can be read by everybody on this machine"));
    }
}
