// Keys of issuers as a gateway fetches them: late, rotated, refused, asked for by a flood; and what it never fetches.

#include <algorithm>
#include <thread>

#include "libgw/base/encoding.h"
#include "libgw/base/json.h"
#include "tests/integration/issuer.h"
#include "tests/support/catch.h"
#include "tests/support/faults.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/skip.h"

using namespace gw;
using namespace gw::test;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> believing(const std::string& issuer) { return {"mock:200:in", "--jwt", issuer, "--explain"}; }

bool is_let_in(const Gateway& gateway, const std::string& token) {
    return gateway.get("/", bearer(token)).status == 200;
}

/// Asks until there are keys: the gateway serves before its issuers have answered.
bool is_let_in_soon(const Gateway& gateway, const std::string& token) {
    return eventually([&] { return is_let_in(gateway, token); });
}

std::string discovery_of(const std::string& issuer, const std::string& keys) {
    return to_json(Value(Object{{"issuer", issuer}, {"jwks_uri", keys}}));
}

}  // namespace

TEST_CASE("keys are fetched before anybody asks, and once for a thousand tokens") {
    const Issuer issuer;
    Gateway gateway(believing(issuer.url()));
    CHECK(gateway.process().wait_for_errors("1 key (RS256 kid=k1)"));
    for (int i = 0; i < 300; ++i)
        REQUIRE(is_let_in(gateway, token_of(issuer.url(), {{"sub", "u" + std::to_string(i)}})));
    CHECK(issuer.count("/.well-known/openid-configuration") == 1);
    CHECK(issuer.fetches() == 1);
}

TEST_CASE("without keys a gateway warns, answers 503 and lets in as soon as the issuer is there") {
    ScriptedUpstream issuer({{reset_connection()},
                             {read_request(), reset_connection()},
                             {read_request(), answer(500, "no", "Connection: close\r\n")},
                             {read_request(), hold()}});
    Gateway gateway(believing(issuer.url()));
    REQUIRE(gateway.process().wait_for_errors("its routes answer 503 until keys come"));
    const std::string good = token_of(issuer.url());
    const RawResponse none = gateway.get("/");
    CHECK(none.status == 401);  // a token that is not there needs no keys
    const RawResponse early = gateway.get("/", bearer(good));
    CHECK(early.status == 503);
    CHECK(early.body == R"({"message":"Service Unavailable"})");
    CHECK(early.count("www-authenticate") == 0);
    CHECK(early.field("x-gw-explain").starts_with("jwt.keys"));
    CHECK(eventually([&] {
        return gateway.metric(R"(gw_authorizations_total{api="default",authorizer="jwt",decision="error"})") == 1;
    }));
    // it is asked again and again, more and more seldom, and by nobody's request
    CHECK(issuer.wait_for_connections(3));
}

TEST_CASE("an issuer that comes up late is believed from then on") {
    Issuer issuer;
    issuer.publish("starting", 503);
    const Gateway gateway(believing(issuer.url()));
    const std::string good = token_of(issuer.url());
    CHECK(gateway.get("/", bearer(good)).status == 503);
    issuer.publish(key_set());
    CHECK(is_let_in_soon(gateway, good));
    CHECK(gateway.get("/", bearer(token_of(issuer.url(), {}, "k2"))).status == 401);
}

TEST_CASE("a flood of tokens with names that no key has leads to two fetches at most, and refuses no good one") {
    const Issuer issuer;
    const Gateway gateway(believing(issuer.url()));
    const std::string good = token_of(issuer.url());
    REQUIRE(is_let_in_soon(gateway, good));
    const std::string claims = good.substr(good.find('.'));
    std::vector<std::thread> flood;
    std::atomic<int> refused = 0;
    for (int worker = 0; worker < 4; ++worker)
        flood.emplace_back([&, worker] {
            RawClient client = gateway.connect();
            for (int i = 0; i < 125; ++i) {
                const std::string header = "{\"alg\":\"RS256\",\"kid\":\"" + std::to_string(worker * 1000 + i) + "\"}";
                const std::string forged = to_base64url(header) + claims;
                if (!client.send(get_request("/", bearer(forged)))) return;
                const auto response = client.read_response();
                if (response && response->status == 401) ++refused;
            }
        });
    for (int i = 0; i < 20; ++i) CHECK(is_let_in(gateway, token_of(issuer.url(), {{"n", i}})));
    for (std::thread& thread : flood) thread.join();
    CHECK(refused == 500);
    CHECK(issuer.fetches() <= 2);
}

TEST_CASE("a key that an issuer begins to use is fetched once, and no good token is refused") {
    if (!Faults::available()) GW_SKIP("the clock cannot be moved under sanitizers");
    Issuer issuer;
    const Faults faults;
    Start how;
    how.environment = faults.environment();
    const Gateway gateway(believing(issuer.url()), how);
    const std::string before = token_of(issuer.url());
    REQUIRE(is_let_in_soon(gateway, before));
    faults.board().time_shift = std::int64_t{31} * 1'000'000'000;
    issuer.publish(key_set({"k1", "k2"}));
    const std::string after = token_of(issuer.url(), {}, "k2");
    std::vector<std::thread> callers;
    std::atomic<int> let_in = 0;
    for (int i = 0; i < 8; ++i) callers.emplace_back([&] { let_in += is_let_in(gateway, after) ? 1 : 0; });
    for (std::thread& caller : callers) caller.join();
    CHECK(let_in == 8);
    CHECK(issuer.fetches() == 2);
    CHECK(is_let_in(gateway, before));
    // the old key goes: what was remembered with it goes too, at the next refresh
    issuer.publish(key_set({"k2"}));
    faults.board().time_shift = std::int64_t{700} * 1'000'000'000;
    CHECK(eventually([&] {
        static_cast<void>(gateway.get("/", bearer(token_of(issuer.url(), {}, "k3"))));
        return !is_let_in(gateway, before);
    }));
    CHECK(is_let_in(gateway, after));
    // an outage is bridged
    issuer.publish("down", 500);
    faults.board().time_shift = std::int64_t{2000} * 1'000'000'000;
    static_cast<void>(gateway.get("/", bearer(token_of(issuer.url(), {}, "k4"))));
    CHECK(is_let_in(gateway, after));
}

TEST_CASE("what is no key set of this issuer gives no keys, and is not followed elsewhere") {
    const Issuer elsewhere;
    struct Case {
        const char* name;
        std::function<PeerResponse(const std::string& own)> discovery;
        PeerResponse keys;
        const char* told;  ///< a word of the warning
    };
    const auto good = [](const std::string& own) { return PeerResponse{200, {}, discovery_of(own, own + "/keys")}; };
    const PeerResponse set{200, {}, key_set()};
    const std::string twice =
        R"({"keys":[)" + to_json(signing_key("k1").to_jwk()) + "," + to_json(signing_key("k1").to_jwk()) + "]}";
    const std::vector<Case> cases = {
        {"another issuer",
         [](const std::string& own) { return PeerResponse{200, {}, discovery_of("https://a.example", own + "/keys")}; },
         set, "issuer"},
        {"a slash more",
         [](const std::string& own) { return PeerResponse{200, {}, discovery_of(own + "/", own + "/keys")}; }, set,
         "issuer"},
        {"discovery elsewhere",
         [&](const std::string&) {
             return PeerResponse{302, {{"Location", elsewhere.url() + "/.well-known/openid-configuration"}}, {}};
         },
         set, "status 302"},
        {"keys elsewhere", good, {301, {{"Location", elsewhere.url() + "/keys"}}, {}}, "status 301"},
        {"HTML", [](const std::string&) { return PeerResponse{200, {}, "<html>log in</html>"}; }, set, "discovery"},
        {"keys in HTML", good, {200, {{"Content-Type", "text/html"}}, "<html>log in</html>"}, "keys"},
        {"huge", [](const std::string&) { return PeerResponse{200, {}, "\"" + std::string(200000, 'a') + "\""}; }, set,
         "150000"},
        {"huge keys", good, {200, {}, key_set() + std::string(150000, ' ')}, "150000"},
        {"packed keys", good, {200, {{"Content-Encoding", "gzip"}}, key_set()}, "keys"},
        {"one name twice", good, {200, {}, twice}, "k1"},
        {"one member twice", good, {200, {}, R"({"keys":[],"keys":[]})"}, "keys"},
        {"no URL", [](const std::string& own) { return PeerResponse{200, {}, discovery_of(own, "/keys")}; }, set,
         "jwks_uri"},
        {"a file",
         [](const std::string& own) { return PeerResponse{200, {}, discovery_of(own, "file:///etc/passwd")}; }, set,
         "jwks_uri"},
        {"empty", [](const std::string&) { return PeerResponse{204, {}, {}}; }, set, "status 204"},
        {"refused", [](const std::string&) { return PeerResponse{403, {}, {}}; }, set, "status 403"},
    };
    for (const Case& wrong : cases) {
        INFO(wrong.name);
        PeerServer issuer([&](const PeerRequest& request) {
            const std::string own = "http://" + std::string(find_peer_field(request.fields, "host"));
            return request.target == "/keys" ? wrong.keys : wrong.discovery(own);
        });
        Gateway gateway(believing(issuer.url()));
        const auto warning = gateway.process().wait_for_errors("its routes answer 503 until keys come");
        REQUIRE(warning);
        INFO(*warning);
        CHECK(warning->find(wrong.told) != std::string::npos);
        CHECK(gateway.get("/", bearer(token_of(issuer.url()))).status == 503);
    }
    CHECK(elsewhere.fetches() == 0);
    CHECK(elsewhere.count("/.well-known/openid-configuration") == 0);
}

TEST_CASE("an issuer elsewhere cannot send a gateway to this machine for its keys, one on this machine can") {
    ScriptedUpstream trap({{read_request(), answer(200, key_set(), "Connection: close\r\n")}});
    PeerServer issuer([&](const PeerRequest& request) {
        return PeerResponse{
            200,
            {},
            discovery_of("http://" + std::string(find_peer_field(request.fields, "host")), trap.url() + "/keys")};
    });
    // a name that does not say that it is this machine, though it leads here
    const std::string elsewhere = "http://0.0.0.0:" + std::to_string(issuer.port());
    Gateway refusing(believing(elsewhere));
    CHECK(refusing.process().wait_for_errors("its routes answer 503 until keys come"));
    CHECK(refusing.get("/", bearer(token_of(elsewhere))).status == 503);
    CHECK(trap.connections() == 0);
    // what an operator chose himself may lie anywhere
    const Gateway chosen({"mock:200:in", "--jwt", elsewhere, "--jwt-jwks", trap.url() + "/keys"});
    CHECK(is_let_in_soon(chosen, token_of(elsewhere)));
    const std::string here = "http://localhost:" + std::to_string(issuer.port());
    const Gateway local(believing(here));
    CHECK(is_let_in_soon(local, token_of(here)));
}

TEST_CASE("what a token says about where its keys are leads to no connection") {
    ScriptedUpstream trap({{read_request(), answer(200, key_set({"k2"}), "Connection: close\r\n")}});
    const Issuer issuer;
    const Gateway gateway(believing(issuer.url()));
    REQUIRE(is_let_in_soon(gateway, token_of(issuer.url())));
    const Object places = {{"jku", trap.url() + "/keys"},
                           {"x5u", trap.url() + "/chain.pem"},
                           {"jwk", signing_key("k2").to_jwk()},
                           {"x5c", Array{"MIIB"}}};
    for (const Member& place : places) {
        INFO(place.key);
        for (const char* kid : {"k1", "k2"}) {
            Object header = {place};
            header.push_back({"kid", kid});
            const RawResponse response = gateway.get("/", bearer(sign(good_claims(issuer.url()), "k2", header)));
            CHECK(response.status == 401);
        }
        CHECK(is_let_in(gateway, sign(good_claims(issuer.url()), "k1", {place})));
    }
    const std::string elsewhere = trap.url();
    CHECK(gateway.get("/", bearer(token_of(elsewhere))).status == 401);
    CHECK(trap.connections() == 0);
    CHECK(issuer.fetches() <= 2);
}

TEST_CASE("names of keys are looked up in memory, whatever they are") {
    const Issuer issuer;
    const Gateway gateway(believing(issuer.url()));
    REQUIRE(is_let_in_soon(gateway, token_of(issuer.url())));
    for (const Value& kid :
         {Value("../../dev/null"), Value("' OR 1=1 --"), Value("|id"), Value(std::string("k1\0", 3)), Value("K1"),
          Value("k1 "), Value(""), Value(std::string(300, 'k')), Value(1), Value(), Value(Array{"k1"})}) {
        INFO(to_json(kid));
        CHECK(gateway.get("/", bearer(sign(good_claims(issuer.url()), "k1", {{"kid", kid}}))).status == 401);
    }
    CHECK(issuer.fetches() <= 2);
}

TEST_CASE("while an issuer hangs other routes answer, and its callers are told within its time") {
    ScriptedUpstream issuer({{read_request(), send_bytes("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"), hold()}});
    Start how;
    how.config = "version: 1\napis:\n  - authorizers:\n      a: {issuer: '" + issuer.url() +
                 "'}\n    routes:\n      - {routeKey: GET /open, integration: 'mock:200:open', auth: none}\n"
                 "      - {routeKey: GET /closed, integration: 'mock:200:closed', auth: a}\n";
    Gateway gateway({"--workers", "1"}, how);
    const std::string good = bearer(token_of(issuer.url()));
    std::vector<RawClient> waiting;
    for (int i = 0; i < 20; ++i) {
        waiting.push_back(gateway.connect());
        must(waiting.back().send(get_request("/closed", good)));
    }
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 50; ++i) CHECK(gateway.get("/open").body == "open");
    CHECK(std::chrono::steady_clock::now() - begin < 1400ms * 2);
    CHECK(gateway.get("/closed").status == 401);
    for (RawClient& client : waiting) CHECK(must(client.read_response()).status == 503);
    CHECK(eventually(
        [&] { return gateway.process().errors().find("no whole answer within 1s500ms") != std::string::npos; }));
    // one that leaves while it waits takes nobody with it
    RawClient leaving = gateway.connect();
    must(leaving.send(get_request("/closed", good)));
    leaving.reset();
    CHECK(gateway.get("/open").status == 200);
    issuer.release();
}

TEST_CASE("a reload keeps the keys that were fetched, and forgets tokens of an authorizer that changed") {
    Issuer issuer;
    const auto config = [&](const std::string& more) {
        return "version: 1\napis:\n  - auth: a\n    authorizers:\n      a: {issuer: '" + issuer.url() + "'" + more +
               "}\n    routes:\n      - {routeKey: GET /, integration: 'mock:200:in'}\n";
    };
    Start how;
    how.config = config("");
    const Gateway gateway({"--workers", "1"}, how);
    const std::string good = token_of(issuer.url(), {{"aud", "web"}});
    REQUIRE(is_let_in_soon(gateway, good));
    issuer.publish("down", 500);  // a gateway that fetched again would have nothing
    for (int i = 0; i < 5; ++i) {
        gateway.write_config(config(i % 2 == 0 ? ", audience: [web]" : ""));
        REQUIRE(gateway.order("/reload").status == 200);
        CHECK(is_let_in(gateway, good));
        CHECK(is_let_in(gateway, token_of(issuer.url(), {{"aud", "web"}, {"n", i}})));
    }
    gateway.write_config(config(", audience: [app]"));
    REQUIRE(gateway.order("/reload").status == 200);
    CHECK(eventually([&] { return gateway.get("/", bearer(good)).status == 401; }));
    CHECK(issuer.fetches() == 1);
}

TEST_CASE("several user pools are believed by one authorizer, each with its own keys") {
    const std::string west = "us-west-2_Aaaaaaaaa";
    const std::string east = "us-east-1_Bbbbbbbbb";
    std::atomic<int> asked = 0;
    PeerServer cognito([&](const PeerRequest& request) {
        ++asked;
        if (request.target == "/" + west + "/.well-known/jwks.json") return PeerResponse{200, {}, key_set({"k1"})};
        if (request.target == "/" + east + "/.well-known/jwks.json") return PeerResponse{200, {}, key_set({"k2"})};
        return PeerResponse{404, {}, ""};
    });
    Start how;
    how.config =
        "version: 1\nexplain: true\napis:\n  - auth: pools\n    kind: rest\n    authorizers:\n      pools: "
        "{type: cognito, userPools: ['" +
        west + "', 'arn:aws:cognito-idp:us-east-1:123456789012:userpool/" + east + "'], endpoint: '" + cognito.url() +
        "'}\n    routes:\n      - {routeKey: GET /, integration: 'mock:200:in'}\n      - {routeKey: GET /s, "
        "integration: 'mock:200:in', authorizationScopes: [read]}\n";
    const Gateway gateway({}, how);
    const auto of = [&](const std::string& pool, const std::string& kid, const Object& more) {
        Object claims = good_claims(cognito.url() + "/" + pool, {{"token_use", "id"}, {"aud", "web"}});
        for (const Member& member : more)
            std::find_if(claims.begin(), claims.end(), [&](const Member& claim) {
                return claim.key == member.key;
            })->value = member.value;
        return sign(claims, kid);
    };
    CHECK(is_let_in_soon(gateway, of(west, "k1", {})));
    CHECK(is_let_in_soon(gateway, of(east, "k2", {})));
    // the key of one pool says nothing about the other
    CHECK(gateway.get("/", bearer(of(west, "k2", {}))).status == 401);
    CHECK(gateway.get("/", bearer(of(east, "k1", {}))).status == 401);
    const RawResponse third = gateway.get("/", bearer(of("eu-west-1_Ccccccccc", "k1", {})));
    CHECK(third.status == 401);
    CHECK(third.field("x-gw-explain").starts_with("jwt.issuer"));
    // REST: without scopes an ID token, with scopes an access token
    CHECK(gateway.get("/", bearer(of(west, "k1", {{"token_use", "access"}})))
              .field("x-gw-explain")
              .starts_with("jwt.use"));
    CHECK(gateway.get("/s", bearer(of(west, "k1", {}))).status == 401);
    Object access =
        good_claims(cognito.url() + "/" + west, {{"token_use", "access"}, {"client_id", "web"}, {"scope", "read"}});
    CHECK(gateway.get("/s", bearer(sign(access))).status == 200);
    CHECK(asked <= 6);
}

TEST_CASE(
    "the option --cognito believes the user pool that gw-token serve stands in for, its clients and the use it is "
    "told") {
    const std::string pool = "us-east-1_Abc123456";
    const RunningIssuer issuer({"--cognito", pool});
    const auto tokens = [&](const std::string& client) {
        const PeerResponse response = issuer.post(
            "/oauth2/token", "grant_type=password&client_id=" + client + "&username=alice&password=x&scope=openid");
        return must(parse_json(response.body));
    };
    const Value web = tokens("web");
    const Value app = tokens("app");
    const auto status = [&](const std::string& options, const Value& from, const char* which) {
        const Gateway gateway({"mock:200:in", "--cognito", pool + options + ",endpoint=" + issuer.base()});
        const std::string token = *from.find_string(which);
        static_cast<void>(eventually([&] { return gateway.get("/", bearer(token)).status != 503; }));
        return gateway.get("/", bearer(token)).status;
    };
    CHECK(status("", web, "access_token") == 200);
    CHECK(status("", web, "id_token") == 200);
    CHECK(status(",client=web", web, "access_token") == 200);
    CHECK(status(",client=web", web, "id_token") == 200);
    CHECK(status(",client=web", app, "access_token") == 401);
    CHECK(status(",client=web", app, "id_token") == 401);
    CHECK(status(",client=web,client=app", app, "id_token") == 200);
    CHECK(status(",use=access", web, "access_token") == 200);
    CHECK(status(",use=access", web, "id_token") == 401);
    CHECK(status(",use=id", web, "id_token") == 200);
    CHECK(status(",use=id", web, "access_token") == 401);
}
