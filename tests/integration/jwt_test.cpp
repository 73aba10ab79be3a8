// Who is let in by a token: AWS's answers to the byte, scopes, and what a target learns of the caller.

#include <algorithm>

#include <fmt/format.h>

#include "libgw/base/clock.h"
#include "libgw/base/encoding.h"
#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "tests/integration/issuer.h"
#include "tests/support/catch.h"
#include "tests/support/faults.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/skip.h"

using namespace gw;
using namespace gw::test;

namespace {

constexpr const char* kIssuer = "https://issuer.example";

/// A gateway that believes k1 of a file, in front of a target that must not be reached unless a test says so.
struct Place {
    explicit Place(const std::vector<std::string>& more = {}, const Start& how = {}) {
        const std::string keys = directory.write("keys.json", key_set());
        std::vector<std::string> arguments = {target.url(), "--jwt", kIssuer, "--jwt-jwks", "@" + keys, "--explain"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        gateway.emplace(arguments, how);
    }
    TemporaryDirectory directory;
    ScriptedUpstream target{{{read_request(), answer(200, "reached", "Connection: close\r\n")}}};
    std::optional<Gateway> gateway;
};

std::string token(const Object& more = {}) { return token_of(kIssuer, more); }

std::int64_t in(int seconds) { return to_unix_seconds(std::chrono::system_clock::now()) + seconds; }

/// The lines of a head whose field has this name, whatever its case.
std::vector<std::string> values_of(const std::string& head, std::string_view name) {
    std::vector<std::string> values;
    for (const std::string_view line : split(std::string_view(head).substr(0, head.find("\r\n\r\n")), '\n')) {
        const auto colon = line.find(':');
        if (colon != line.npos && equals_ignoring_case(line.substr(0, colon), name))
            values.emplace_back(trim_ows(line.substr(colon + 1, line.find('\r') - colon - 1)));
    }
    return values;
}

bool has(std::string_view text, std::string_view word) { return text.find(word) != text.npos; }

struct Refused {
    std::string lines;
    std::string challenge;  ///< www-authenticate of HTTP APIs
    std::string explain;    ///< how x-gw-explain begins
};

std::vector<Refused> refused_tokens() {
    const std::string invalid = R"(Bearer scope="read" error="invalid_token" error_description=)";
    return {
        {"", "Bearer", "jwt.missing"},
        {"Authorization:\r\n", "Bearer", "jwt.missing"},
        {"Authorization: Bearer \r\n", "Bearer", "jwt.missing"},
        {bearer("x"), invalid + R"("token contains an invalid number of segments")", "jwt.malformed"},
        {bearer("a.b"), invalid + R"("token contains an invalid number of segments")", "jwt.malformed"},
        {"Authorization: Basic YTpi\r\n", invalid + R"("token contains an invalid number of segments")",
         "jwt.malformed"},
        {bearer("a.b.c"), invalid + R"("token is malformed")", "jwt.malformed"},
        {bearer(token({{"aud", "web"}, {"exp", in(-60)}})), invalid + R"("the token has expired")", "jwt.expired"},
        {bearer(token({{"aud", "web"}, {"nbf", in(600)}})), invalid + R"("the token is not valid yet")", "jwt.early"},
        {bearer(token({{"aud", "web"}, {"iat", in(600)}})), invalid + R"("the token is not valid yet")", "jwt.early"},
        {bearer(token({{"exp", "soon"}})), invalid + R"("the token does not have valid claims")", "jwt.claim"},
        {bearer(token({{"iss", "https://issuer.example/"}})), invalid + R"("the token does not have a valid issuer")",
         "jwt.issuer"},
        {bearer(token({{"aud", "webs"}, {"client_id", "web"}})),
         invalid + R"("the token does not have a valid audience")", "jwt.audience"},
        {bearer(token({{"aud", Array{}}, {"client_id", "web"}})),
         invalid + R"("the token does not have a valid audience")", "jwt.audience"},
        {bearer(sign(good_claims(kIssuer), "k2")), invalid + R"("signing key is not known")", "jwt.key"},
        {bearer(sign(good_claims(kIssuer), "k2", {{"kid", "k1"}})), invalid + R"("signature is invalid")",
         "jwt.signature"},
        {bearer(token({{"aud", "web"}, {"scope", "reading"}})),
         R"(Bearer scope="read" error="insufficient_scope" error_description="the token does not have a valid scope")",
         "jwt.scope"},
    };
}

}  // namespace

TEST_CASE("an HTTP API answers what AWS answers to a request without a good token, and its target hears nothing") {
    const Place place({"--jwt-audience", "web", "--jwt-scope", "read"});
    for (const Refused& refused : refused_tokens()) {
        INFO(refused.explain << " " << refused.lines);
        const RawResponse response = place.gateway->get("/", refused.lines);
        const bool scope = refused.explain == "jwt.scope";
        CHECK(response.status == (scope ? 403 : 401));
        CHECK(response.body == (scope ? R"({"message":"Forbidden"})" : R"({"message":"Unauthorized"})"));
        CHECK(response.field("www-authenticate") == refused.challenge);
        CHECK(response.count("www-authenticate") == 1);
        CHECK(response.field("content-type") == "application/json");
        CHECK(response.field("x-gw-explain").starts_with(refused.explain));
        CHECK(response.count("x-amzn-errortype") == 0);
    }
    CHECK(place.target.connections() == 0);
    CHECK(place.gateway->get("/", bearer(token({{"aud", "web"}, {"scope", "read write"}}))).body == "reached");
    CHECK(place.gateway->get("/", bearer(token({{"client_id", "web"}, {"scope", "write read"}}))).body == "reached");
    CHECK(place.target.connections() == 2);
    const auto decided = [&](std::string_view decision) {
        return place.gateway->metric(
            fmt::format(R"(gw_authorizations_total{{api="default",authorizer="jwt",decision="{}"}})", decision));
    };
    CHECK(eventually([&] { return decided("allow") == 2 && decided("deny") == refused_tokens().size(); }));
    CHECK(decided("error") == 0);
}

TEST_CASE("a REST API answers what AWS answers to a request without a good token, and its target hears nothing") {
    const Place place({"--api", "rest", "--jwt-audience", "web", "--jwt-scope", "read"});
    for (const Refused& refused : refused_tokens()) {
        INFO(refused.explain << " " << refused.lines);
        const RawResponse response = place.gateway->get("/", refused.lines);
        CHECK(response.status == 401);
        CHECK(response.body == (refused.explain == "jwt.expired" ? R"({"message":"The incoming token has expired"})"
                                                                 : R"({"message":"Unauthorized"})"));
        CHECK(response.field("x-amzn-errortype") == "UnauthorizedException");
        CHECK(response.count("www-authenticate") == 0);
        CHECK(response.field("x-gw-explain").starts_with(refused.explain));
    }
    CHECK(place.target.connections() == 0);
    CHECK(place.gateway->get("/", bearer(token({{"aud", "web"}, {"scope", "read"}}))).body == "reached");
}

TEST_CASE("a token comes raw or behind Bearer in any case, once") {
    const Place place;
    const std::string good = token();
    for (const std::string& lines :
         {"Authorization: " + good + "\r\n", "authorization: bearer " + good + "\r\n",
          "AUTHORIZATION: BEARER " + good + "\r\n", "Authorization: bEaReR   " + good + "  \r\n"}) {
        INFO(lines);
        CHECK(place.gateway->get("/", lines).body == "reached");
    }
    const std::size_t reached = place.target.connections();
    CHECK(place.gateway->get("/", bearer(good) + bearer(good)).status == 400);
    CHECK(place.gateway->get("/", bearer(good) + "authorization: x\r\n").status == 400);
    for (const std::string& lines :
         {"Authorization: Bearer Bearer " + good + "\r\n", "Authorization: Bearer " + good + "," + good + "\r\n",
          "Authorization: Token " + good + "\r\n", "Authorization: Bearer" + good + "\r\n",
          "Proxy-Authorization: Bearer " + good + "\r\n", "Cookie: authorization=" + good + "\r\n"}) {
        INFO(lines);
        CHECK(place.gateway->get("/", lines).status == 401);
    }
    CHECK(place.gateway->get("/?authorization=" + good).status == 401);
    CHECK(place.gateway->get("/?access_token=" + good).status == 401);
    CHECK(place.target.connections() == reached);
}

TEST_CASE("whom a connection let in before is nobody for its next request") {
    const Place place;
    const std::string good = bearer(token());
    RawClient client = place.gateway->connect();
    for (int round = 0; round < 3; ++round) {
        must(client.send(get_request("/", good)));
        CHECK(must(client.read_response()).status == 200);
        must(client.send(get_request("/", "")));
        CHECK(must(client.read_response()).status == 401);
        must(client.send(get_request("/", bearer("a.b.c"))));
        CHECK(must(client.read_response()).status == 401);
    }
    must(client.send(get_request("/", good) + get_request("/", "") + get_request("/", good)));
    for (const int status : {200, 401, 200}) CHECK(must(client.read_response()).status == status);
    CHECK(place.target.connections() == 5);
}

TEST_CASE("routes may ask for other scopes, another authorizer or a token elsewhere") {
    const TemporaryDirectory directory;
    const std::string first = directory.write("k1.json", key_set());
    const std::string second = directory.write("k2.json", key_set({"k2"}));
    Start how;
    how.config =
        "version: 1\nexplain: true\napis:\n  - auth: main\n    authorizationScopes: [read, admin]\n"
        "    authorizers:\n"
        "      main: {issuer: 'https://issuer.example', jwks: 'file:" +
        first +
        "'}\n"
        "      other: {issuer: 'https://issuer.example', jwks: 'file:" +
        second +
        "', identitySource: '$request.querystring.t'}\n"
        "      named: {issuer: 'https://issuer.example', jwks: 'file:" +
        first +
        "', identitySource: '$request.header.X-Token'}\n"
        "    routes:\n"
        "      - {routeKey: GET /api, integration: 'mock:200:api'}\n"
        "      - {routeKey: GET /own, integration: 'mock:200:own', authorizationScopes: [write]}\n"
        "      - {routeKey: GET /any, integration: 'mock:200:any', authorizationScopes: []}\n"
        "      - {routeKey: GET /open, integration: 'mock:200:open', auth: none}\n"
        "      - {routeKey: GET /other, integration: 'mock:200:other', auth: other, authorizationScopes: []}\n"
        "      - {routeKey: GET /named, integration: 'mock:200:named', auth: named, authorizationScopes: []}\n";
    const Gateway gateway({}, how);
    const auto status = [&](const std::string& path, const std::string& lines) {
        return gateway.get(path, lines).status;
    };
    const std::string read = bearer(token({{"scope", "read"}}));
    const std::string write = bearer(token({{"scp", Array{"write", "x"}}}));
    const std::string none = bearer(token());
    CHECK(status("/api", read) == 200);
    CHECK(status("/api", write) == 403);
    CHECK(status("/api", none) == 403);
    CHECK(status("/own", read) == 403);
    CHECK(status("/own", write) == 200);
    CHECK(status("/any", none) == 200);
    CHECK(status("/open", "") == 200);
    CHECK(gateway.get("/api", write).field("www-authenticate").starts_with(R"(Bearer scope="read admin" )"));
    // the same issuer with another key is another authorizer
    const std::string k2 = token_of(kIssuer, {}, "k2");
    CHECK(status("/other?t=" + k2, "") == 200);
    CHECK(status("/other?x=1&t=Bearer%20" + k2, "") == 200);
    CHECK(status("/other?t=" + token(), "") == 401);
    CHECK(status("/other", bearer(k2)) == 401);
    CHECK(status("/other?t=" + k2 + "&t=" + k2, "") == 401);
    CHECK(status("/other?t=", "") == 401);
    CHECK(status("/other?T=" + k2, "") == 401);
    CHECK(status("/any", bearer(k2)) == 401);
    CHECK(status("/named", "x-token: " + token() + "\r\n") == 200);
    CHECK(status("/named", bearer(token())) == 401);
    CHECK(status("/named", "x-token: " + token() + "\r\nX-Token: " + token() + "\r\n") == 401);
}

TEST_CASE("claims reach logs and targets where they are asked for, and only there") {
    const Place place({"--set-header", "x-sub: $context.authorizer.claims.sub", "--set-header",
                       "x-groups: $context.authorizer.claims['cognito:groups']", "--access-log",
                       "sub=$context.authorizer.claims.sub exp=$context.authorizer.claims.exp "
                       "roles=$context.authorizer.claims.roles none=$context.authorizer.claims.none "
                       "error=$context.authorizer.error"});
    const std::int64_t exp = in(600);
    const std::string good = token({{"exp", exp},
                                    {"sub", "bob"},
                                    {"email", "bob@example.com"},
                                    {"roles", Array{"admin", "dev"}},
                                    {"cognito:groups", Array{"a", "b"}}});
    CHECK(place.gateway->get("/", bearer(good)).status == 200);
    const std::string head = place.target.seen(0);
    CHECK(values_of(head, "x-sub") == std::vector<std::string>{"bob"});
    CHECK(values_of(head, "x-groups") == std::vector<std::string>{"[a b]"});
    CHECK_FALSE(has(head, "bob@example.com"));
    CHECK(place.gateway->get("/", bearer(token({{"exp", in(-60)}}))).status == 401);
    const std::string log = place.gateway->wait_for_log(2);
    CHECK(has(log, "sub=bob exp=" + std::to_string(exp) + " roles=[admin dev] none=- error=-\n"));
    CHECK(has(log, "error=invalid_token: the token has expired\n"));
    CHECK_FALSE(has(log, good.substr(good.rfind('.'))));
}

TEST_CASE("a client cannot write the field that a claim is mapped to") {
    const Place place({"--set-header", "X-Sub: $context.authorizer.claims.sub"});
    const std::string good = bearer(token({{"sub", "bob"}}));
    std::size_t number = 0;
    for (const char* spoof : {"x-sub: root\r\n", "X-SUB: root\r\n", "x-Sub: root\r\nX-sub: root\r\n"}) {
        INFO(spoof);
        CHECK(place.gateway->get("/", good + spoof).status == 200);
        const std::string head = place.target.seen(number++);
        CHECK(values_of(head, "x-sub") == std::vector<std::string>{"bob"});
        CHECK_FALSE(has(head, "root"));
    }
    // nor take it away
    for (const char* named : {"X-Sub:root\r\nConnection: X-Sub\r\n", "Connection: x-sub\r\n"}) {
        CHECK(place.gateway->get("/", good + named).status == 400);
        number = place.target.connections();
    }
    // a target that takes both spellings for one (CGI, WSGI) is not told another name
    const RawResponse odd = place.gateway->get("/", good + "X_Sub: root\r\n");
    if (odd.status == 200) CHECK_FALSE(has(place.target.seen(number), "root"));
    // a claim that is not there leaves nothing of the client's in its place
    Object claims = good_claims(kIssuer);
    std::erase_if(claims, [](const Member& claim) { return claim.key == "sub"; });
    const std::size_t before = place.target.connections();
    CHECK(place.gateway->get("/", bearer(sign(claims)) + "x-sub: root\r\n").status == 200);
    CHECK(values_of(place.target.seen(before), "x-sub").empty());
    // nor does a chunked body's trailer bring it
    RawClient client = place.gateway->connect();
    must(client.send("POST / HTTP/1.1\r\nHost: h\r\n" + good +
                     "Transfer-Encoding: chunked\r\nTrailer: x-sub\r\n\r\n1\r\na\r\n0\r\nx-sub: root\r\n\r\n"));
    static_cast<void>(client.read_response());
    for (std::size_t i = 0; i < place.target.connections(); ++i) CHECK_FALSE(has(place.target.seen(i), "root"));
}

TEST_CASE("what a claim holds cannot end the field that it is mapped to") {
    const Place place({"--set-header", "x-sub: $context.authorizer.claims.sub"});
    std::size_t reached = 0;
    for (const std::string& sub : {std::string("a\r\nX-Admin: 1"), std::string("a\nX-Admin: 1"), std::string("a\rb"),
                                   std::string("a\0X-Admin", 9), std::string("a\x1b[2J"), std::string("a\x7f"),
                                   std::string("a\r\n\r\nGET /admin HTTP/1.1\r\n\r\n")}) {
        INFO(sub);
        const RawResponse response = place.gateway->get("/", bearer(token({{"sub", sub}})));
        if (response.status == 200) {
            const std::string head = place.target.seen(reached++);
            for (const char c : head)
                if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) CHECK((c == '\r' || c == '\n'));
            CHECK(values_of(head, "x-admin").empty());
            CHECK_FALSE(has(head, "GET /admin"));
        }
        CHECK(place.target.connections() == reached);
    }
    CHECK(place.gateway->get("/", bearer(token({{"sub", "\xc3\xbc"}}))).status == 200);
}

TEST_CASE("every forgery of gw-token is refused, and the reason is told") {
    for (const bool rest : {false, true}) {
        const TemporaryDirectory directory;
        const std::string key = directory.file("key.jwk");
        must(run({{program_path("gw-token"), "key", "new", "--kid", "k1", "-o", key}, {}, {}, {}, ""}));
        const Ending set = must(run({{program_path("gw-token"), "key", "jwks", key}, {}, {}, {}, ""}));
        const std::string pool = "us-east-1_Example12";
        // a Cognito pool's rules ask for token_use too; its keys come from a stand-in
        PeerServer cognito([&](const PeerRequest& request) {
            return request.target == "/" + pool + "/.well-known/jwks.json" ? PeerResponse{200, {}, set.output}
                                                                           : PeerResponse{404, {}, ""};
        });
        ScriptedUpstream target({{read_request(), answer(200, "reached", "Connection: close\r\n")}});
        std::vector<std::string> arguments = {target.url(),  "--explain",
                                              "--cognito",   pool + ",client=web,use=access,endpoint=" + cognito.url(),
                                              "--jwt-scope", "read"};
        if (rest) arguments.insert(arguments.end(), {"--api", "rest"});
        const Gateway gateway(arguments);
        const std::string issuer = cognito.url() + "/" + pool;
        std::vector<std::string> mint = {
            program_path("gw-token"), "mint", "--like",    "cognito-access", "-k", key, "-c", "iss=" + issuer, "-c",
            "client_id=web",          "-c",   "scope=read"};
        const Ending good = must(run({mint, {}, {}, {}, ""}));
        REQUIRE(good.code == 0);
        const std::string good_token = good.output.substr(0, good.output.find('\n'));
        REQUIRE(eventually([&] { return gateway.get("/", bearer(good_token)).status != 503; }));
        CHECK(gateway.get("/", bearer(good_token)).status == 200);
        const std::size_t reached = target.connections();
        mint.insert(mint.end(), {"--bad", "all"});
        const Ending all = must(run({mint, {}, {}, {}, ""}));
        std::size_t count = 0;
        for (const std::string_view line : split(all.output, '\n')) {
            if (line.empty()) continue;
            const Value made = must(parse_json(line));
            const std::string name = *made.find_string("name");
            const std::string expect = *made.find_string("expect");
            INFO(name << " " << expect);
            const RawResponse response = gateway.get("/", bearer(*made.find_string("token")));
            if (name == "huge") {
                CHECK((response.status == 401 || response.status == 431));
            } else {
                CHECK(response.status == (name == "scope" && !rest ? 403 : 401));
                CHECK(response.field("x-gw-explain").starts_with(expect));
            }
            ++count;
        }
        CHECK(count == 16);
        CHECK(target.connections() == reached);
    }
}

TEST_CASE("a token is remembered only for the authorizer that judged it, and no longer than it lives") {
    const TemporaryDirectory directory;
    const std::string keys = directory.write("k1.json", key_set());
    const auto config = [&](const std::string& audience, const std::string& more) {
        return "version: 1\napis:\n  - authorizers:\n      a: {issuer: 'https://issuer.example', audience: [" +
               audience + "], jwks: 'file:" + keys +
               "'}\n      b: {issuer: 'https://issuer.example', audience: [y], jwks: 'file:" + keys +
               "'}\n    routes:\n      - {routeKey: GET /a, integration: 'mock:200', auth: a" + more +
               "}\n      - {routeKey: GET /b, integration: 'mock:200', auth: b}\n";
    };
    Start how;
    how.config = config("x", "");
    const Gateway gateway({"--workers", "1"}, how);
    const std::string x = bearer(token({{"aud", "x"}}));
    for (int i = 0; i < 3; ++i) {
        CHECK(gateway.get("/a", x).status == 200);
        CHECK(gateway.get("/b", x).status == 401);
    }
    gateway.write_config(config("z", ""));
    REQUIRE(gateway.order("/reload").status == 200);
    CHECK(eventually([&] { return gateway.get("/a", x).status == 401; }));
    gateway.write_config(config("x", ", authorizationScopes: [s]"));
    REQUIRE(gateway.order("/reload").status == 200);
    CHECK(eventually([&] { return gateway.get("/a", x).status == 403; }));
    // leeway is 30 s: this one dies in a second or two
    gateway.write_config(config("x", ""));
    REQUIRE(gateway.order("/reload").status == 200);
    const std::string dying = bearer(token({{"aud", "x"}, {"exp", in(-28)}}));
    REQUIRE(eventually([&] { return gateway.get("/a", x).status == 200; }));
    CHECK(gateway.get("/a", dying).status == 200);
    CHECK(eventually([&] { return gateway.get("/a", dying).status == 401; }));
}

TEST_CASE("a token lives by the calendar, and by no other clock") {
    if (!Faults::available()) GW_SKIP("clocks cannot be moved under sanitizers");
    constexpr std::int64_t kSecond = 1'000'000'000;
    constexpr std::int64_t kYears = 10 * 365 * 86400 * kSecond;
    const Faults faults;
    Start how;
    how.environment = faults.environment();
    const Place place({"--workers", "1"}, how);
    const std::string good = bearer(token({{"nbf", in(-60)}, {"exp", in(600)}}));
    const auto status = [&] { return place.gateway->get("/", good).status; };
    CHECK(status() == 200);
    faults.board().time_shift += 86400 * kSecond;
    CHECK(status() == 200);
    for (const std::int64_t shift : {700 * kSecond, -700 * kSecond, kYears, -kYears}) {
        INFO(shift / kSecond << " seconds off");
        faults.board().date_shift = shift;
        for (int i = 0; i < 3; ++i) CHECK(status() == 401);
        faults.board().time_shift += kSecond;
        faults.board().date_shift = 0;
        CHECK(status() == 200);
    }
}
