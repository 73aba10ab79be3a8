#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "libgw/base/encoding.h"
#include "libgw/config/document.h"
#include "libgw/gateway/context.h"
#include "libgw/gateway/pipeline.h"
#include "libgw/policy/auth/jws.h"
#include "libgw/policy/auth/sigv4/sign.h"
#include "libgw/wire/http/decoder.h"
#include "tests/support/catch.h"
#include "tests/support/map_sources.h"
#include "tests/unit/policy/auth/keys.h"

namespace gw::gateway {
namespace {

using auth::test_keys::key_for;
using auth::test_keys::kNow;
using auth::test_keys::kNowSeconds;

const auth::Key& issuer_key() {
    static const auth::Key key = key_for(auth::Algorithm::es256, "k1");
    return key;
}

std::string token_of(std::string claims, const auth::Key& key = issuer_key()) { return *auth::sign_jws(claims, key); }
std::string claims_of(std::string_view more = {}, std::int64_t expires = kNowSeconds + 60) {
    return fmt::format(R"({{"iss":"https://issuer.example","sub":"alice","exp":{}{}}})", expires, more);
}

/// A gateway without a world: a configuration, and one request after the other.
struct Bench {
    explicit Bench(const std::string& yaml) {
        sources.files["jwks.json"] = to_json(auth::to_jwks(std::vector{issuer_key()}));
        sources.files["keys.yaml"] =
            "AKIDOWNER: {secret: owners-secret-0123456789}\n"
            "AKIDREADER:\n"
            "  secret: readers-secret-0123456789\n"
            "  principal: arn:aws:iam::123456789012:user/reader\n"
            "  policies: [{Version: '2012-10-17', Statement: {Effect: Allow, Action: 'execute-api:Invoke', Resource: "
            "'arn:aws:execute-api:*:*:gw/*/GET/*'}}]\n";
        Diagnostics diagnostics;
        auto model = std::make_shared<config::Model>(config::read_document(yaml, "gw.yaml", sources, diagnostics));
        INFO(diagnostics.render());
        REQUIRE_FALSE(diagnostics.has_errors());
        auto built = Runtime::build(
            model, nullptr, [this](const std::string& path) { return sources.read_file(path); }, nullptr, Instant(),
            kNow);
        if (!built) FAIL(built.error().message);
        runtime = *built;
        worker.random = Random(1);
        worker.shared = &shared;
        issuers.resize(runtime->access.issuers.size());
    }

    /// The request's way through the pipeline; what it is asked for on the way is in `asked`.
    Exchange& send(const std::string& text, std::string_view body = {}) {
        head = {};
        http::RequestDecoder decoder(runtime->server_limits.message);
        const std::string whole = text + "\r\n";
        REQUIRE(decoder.decode(whole, head).found == http::Found::head);
        exchange = std::make_unique<Exchange>();
        exchange->request = &head;
        exchange->runtime = runtime.get();
        exchange->worker = &worker;
        exchange->cursors = &cursors;
        exchange->issuers = &issuers;
        exchange->client = "192.0.2.7";
        exchange->date = kNow;
        exchange->kind = runtime->apis.front().kind;
        asked.clear();
        Step step = advance(*exchange);
        while (step.kind == Step::Kind::ask && step.effect != Effect::fetch) {
            asked.push_back(step.effect);
            REQUIRE(asked.size() < 4);
            if (step.effect == Effect::keys && on_keys) on_keys();
            if (step.effect == Effect::collect) {
                exchange->body = CollectedBody{body.size(), sha256(body)};
            }
            Reply reply;
            step = resume(*exchange, step, reply);
        }
        return *exchange;
    }
    /// "200" when the route answered, else status and reason.
    std::string verdict(const std::string& text, std::string_view body = {}) {
        const Exchange& sent = send(text, body);
        if (sent.decision.from == Decision::From::mock) return "200";
        return fmt::format("{} {}", sent.decision.refusal.status, sent.decision.refusal.reason);
    }
    Answer answer() { return make_own_answer(*exchange); }

    test::MapSources sources;
    std::shared_ptr<const Runtime> runtime;
    Shared shared;
    WorkerState worker;
    std::vector<balance::Cursor> cursors;
    std::vector<IssuerView> issuers;
    http::RequestHead head;
    std::unique_ptr<Exchange> exchange;
    std::vector<Effect> asked;
    std::function<void()> on_keys;
};

std::string get(std::string_view path, std::string_view fields = {}) {
    return fmt::format("GET {} HTTP/1.1\r\nhost: api.example\r\n{}", path, fields);
}
std::string bearing(const std::string& token, std::string_view path = "/a") {
    return get(path, "authorization: Bearer " + token + "\r\n");
}

std::string with_jwt(std::string_view kind, std::string_view more = {}) {
    return fmt::format(R"(version: 1
apis:
  - kind: {}
    auth: tokens
    authorizers:
      tokens: {{issuer: "https://issuer.example", jwks: file:jwks.json, algorithms: [ES256]{}}}
    routes:
      - {{routeKey: GET /a, integration: "mock:200:a"}}
      - {{routeKey: GET /scoped, integration: "mock:200:s", authorizationScopes: [read, write]}}
      - {{routeKey: GET /open, integration: "mock:200:o", auth: none}}
)",
                       kind, more);
}

/// A request of that key, signed now.
std::string signed_request(std::string_view method, std::string_view target, std::string key, std::string secret,
                           std::string_view body = {}, Date when = kNow, const sigv4::SignOptions& options = {}) {
    sigv4::Credential credential;
    credential.access_key_id = std::move(key);
    credential.secret = Secret(std::move(secret));
    const std::vector<sigv4::Field> fields = {{"host", "api.example"}};
    sigv4::Request request;
    request.method = method;
    const auto question = target.find('?');
    request.path = target.substr(0, question);
    request.query = question == target.npos ? std::string_view() : target.substr(question + 1);
    request.fields = fields;
    request.body_hash = sha256(body);
    const auto made = sigv4::sign(request, credential, options, when);
    REQUIRE(made);
    std::string text = fmt::format("{} {} HTTP/1.1\r\nhost: api.example\r\n", method, target);
    for (const auto& [name, value] : made->fields) text += name + ": " + value + "\r\n";
    if (!body.empty()) text += fmt::format("content-length: {}\r\n", body.size());
    return text;
}

const std::string kSignedApi = R"(version: 1
iam: {keys: keys.yaml}
apis:
  - {kind: KIND, auth: iam, POLICY routes: [{routeKey: "ANY /{proxy+}", integration: "mock:200:ok"}]}
)";
std::string signed_api(std::string_view kind, std::string_view policy = {}) {
    std::string text = kSignedApi;
    text.replace(text.find("KIND"), 4, kind);
    text.replace(text.find("POLICY"), 6, policy);
    return text;
}

}  // namespace

TEST_CASE("authorize: a good token lets in, and each bad one is told by its reason") {
    Bench bench(with_jwt("http"));
    CHECK(bench.verdict(bearing(token_of(claims_of()))) == "200");
    CHECK(bench.exchange->caller.token->claims.text("sub") == "alice");
    CHECK(bench.verdict(get("/a", "authorization: " + token_of(claims_of()) + "\r\n")) == "200");
    CHECK(bench.verdict(get("/open")) == "200");
    CHECK(bench.verdict(get("/a")) == "401 jwt.missing");
    CHECK(bench.verdict(get("/a", "authorization: Bearer\r\n")) == "401 jwt.missing");
    CHECK(bench.verdict(get("/a", "authorization: Basic YTpi\r\n")) == "401 jwt.malformed");
    CHECK(bench.verdict(bearing(token_of(claims_of({}, kNowSeconds - 60)))) == "401 jwt.expired");
    CHECK(bench.verdict(bearing(token_of(R"({"iss":"https://other.example","exp":9999999999})"))) == "401 jwt.issuer");
    CHECK(bench.verdict(bearing(token_of(claims_of(), key_for(auth::Algorithm::es256, "k2")))) == "401 jwt.key");
    CHECK(bench.verdict(bearing(token_of(claims_of(), key_for(auth::Algorithm::rs256, "k1")))) == "401 jwt.algorithm");
    CHECK(bench.asked.empty());  // keys of a file are not asked for again
}

TEST_CASE("authorize: HTTP APIs say why in www-authenticate, REST APIs say nothing") {
    Bench http(with_jwt("http"));
    CHECK(http.verdict(bearing(token_of(claims_of(R"(,"scope":"other")")), "/scoped")) == "403 jwt.scope");
    Answer answer = http.answer();
    CHECK(answer.body == R"({"message":"Forbidden"})");
    CHECK(
        answer.fields.find("www-authenticate")->starts_with(R"(Bearer scope="read write" error="insufficient_scope")"));
    CHECK(http.verdict(get("/scoped")) == "401 jwt.missing");
    answer = http.answer();
    CHECK(answer.body == R"({"message":"Unauthorized"})");
    CHECK(answer.fields.find("www-authenticate") == "Bearer");
    CHECK(http.verdict(bearing(token_of(claims_of({}, kNowSeconds - 60)))) == "401 jwt.expired");
    CHECK(http.answer().fields.find("www-authenticate") ==
          R"(Bearer scope="" error="invalid_token" error_description="the token has expired")");

    Bench rest(with_jwt("rest"));
    CHECK(rest.verdict(bearing(token_of(claims_of(R"(,"scope":"other")")), "/scoped")) == "401 jwt.scope");
    answer = rest.answer();
    CHECK(answer.body == R"({"message":"Unauthorized"})");
    CHECK(answer.fields.find("x-amzn-ErrorType") == "UnauthorizedException");
    CHECK_FALSE(answer.fields.find("www-authenticate"));
}

TEST_CASE(
    "authorize: what was remembered of a token ends with the token, and other routes ask their own scopes of it") {
    Bench bench(with_jwt("http"));
    const std::string token = token_of(claims_of(R"(,"scope":"write")"));
    CHECK(bench.verdict(bearing(token)) == "200");
    CHECK(bench.worker.remembered.size() == 1);
    CHECK(bench.verdict(bearing(token, "/scoped")) == "200");
    CHECK(bench.worker.remembered.size() == 1);
    const std::string narrow = token_of(claims_of(R"(,"scope":"none")"));
    CHECK(bench.verdict(bearing(narrow)) == "200");
    CHECK(bench.verdict(bearing(narrow, "/scoped")) == "403 jwt.scope");
    // the very text counts: a byte more is another token
    CHECK(bench.verdict(bearing(token + "A")) != "200");
}

TEST_CASE("authorize: a token in two fields, or of another place, is not taken") {
    Bench bench(with_jwt("http", ", identitySource: $request.querystring.access_token"));
    const std::string token = token_of(claims_of());
    CHECK(bench.verdict(get("/a?access_token=" + token)) == "200");
    CHECK(bench.verdict(get("/a?access%5Ftoken=" + token)) == "200");
    CHECK(bench.verdict(bearing(token)) == "401 jwt.missing");
    CHECK(bench.verdict(get("/a?access_token=" + token + "&access_token=" + token)) == "401 jwt.malformed");
    Bench field(with_jwt("http", ", identitySource: $request.header.x-token"));
    CHECK(field.verdict(get("/a", "X-Token: " + token + "\r\n")) == "200");
    CHECK(field.verdict(get("/a", "x-token: " + token + "\r\nX-TOKEN: " + token + "\r\n")) == "401 jwt.malformed");
}

TEST_CASE("authorize: unknown keys are asked for once, and absent ones are 503") {
    Bench bench(R"(version: 1
apis:
  - auth: tokens
    authorizers: {tokens: {issuer: "https://issuer.example", algorithms: [ES256]}}
    routes: [{routeKey: GET /a, integration: "mock:200:a"}]
)");
    const auto& issuer = bench.runtime->access.issuers.front();
    const std::string token = token_of(claims_of());
    CHECK(bench.verdict(bearing(token)) == "503 jwt.keys");
    CHECK(bench.asked == std::vector{Effect::keys});
    CHECK(bench.exchange->wanted == issuer);
    CHECK(bench.exchange->wanted_kid == "k1");
    CHECK_FALSE(bench.answer().fields.find("www-authenticate"));
    // garbage asks nobody
    CHECK(bench.verdict(bearing("a.b.c")) == "401 jwt.malformed");
    CHECK(bench.asked.empty());
    // they come while it waits
    bench.on_keys = [&] {
        IssuerKeys keys;
        keys.set =
            std::make_shared<const auth::KeySet>(*auth::KeySet::make({auth::test_keys::public_half(issuer_key())}));
        keys.version = 1;
        issuer->publish(std::move(keys));
    };
    CHECK(bench.verdict(bearing(token)) == "200");
    CHECK(bench.asked == std::vector{Effect::keys});
    CHECK(bench.verdict(bearing(token)) == "200");
    CHECK(bench.asked.empty());
    CHECK(bench.verdict(bearing(token_of(claims_of(), key_for(auth::Algorithm::es256, "k9")))) == "401 jwt.key");
    CHECK(bench.asked == std::vector{Effect::keys});
    // keys that are gone take what was remembered with them
    bench.on_keys = nullptr;
    IssuerKeys gone;
    gone.version = 1;
    issuer->publish(std::move(gone));
    CHECK(bench.verdict(bearing(token)) == "503 jwt.keys");
}

TEST_CASE("authorize: a signature is believed for its own request only") {
    Bench bench(signed_api("rest"));
    const std::string good = signed_request("GET", "/pets/1?b=2&a=x%20y", "AKIDOWNER", "owners-secret-0123456789");
    CHECK(bench.verdict(good) == "200");
    CHECK(bench.exchange->caller.credential->principal_arn == "arn:aws:iam::123456789012:root");
    CHECK(bench.asked.empty());
    std::string other = good;
    other.replace(other.find("pets/1"), 6, "pets/2");
    CHECK(bench.verdict(other) == "403 iam.signature");
    CHECK(bench.answer().body.find("The Canonical String for this request should have been") != std::string::npos);
    CHECK(bench.answer().fields.find("x-amzn-ErrorType") == "InvalidSignatureException");
    CHECK(bench.verdict(get("/pets/1")) == "403 iam.missing");
    CHECK(bench.answer().body == R"({"message":"Missing Authentication Token"})");
    CHECK(bench.verdict(signed_request("GET", "/a", "AKIDOWNER", "not-the-secret-0123456789")) == "403 iam.signature");
    CHECK(bench.verdict(signed_request("GET", "/a", "AKIDNOBODY", "owners-secret-0123456789")) == "403 iam.signature");
    CHECK(bench.answer().body == R"({"message":"The security token included in the request is invalid."})");
    CHECK(bench.verdict(signed_request("GET", "/a", "AKIDOWNER", "owners-secret-0123456789", {},
                                       kNow - std::chrono::minutes(6))) == "403 iam.signature");
    CHECK(bench.verdict(signed_request("GET", "/a", "AKIDOWNER", "owners-secret-0123456789", {},
                                       kNow - std::chrono::minutes(4))) == "200");

    Bench http(signed_api("http"));
    CHECK(http.verdict(get("/pets/1")) == "403 iam.missing");
    CHECK(http.answer().body == R"({"message":"Forbidden"})");
}

TEST_CASE("authorize: the whole body is part of the signature, and strangers' bodies are not waited for") {
    Bench bench(signed_api("rest"));
    const std::string body = R"({"name":"rex"})";
    const std::string good = signed_request("POST", "/pets", "AKIDOWNER", "owners-secret-0123456789", body);
    CHECK(bench.verdict(good, body) == "200");
    CHECK(bench.asked == std::vector{Effect::collect});
    CHECK(bench.verdict(good, R"({"name":"max"})") == "403 iam.signature");
    CHECK(bench.verdict(good, "") == "403 iam.signature");
    CHECK(bench.verdict("POST /pets HTTP/1.1\r\nhost: api.example\r\ncontent-length: 9\r\n", "123456789") ==
          "403 iam.missing");
    CHECK(bench.asked.empty());
    // a key that nobody has, and a session that is not right
    CHECK(bench.verdict(signed_request("POST", "/pets", "AKIDSTRANGER", "owners-secret-0123456789", body), body) ==
          "403 iam.signature");
    CHECK(bench.answer().body == R"({"message":"The security token included in the request is invalid."})");
    CHECK(bench.asked.empty());
    sigv4::SignOptions options;
    options.payload_field = true;
    const auto with_digest = [&](std::string secret) {
        return signed_request("POST", "/pets", "AKIDOWNER", std::move(secret), body, kNow, options);
    };
    // a wrong signature of a digest that is claimed
    CHECK(bench.verdict(with_digest("not-the-secret-0123456789"), body) == "403 iam.signature");
    CHECK(bench.answer().fields.find("x-amzn-ErrorType") == "InvalidSignatureException");
    CHECK(bench.asked.empty());
    // who has the secret is heard, and his body has to be what he claimed
    CHECK(bench.verdict(with_digest("owners-secret-0123456789"), body) == "200");
    CHECK(bench.asked == std::vector{Effect::collect});
    CHECK(bench.verdict(with_digest("owners-secret-0123456789"), R"({"name":"max"})") == "403 iam.signature");
    CHECK(bench.asked == std::vector{Effect::collect});
    // without a digest only the body can tell
    CHECK(bench.verdict(signed_request("POST", "/pets", "AKIDOWNER", "not-the-secret-0123456789", body), body) ==
          "403 iam.signature");
    CHECK(bench.asked == std::vector{Effect::collect});
}

TEST_CASE("authorize: what a signer may do is up to policies") {
    Bench bench(signed_api("rest"));
    CHECK(bench.verdict(signed_request("GET", "/pets/1", "AKIDREADER", "readers-secret-0123456789")) == "200");
    CHECK(bench.verdict(signed_request("DELETE", "/pets/1", "AKIDREADER", "readers-secret-0123456789")) ==
          "403 iam.denied");
    CHECK(bench.answer().body ==
          R"({"Message":"User: arn:aws:iam::123456789012:user/reader is not authorized to perform: execute-api:Invoke )"
          R"(on resource: arn:aws:execute-api:us-east-1:********9012:gw/$default/DELETE/pets/1"})");
    CHECK(bench.answer().fields.find("x-amzn-ErrorType") == "AccessDeniedException");
    Bench http(signed_api("http"));
    CHECK(http.verdict(signed_request("DELETE", "/pets/1", "AKIDREADER", "readers-secret-0123456789")) ==
          "403 iam.denied");
    CHECK(http.answer().body == R"({"message":"Forbidden"})");
    // an explicit denial of the api counts for everybody
    const std::string deny =
        "policy: {Version: '2012-10-17', Statement: {Effect: Deny, Principal: '*', Action: '*', Resource: "
        "'execute-api:/*/GET/secret'}},";
    Bench denied(signed_api("rest", deny));
    CHECK(denied.verdict(signed_request("GET", "/pets/1", "AKIDOWNER", "owners-secret-0123456789")) == "200");
    CHECK(denied.verdict(signed_request("GET", "/secret", "AKIDOWNER", "owners-secret-0123456789")) ==
          "403 policy.denied");
    CHECK(denied.answer().body.ends_with(R"( with an explicit deny"})"));
}

TEST_CASE("authorize: who may not GET a resource does not get at it with HEAD, nor with a method in another case") {
    const std::string policy =
        "policy: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: '*', Action: '*', Resource: "
        "'execute-api:/*'}, {Effect: Deny, Principal: '*', Action: '*', Resource: ['execute-api:/*/GET/secret', "
        "'execute-api:/*/HEAD/headless']}]},";
    Bench bench("version: 1\napis:\n  - {" + policy +
                " routes: [{routeKey: 'ANY /{proxy+}', integration: 'mock:200:ok'}, {routeKey: 'HEAD /secret/head', "
                "integration: 'mock:200'}]}\n");
    const auto ask = [&](std::string_view method, std::string_view path) {
        return bench.verdict(fmt::format("{} {} HTTP/1.1\r\nhost: api.example\r\n", method, path));
    };
    for (const char* method : {"GET", "HEAD", "get", "Get", "head", "hEAD"}) {
        CAPTURE(method);
        CHECK(ask(method, "/secret") == "403 policy.denied");
        CHECK(ask(method, "/open") == "200");
    }
    CHECK(ask("POST", "/secret") == "200");
    CHECK(ask("GET", "/headless") == "200");
    CHECK(ask("HEAD", "/headless") == "403 policy.denied");
    CHECK(ask("head", "/headless") == "403 policy.denied");
    CHECK(ask("HEAD", "/secret/head") == "200");

    // what only GET may be is not HEAD either
    Bench reader(signed_api("rest"));
    CHECK(reader.verdict(signed_request("GET", "/pets/1", "AKIDREADER", "readers-secret-0123456789")) == "200");
    CHECK(reader.verdict(signed_request("HEAD", "/pets/1", "AKIDREADER", "readers-secret-0123456789")) ==
          "403 iam.denied");
    Bench http(signed_api("http"));
    CHECK(http.verdict(signed_request("get", "/pets/1", "AKIDOWNER", "owners-secret-0123456789")) == "200");
    CHECK(http.verdict(signed_request("get", "/pets/1", "AKIDREADER", "readers-secret-0123456789")) ==
          "403 iam.denied");
}

TEST_CASE("authorize: wildcards that a request brings are no wildcards") {
    Bench bench(signed_api("rest"));
    for (const char* path : {"/*", "/%2a", "/pets/%3F", "/x?y=*"}) {
        CAPTURE(path);
        CHECK(bench.verdict(signed_request("GET", path, "AKIDREADER", "readers-secret-0123456789")) == "200");
        CHECK(bench.verdict(signed_request("PUT", path, "AKIDREADER", "readers-secret-0123456789")) ==
              "403 iam.denied");
    }
}

TEST_CASE("authorize: a resource policy alone has to allow, whether a token is asked for or nothing") {
    const auto api = [](std::string_view auth, std::string_view address) {
        return fmt::format(R"(version: 1
apis:
  - kind: rest
    auth: {}
    authorizers: {{tokens: {{issuer: "https://issuer.example", jwks: file:jwks.json, algorithms: [ES256]}}}}
    policy:
      Version: "2012-10-17"
      Statement:
        Effect: Allow
        Principal: "*"
        Action: execute-api:Invoke
        Resource: execute-api:/*
        Condition: {{IpAddress: {{aws:SourceIp: {}}}}}
    routes: [{{routeKey: GET /a, integration: "mock:200:a"}}]
)",
                           auth, address);
    };
    Bench near(api("none", "192.0.2.0/24"));
    CHECK(near.verdict(get("/a")) == "200");
    Bench far(api("none", "198.51.100.0/24"));
    CHECK(far.verdict(get("/a")) == "403 policy.denied");
    CHECK(far.answer().body ==
          R"({"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: )"
          R"(arn:aws:execute-api:us-east-1:********9012:gw/$default/GET/a"})");
    Bench tokens(api("tokens", "198.51.100.0/24"));
    CHECK(tokens.verdict(get("/a")) == "401 jwt.missing");  // who it is comes first
    CHECK(tokens.verdict(bearing(token_of(claims_of()))) == "403 policy.denied");
    Bench both(api("tokens", "192.0.2.7"));
    CHECK(both.verdict(bearing(token_of(claims_of()))) == "200");
}

TEST_CASE("authorize: API keys are known and enabled") {
    Bench bench(R"(version: 1
apiKeys:
  - {id: one, hash: "sha256:)" +
                to_hex(sha256("0123456789abcdefghij").view()) + R"("}
  - {id: two, enabled: false, hash: "sha256:)" +
                to_hex(sha256("abcdefghij0123456789").view()) + R"("}
apis:
  - kind: rest
    apiKeyRequired: true
    routes:
      - {routeKey: GET /a, integration: "mock:200:a"}
      - {routeKey: GET /open, integration: "mock:200:o", auth: none}
      - {routeKey: GET /free, integration: "mock:200:f", apiKeyRequired: false}
)");
    CHECK(bench.verdict(get("/a", "x-api-key: 0123456789abcdefghij\r\n")) == "200");
    CHECK(bench.exchange->caller.api_key->id == "one");
    CHECK(bench.verdict(get("/a")) == "403 key.missing");
    CHECK(bench.answer().body == R"({"message":"Forbidden"})");
    CHECK(bench.answer().fields.find("x-amzn-ErrorType") == "ForbiddenException");
    CHECK(bench.verdict(get("/a", "x-api-key: 0123456789abcdefghiJ\r\n")) == "403 key.unknown");
    CHECK(bench.verdict(get("/a", "x-api-key: abcdefghij0123456789\r\n")) == "403 key.disabled");
    CHECK(bench.verdict(get("/open")) == "200");
    CHECK(bench.verdict(get("/free")) == "200");
}

TEST_CASE("authorize: several user pools are told apart by who issued the token, which is verified afterwards") {
    Bench bench(R"(version: 1
apis:
  - auth: pools
    authorizers: {pools: {type: cognito, userPools: [us-east-1_AAAAAAAAA, us-east-1_BBBBBBBBB]}}
    routes: [{routeKey: GET /a, integration: "mock:200:a"}]
)");
    const auth::Key a = key_for(auth::Algorithm::rs256, "a");
    REQUIRE(bench.runtime->access.issuers.size() == 2);
    for (const auto& issuer : bench.runtime->access.issuers) {
        IssuerKeys keys;
        const bool first = issuer->issuer().ends_with("AAAAAAAAA");
        keys.set = std::make_shared<const auth::KeySet>(
            *auth::KeySet::make({auth::test_keys::public_half(first ? a : a.named("b"))}));
        keys.version = 1;
        issuer->publish(std::move(keys));
    }
    const auto token = [&](std::string_view pool, const auth::Key& key) {
        return token_of(
            fmt::format(
                R"({{"iss":"https://cognito-idp.us-east-1.amazonaws.com/us-east-1_{}","sub":"u","exp":{},"token_use":"access"}})",
                pool, kNowSeconds + 60),
            key);
    };
    CHECK(bench.verdict(bearing(token("AAAAAAAAA", a))) == "200");
    CHECK(bench.verdict(bearing(token("BBBBBBBBB", a.named("b")))) == "200");
    CHECK(bench.verdict(bearing(token("BBBBBBBBB", a))) == "401 jwt.key");
    CHECK(bench.verdict(bearing(token("CCCCCCCCC", a))) == "401 jwt.issuer");
}

}  // namespace gw::gateway
