// gw-token serve: a real issuer, asked by a client that shares no code with it.

#include "tests/integration/issuer.h"

#include <algorithm>
#include <csignal>
#include <map>
#include <set>

#include <fmt/format.h>

#include "libgw/base/crypto.h"
#include "libgw/base/encoding.h"
#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/policy/auth/cognito.h"
#include "libgw/policy/auth/discovery.h"
#include "libgw/policy/auth/token.h"
#include "libgw/wire/http/uri.h"
#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/peer.h"

using namespace gw;
using namespace gw::test;
using namespace std::chrono_literals;

namespace {

Value json_of(const PeerResponse& response) {
    INFO(response.body);
    return must(parse_json(response.body));
}

std::string text_of(const Value& value, std::string_view name) {
    const std::string* text = value.find_string(name);
    return text == nullptr ? "" : *text;
}

Date now() { return std::chrono::system_clock::now(); }

/// name=value of a URL's query, decoded.
std::map<std::string, std::string> query_of(std::string_view url) {
    std::map<std::string, std::string> all;
    for (const std::string_view item : split(url.substr(url.find('?') + 1), '&')) {
        const auto parts = split_once(item, '=');
        if (parts) all[http::percent_decode(parts->first)] = http::percent_decode(parts->second);
    }
    return all;
}

bool is_good(const std::string& token, const auth::KeySet& keys, const std::string& issuer,
             std::vector<std::string> audiences = {}) {
    auth::TokenRules rules;
    rules.algorithms = auth::kPublicKeyAlgorithms;
    rules.claims.issuer = issuer;
    rules.claims.audiences = std::move(audiences);
    return auth::fault_of(verify_token(token, keys, rules, nullptr, now())) == nullptr;
}

constexpr const char* kVerifier = "a-verifier-of-forty-three-characters-or-more";

}  // namespace

TEST_CASE("gw-token serve leads a client through discovery, PKCE, tokens, userinfo and refresh") {
    const RunningIssuer issuer({"--user", "alice:groups=admin", "--user", "bob", "--alg", "ES256"});
    const Value found = json_of(issuer.get("/.well-known/openid-configuration"));
    CHECK(text_of(found, "issuer") == issuer.url());
    const std::string authorize = text_of(found, "authorization_endpoint").substr(issuer.base().size());
    const std::string token = text_of(found, "token_endpoint").substr(issuer.base().size());
    const std::string challenge = to_base64url(sha256(kVerifier).view());

    const PeerResponse led = issuer.get(
        authorize + "?response_type=code&client_id=spa&redirect_uri=http%3A%2F%2F127.0.0.1%3A5173%2Fcb&scope=openid&" +
        "state=xyz&nonce=n1&login_hint=alice&code_challenge_method=S256&code_challenge=" + challenge);
    REQUIRE(led.status == 302);
    const std::string location(find_peer_field(led.fields, "Location"));
    CHECK(location.starts_with("http://127.0.0.1:5173/cb?"));
    const auto back = query_of(location);
    CHECK(back.at("state") == "xyz");
    CHECK(back.at("iss") == issuer.url());

    const std::string redeem =
        "grant_type=authorization_code&client_id=spa&redirect_uri=http%3A%2F%2F127.0.0.1%3A5173%2Fcb&code=" +
        back.at("code") + "&code_verifier=";
    CHECK(issuer.post(token, redeem + std::string(43, 'x')).status == 400);
    const PeerResponse granted = issuer.post(token, redeem + kVerifier);
    REQUIRE(granted.status == 200);
    CHECK(find_peer_field(granted.fields, "Cache-Control") == "no-store");
    CHECK(find_peer_field(granted.fields, "Content-Type") == "application/json");
    const Value tokens = json_of(granted);
    const auth::KeySet keys = issuer.keys();
    CHECK(is_good(text_of(tokens, "access_token"), keys, issuer.url(), {"spa"}));
    CHECK(is_good(text_of(tokens, "id_token"), keys, issuer.url(), {"spa"}));

    const PeerResponse told = issuer.get("/userinfo", {{"Authorization", "Bearer " + text_of(tokens, "access_token")}});
    CHECK(told.status == 200);
    CHECK(text_of(json_of(told), "sub") == "alice");

    const std::string refresh = "grant_type=refresh_token&client_id=spa&refresh_token=";
    const Value renewed = json_of(issuer.post(token, refresh + text_of(tokens, "refresh_token")));
    CHECK(is_good(text_of(renewed, "access_token"), keys, issuer.url()));
    CHECK(issuer.post(token, refresh + text_of(tokens, "refresh_token")).status == 400);
    // the code a second time: it is refused, and what came of it is void
    const PeerResponse again = issuer.post(token, redeem + kVerifier);
    CHECK(again.status == 400);
    CHECK(text_of(json_of(again), "error") == "invalid_grant");
    CHECK(issuer.post(token, refresh + text_of(renewed, "refresh_token")).status == 400);
    for (const Value& each : {tokens, renewed})
        CHECK(issuer.get("/userinfo", {{"Authorization", "Bearer " + text_of(each, "access_token")}}).status == 401);
}

TEST_CASE("the issuer names itself localhost to those who call it so, and refuses names of strangers") {
    const RunningIssuer issuer({"--alg", "ES256"});
    const std::string local = fmt::format("localhost:{}", issuer.port());
    const Value found = json_of(issuer.get("/.well-known/openid-configuration", {{"Host", local}}));
    CHECK(text_of(found, "issuer") == "http://" + local);
    CHECK(issuer.get("/.well-known/openid-configuration", {{"Host", "rebound.example"}}).status == 421);
}

TEST_CASE("after a rotation old tokens are good, the new key is one that was published, and all keys are different") {
    const RunningIssuer issuer({"--alg", "ES256", "--rotate", "1h"});
    const auto mint = [&] {
        return text_of(json_of(issuer.post("/token", "grant_type=password&client_id=a&username=alice&password=x")),
                       "access_token");
    };
    std::vector<std::string> tokens;
    std::set<std::string> kids;
    auth::KeySet before = issuer.keys();
    CHECK(before.keys().size() == 2);
    for (int turn = 0; turn < 3; ++turn) {
        tokens.push_back(mint());
        CHECK(is_good(tokens.back(), before, issuer.url()));
        const PeerResponse turned = issuer.ask({"POST", "/rotate", {}, {}});
        REQUIRE(turned.status == 200);
        kids.insert(text_of(json_of(turned), "kid"));
        before = issuer.keys();
        for (const std::string& token : tokens) CHECK(is_good(token, before, issuer.url()));
    }
    CHECK(kids.size() == 3);
    CHECK(before.keys().size() == 5);
}

TEST_CASE("as Cognito the issuer has Cognito's places, two keys, and tokens that our Cognito rules take") {
    const RunningIssuer issuer({"--cognito", "us-east-1_Abc123456", "--user", "alice:groups=admin"});
    const auto pool = must(auth::UserPool::make("us-east-1_Abc123456", issuer.base()));
    CHECK(issuer.url() == pool.issuer);
    const auto found =
        must(auth::parse_discovery(issuer.get(issuer.path() + "/.well-known/openid-configuration").body, pool.issuer));
    CHECK(found.jwks_uri == pool.jwks_url());
    const auth::KeySet keys = issuer.keys();
    CHECK(keys.keys().size() == 2);
    const Value tokens = json_of(
        issuer.post("/oauth2/token", "grant_type=password&client_id=7abc&username=alice&password=x&scope=openid"));
    const auth::TokenRules rules = auth::cognito_rules(pool, {"7abc"});
    for (const auto& [name, use] :
         {std::pair{"access_token", auth::TokenUse::access}, {"id_token", auth::TokenUse::id}}) {
        INFO(name);
        const auto judged = verify_token(text_of(tokens, name), keys, rules, nullptr, now());
        REQUIRE(auth::fault_of(judged) == nullptr);
        CHECK_FALSE(auth::check_route(auth::found_in(judged).claims, {{}, use}));
    }
    const PeerResponse told =
        issuer.get("/oauth2/userInfo", {{"Authorization", "Bearer " + text_of(tokens, "access_token")}});
    CHECK(text_of(json_of(told), "username") == "alice");
}

TEST_CASE("gw-token mint --issuer has a running issuer sign, and gw-token verify believes it") {
    const RunningIssuer issuer({"--alg", "ES256"});
    Command mint{{program_path("gw-token"), "mint", R"({"sub":"zoe"})", "--issuer", issuer.url()}, {}, {}, {}, ""};
    const Ending minted = must(run(mint));
    INFO(minted.errors);
    REQUIRE(minted.code == 0);
    Command verify{{program_path("gw-token"), "verify", "-", "--issuer", issuer.url(), "--alg", "ES256"},
                   {},
                   {},
                   {},
                   minted.output};
    const Ending verified = must(run(verify));
    INFO(verified.errors);
    CHECK(verified.code == 0);
    CHECK(text_of(must(parse_json(verified.output)), "sub") == "zoe");
}

TEST_CASE("the issuer ends with 0 when a signal comes, and takes its ready file away") {
    for (const int number : {SIGINT, SIGTERM}) {
        RunningIssuer issuer({"--alg", "ES256"});
        must(issuer.process().signal(number));
        const Ending ending = must(issuer.process().wait());
        CHECK(ending.code == 0);
        CHECK(ending.signal == 0);
        CHECK(ending.output.empty());
        CHECK_FALSE(issuer.is_ready_file_there());
    }
}

TEST_CASE("a port that somebody has is told, and another issuer's is not shared") {
    const RunningIssuer first({"--alg", "ES256"});
    const Ending second = must(run(
        {{program_path("gw-token"), "serve", "--alg", "ES256", "-p", std::to_string(first.port())}, {}, {}, {}, ""}));
    CHECK(second.code == 4);
    CHECK(second.errors.find("address already in use") != std::string::npos);
}

TEST_CASE("clients that say nothing, or half of something, keep nobody from being answered") {
    RunningIssuer issuer({"--alg", "ES256"});
    std::vector<RawClient> crowd;
    for (int i = 0; i < 300; ++i) {
        crowd.push_back(must(RawClient::connect(issuer.port())));
        if (i % 3 == 1) must(crowd.back().send("POST /token HTTP/1.1\r\nHost: loc"));
        if (i % 3 == 2)
            must(crowd.back().send("POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\ngrant"));
    }
    CHECK(issuer.get("/.well-known/jwks.json").status == 200);
    // more than there is room for: the oldest are sent away
    for (int i = 0; i < 400; ++i) crowd.push_back(must(RawClient::connect(issuer.port())));
    CHECK(issuer.get("/.well-known/jwks.json").status == 200);
    static_cast<void>(crowd.front().read_to_end());
    // and the end does not wait for them
    must(issuer.process().signal(SIGTERM));
    CHECK(must(issuer.process().wait()).code == 0);
}

TEST_CASE("a page of another origin has nothing signed by the issuer, and a script has") {
    const RunningIssuer issuer({"--alg", "ES256"});
    const PeerRequest plain{"POST", "/sign", {}, R"({"sub":"zoe"})"};
    CHECK(issuer.ask(plain).status == 200);
    for (const PeerFields& fields : {PeerFields{{"Origin", "https://evil.example"}},
                                     PeerFields{{"Origin", issuer.base()}, {"Origin", "https://evil.example"}},
                                     PeerFields{{"Sec-Fetch-Site", "cross-site"}}}) {
        PeerRequest request = plain;
        request.fields = fields;
        CHECK(issuer.ask(request).status == 403);
    }
    PeerRequest own = plain;
    own.fields = {{"Origin", issuer.base()}};
    CHECK(issuer.ask(own).status == 200);
}

TEST_CASE("what is no HTTP, too large or too long does not end the issuer, nor touches the terminal") {
    RunningIssuer issuer({"--alg", "ES256"});
    for (const std::string& bytes :
         {std::string("nonsense\r\n\r\n"), "GET /" + std::string(8000, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
          std::string("GET /\x1b[2J\x07 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
          "POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n" + std::string(100000, 'x'),
          std::string("BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n")}) {
        RawClient client = must(RawClient::connect(issuer.port()));
        static_cast<void>(client.send(bytes));
        static_cast<void>(client.read_to_end());
    }
    CHECK(issuer.get("/.well-known/jwks.json").status == 200);
    CHECK(issuer.process().errors().find('\x1b') == std::string::npos);
}

TEST_CASE("fetched keys that fit no allowed algorithm are warned of, and those that fit are not") {
    const Issuer issuer;  // its key is for RS256
    Gateway unfit({"/=mock:200:ok", "--jwt", issuer.url(), "--jwt-alg", "ES256"});
    const auto told = unfit.process().wait_for_errors("lets nobody in");
    REQUIRE(told);
    CHECK(told->find("warning: authorizer 'jwt' lets nobody in: it allows ES256, and its keys are for RS256") !=
          std::string::npos);
    CHECK(unfit.get("/", bearer(token_of(issuer.url()))).status == 401);
    Gateway fit({"/=mock:200:ok", "--jwt", issuer.url()});
    CHECK(fit.get("/", bearer(token_of(issuer.url()))).status == 200);
    CHECK(fit.process().errors().find("lets nobody in") == std::string::npos);
}
