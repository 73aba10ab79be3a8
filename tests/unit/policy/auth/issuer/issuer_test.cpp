#include "libgw/policy/auth/issuer/issuer.h"

#include <fmt/format.h>

#include "libgw/base/encoding.h"
#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/policy/auth/cognito.h"
#include "libgw/policy/auth/discovery.h"
#include "libgw/policy/auth/token.h"
#include "tests/support/catch.h"
#include "tests/unit/policy/auth/issuer/flow.h"

namespace gw::issuer {
namespace {

constexpr const char* kPool = "us-east-1_Abc123456";

/// An issuer, its clock, and what was asked of it.
class Bench {
  public:
    explicit Bench(Settings settings) : chance_(1) {
        if (settings.users.empty()) {
            for (const char* user : {"alice:groups=admin,email=alice@example.org", "bob"})
                settings.users.push_back(*parse_user(user));
        }
        auto made = Issuer::make(std::move(settings), dice_of(chance_), now);
        REQUIRE(made);
        issuer_.emplace(*std::move(made));
    }

    Answer get(std::string_view target, std::string_view authorization = {}, std::string_view host = "127.0.0.1:9000") {
        const auto mark = target.find('?');
        return issuer_->answer({"GET", target.substr(0, mark),
                                mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1), host,
                                authorization, "", ""},
                               now);
    }
    Answer post(std::string_view path, std::string_view body, std::string_view authorization = {},
                std::string_view type = "application/x-www-form-urlencoded") {
        return issuer_->answer({"POST", path, "", "127.0.0.1:9000", authorization, type, body}, now);
    }
    /// As a browser asks for a page.
    Answer from_page(std::string_view method, std::string_view path, std::string_view body, std::string_view origin,
                     std::string_view site = {}) {
        return issuer_->answer(
            {method, path, "", "127.0.0.1:9000", "", "application/x-www-form-urlencoded", body, origin, site}, now);
    }
    Issuer& issuer() { return *issuer_; }
    auth::KeySet keys() { return *auth::KeySet::make(issuer_->keys(now)); }

    Date now = kNow;

  private:
    Random chance_;
    std::optional<Issuer> issuer_;
};

Settings with_elliptic_keys() {
    Settings settings;
    settings.algorithm = auth::Algorithm::es256;  // drawn in no time
    return settings;
}

Value json_of(const Answer& answer) {
    INFO(answer.body);
    auto value = parse_json(answer.body);
    REQUIRE(value);
    return *std::move(value);
}

std::string text_of(const Value& value, std::string_view name) {
    const std::string* text = value.find_string(name);
    return text == nullptr ? "" : *text;
}

std::string field_of(const Answer& answer, std::string_view name) {
    for (const auto& [key, value] : answer.fields) {
        if (key == name) return value;
    }
    return {};
}

/// The parameter of a redirection.
std::string parameter_of(const Answer& answer, std::string_view name) {
    const std::string location = field_of(answer, "Location");
    const auto form = Form::parse(std::string_view(location).substr(location.find('?') + 1));
    REQUIRE(form);
    return std::string(form->get(name));
}

std::string authorize_query(std::string_view more = {}) {
    return fmt::format(
        "response_type=code&client_id=web&redirect_uri=http%3A%2F%2Flocalhost%3A5173%2Fcb&code_challenge={}&"
        "code_challenge_method=S256{}",
        kChallenge, more);
}

std::string redeem_body(std::string_view code, std::string_view verifier = kVerifier) {
    return fmt::format(
        "grant_type=authorization_code&client_id=web&redirect_uri=http%3A%2F%2Flocalhost%3A5173%2Fcb&code={}&"
        "code_verifier={}",
        code, verifier);
}

void require_error(const Answer& answer, int status, std::string_view error) {
    INFO(answer.body);
    CHECK(answer.status == status);
    const Value body = json_of(answer);
    CHECK(text_of(body, "error") == error);
    CHECK_FALSE(text_of(body, "error_description").empty());
    CHECK(field_of(answer, "Cache-Control") == "no-store");
}

}  // namespace

TEST_CASE("discovery names the issuer as it was called, and our own reader takes it") {
    Bench bench(with_elliptic_keys());
    for (const char* host : {"127.0.0.1:9000", "localhost:9000"}) {
        const Answer answer = bench.get("/.well-known/openid-configuration", {}, host);
        CHECK(answer.status == 200);
        const std::string issuer = fmt::format("http://{}", host);
        const auto read = auth::parse_discovery(answer.body, issuer);
        REQUIRE(read);
        CHECK(read->jwks_uri == issuer + "/.well-known/jwks.json");
        CHECK(read->algorithms.contains(auth::Algorithm::es256));
    }
    const Answer answer = bench.get("/.well-known/jwks.json");
    const auto set = auth::KeySet::parse(answer.body, auth::KeySet::Source::fetched);
    REQUIRE(set);
    CHECK(set->keys().size() == 1);
    CHECK(answer.body.find("\"d\"") == std::string::npos);
}

TEST_CASE("a Host that is not this machine's is refused, so that no name of a stranger leads here") {
    Bench bench(with_elliptic_keys());
    for (const char* host :
         {"evil.example", "127.0.0.1.evil.example", "localhost.evil.example:9000", "", "10.0.0.1:9000"}) {
        INFO(host);
        CHECK(bench.get("/.well-known/jwks.json", {}, host).status == 421);
    }
    CHECK(bench.get("/.well-known/jwks.json", {}, "[::1]:9000").status == 200);
}

TEST_CASE("no answer carries a CORS field") {
    Bench bench(with_elliptic_keys());
    for (const Answer& answer : {bench.get("/.well-known/jwks.json"), bench.post("/token", ""), bench.get("/nothing"),
                                 bench.post("/sign", "{}")})
        for (const auto& [name, value] : answer.fields)
            CHECK(to_lower(name).find("access-control") == std::string::npos);
}

TEST_CASE("what a page of another origin posts is refused, and nothing is signed, granted or turned for it") {
    Settings settings = with_elliptic_keys();
    settings.rotation = std::chrono::minutes(30);
    Bench bench(std::move(settings));
    const std::string kid = bench.issuer().keys(bench.now).front().kid();
    const std::string own = "http://127.0.0.1:9000";
    const std::pair<const char*, const char*> posts[] = {
        {"/sign", R"({"sub":"zoe"})"},
        {"/token", "grant_type=password&client_id=web&username=alice&password=x"},
        {"/rotate", ""},
    };
    for (const auto& [path, body] : posts) {
        INFO(path);
        for (const std::string& origin : {std::string("https://evil.example"), std::string("null"),
                                          std::string("http://127.0.0.1:9001"), std::string("http://localhost:9000"),
                                          std::string("https://127.0.0.1:9000"), own + ".evil.example", own + "/"}) {
            INFO(origin);
            require_error(bench.from_page("POST", path, body, origin), 403, "access_denied");
        }
        for (const char* site : {"cross-site", "same-site"})
            require_error(bench.from_page("POST", path, body, {}, site), 403, "access_denied");
    }
    CHECK(bench.issuer().keys(bench.now).front().kid() == kid);
    require_error(bench.from_page("OPTIONS", "/sign", {}, "https://evil.example"), 403, "access_denied");
    for (const auto& [path, body] : posts) {
        INFO(path);
        CHECK(bench.from_page("POST", path, body, own, "same-origin").status == 200);
        CHECK(bench.from_page("POST", path, body, {}).status == 200);
    }
    CHECK(bench.from_page("GET", "/.well-known/jwks.json", {}, "https://evil.example").status == 200);
}

TEST_CASE("the code flow with PKCE gives tokens that verify, once for each code") {
    Bench bench(with_elliptic_keys());
    const Answer led =
        bench.get("/authorize?" + authorize_query("&login_hint=alice&state=s%26t&nonce=n1&scope=openid+read"));
    REQUIRE(led.status == 302);
    CHECK(field_of(led, "Location").starts_with("http://localhost:5173/cb?code="));
    CHECK(parameter_of(led, "state") == "s&t");
    CHECK(parameter_of(led, "iss") == "http://127.0.0.1:9000");
    const std::string code = parameter_of(led, "code");

    require_error(bench.post("/token", redeem_body(code, std::string(43, 'a'))), 400, "invalid_grant");
    const Answer granted = bench.post("/token", redeem_body(code));
    INFO(granted.body);
    REQUIRE(granted.status == 200);
    CHECK(field_of(granted, "Cache-Control") == "no-store");
    CHECK(field_of(granted, "Pragma") == "no-cache");
    const Value body = json_of(granted);
    CHECK(text_of(body, "token_type") == "Bearer");
    CHECK(text_of(body, "scope") == "openid read");

    auth::TokenRules rules;
    rules.algorithms = {auth::Algorithm::es256};
    rules.claims.issuer = "http://127.0.0.1:9000";
    rules.claims.audiences = {"web"};
    const auto access = verify_token(text_of(body, "access_token"), bench.keys(), rules, nullptr, bench.now);
    REQUIRE(auth::fault_of(access) == nullptr);
    CHECK(auth::found_in(access).header.type == "at+jwt");
    CHECK(auth::found_in(access).claims.text("sub") == "alice");
    CHECK(auth::found_in(access).claims.text("client_id") == "web");
    CHECK(to_json(*auth::found_in(access).claims.find("groups")) == R"(["admin"])");
    const auto id = verify_token(text_of(body, "id_token"), bench.keys(), rules, nullptr, bench.now);
    REQUIRE(auth::fault_of(id) == nullptr);
    CHECK(auth::found_in(id).claims.text("nonce") == "n1");
    CHECK(auth::found_in(id).claims.text("email") == "alice@example.org");

    const auto user_info = [&] { return bench.get("/userinfo", "Bearer " + text_of(body, "access_token")); };
    CHECK(user_info().status == 200);
    require_error(bench.post("/token", redeem_body(code)), 400, "invalid_grant");
    require_error(user_info(), 401, "invalid_token");
    require_error(
        bench.post("/token", "grant_type=refresh_token&client_id=web&refresh_token=" + text_of(body, "refresh_token")),
        400, "invalid_grant");
}

TEST_CASE("an authorization request that cannot be trusted to lead back is answered here") {
    Bench bench(with_elliptic_keys());
    const std::string pkce =
        fmt::format("&code_challenge={}&code_challenge_method=S256&response_type=code", kChallenge);
    for (const char* query :
         {"client_id=web", "redirect_uri=http://localhost/cb", "client_id=web&redirect_uri=https://evil.example/cb",
          "client_id=web&redirect_uri=http://localhost.evil.example/cb", "client_id=web&redirect_uri=/cb",
          "client_id=web&redirect_uri=http://user@localhost/cb", "client_id=web&redirect_uri=javascript:alert(1)",
          "client_id=web&client_id=other&redirect_uri=http://localhost/cb"}) {
        INFO(query);
        require_error(bench.get(std::string("/authorize?") + query + pkce), 400, "invalid_request");
    }
}

TEST_CASE("a redirect_uri elsewhere is led to when it was allowed, byte for byte") {
    Settings settings = with_elliptic_keys();
    settings.redirects = {"https://app.example.com/cb?x=1"};
    Bench bench(std::move(settings));
    const std::string rest = fmt::format(
        "client_id=web&response_type=code&code_challenge={}&code_challenge_method=S256&user=bob", kChallenge);
    const Answer led = bench.get("/authorize?redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb%3Fx%3D1&" + rest);
    REQUIRE(led.status == 302);
    CHECK(field_of(led, "Location").starts_with("https://app.example.com/cb?x=1&code="));
    require_error(bench.get("/authorize?redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb&" + rest), 400,
                  "invalid_request");
}

TEST_CASE("what is wrong with an authorization request goes back to the client, with its state") {
    Bench bench(with_elliptic_keys());
    const std::string base = "client_id=web&redirect_uri=http%3A%2F%2Flocalhost%3A5173%2Fcb&state=x";
    const std::string pkce = fmt::format("&code_challenge={}&code_challenge_method=S256", kChallenge);
    const std::string user = "&login_hint=alice";
    for (const auto& [query, error] : std::vector<std::pair<std::string, std::string>>{
             {base + pkce + user, "unsupported_response_type"},
             {base + pkce + user + "&response_type=token", "unsupported_response_type"},
             {base + user + "&response_type=code", "invalid_request"},
             {base + user + "&response_type=code&code_challenge=" + kChallenge, "invalid_request"},
             {base + user + "&response_type=code&code_challenge_method=plain&code_challenge=" + kChallenge,
              "invalid_request"},
             {base + pkce + user + "&response_type=code&scope=a%22b", "invalid_scope"},
             {base + pkce + user + "&response_type=code&request=eyJ", "request_not_supported"},
             {base + pkce + "&response_type=code", "login_required"},
             {base + pkce + "&response_type=code&login_hint=mallory", "access_denied"}}) {
        INFO(query);
        const Answer led = bench.get("/authorize?" + query);
        REQUIRE(led.status == 302);
        CHECK(parameter_of(led, "error") == error);
        CHECK(parameter_of(led, "state") == "x");
        CHECK(parameter_of(led, "code").empty());
    }
}

TEST_CASE("who is the only user need not be named") {
    Settings settings = with_elliptic_keys();
    settings.users = {*parse_user("carol")};
    Bench bench(std::move(settings));
    const Answer led = bench.get("/authorize?" + authorize_query());
    REQUIRE(led.status == 302);
    CHECK_FALSE(parameter_of(led, "code").empty());
}

TEST_CASE("the token endpoint says what is wrong in the words of RFC 6749") {
    Bench bench(with_elliptic_keys());
    const std::string basic = "Basic " + to_base64("web:secret");
    require_error(bench.post("/token", "grant_type=client_credentials", basic, "application/json"), 400,
                  "invalid_request");
    require_error(bench.post("/token", "grant_type=client_credentials"), 401, "invalid_client");
    require_error(bench.post("/token", "grant_type=client_credentials&client_id=web"), 401, "invalid_client");
    const Answer bearer = bench.post("/token", "grant_type=client_credentials", "Bearer x");
    require_error(bearer, 401, "invalid_client");
    CHECK(field_of(bearer, "WWW-Authenticate").starts_with("Basic"));
    require_error(bench.post("/token", "client_id=web"), 400, "invalid_request");
    require_error(bench.post("/token", "grant_type=magic&client_id=web"), 400, "unsupported_grant_type");
    require_error(bench.post("/token", "grant_type=password&grant_type=password&client_id=web"), 400,
                  "invalid_request");
    require_error(bench.post("/token", "grant_type=password&client_id=web&username=alice"), 400, "invalid_request");
    require_error(bench.post("/token", "grant_type=password&client_id=web&username=mallory&password=x"), 400,
                  "invalid_grant");
    require_error(bench.post("/token", "grant_type=client_credentials&scope=a%22", basic), 400, "invalid_scope");
    require_error(bench.post("/token", "grant_type=client_credentials&client_id=other", basic), 400, "invalid_request");
    require_error(bench.post("/token", "grant_type=client_credentials&client_secret=x", basic), 400, "invalid_request");
    require_error(bench.post("/token", redeem_body("x")), 400, "invalid_grant");
    const Answer got = bench.get("/token");
    require_error(got, 405, "invalid_request");
    CHECK(field_of(got, "Allow") == "POST");
}

TEST_CASE("a client gets a token for itself, for the audience it asks for, and no other tokens") {
    Bench bench(with_elliptic_keys());
    const Answer answer =
        bench.post("/token", "grant_type=client_credentials&scope=orders%3Aread&audience=https%3A%2F%2Fapi.example.com",
                   "Basic " + to_base64("ci%3Ajob:secret"));
    REQUIRE(answer.status == 200);
    const Value body = json_of(answer);
    CHECK(body.find("id_token") == nullptr);
    CHECK(body.find("refresh_token") == nullptr);
    auth::TokenRules rules;
    rules.algorithms = {auth::Algorithm::es256};
    rules.claims.audiences = {"https://api.example.com"};
    const auto token = verify_token(text_of(body, "access_token"), bench.keys(), rules, nullptr, bench.now);
    REQUIRE(auth::fault_of(token) == nullptr);
    CHECK(auth::found_in(token).claims.text("sub") == "ci:job");
    CHECK(auth::found_in(token).claims.text("scope") == "orders:read");
}

TEST_CASE("a refresh token gives new tokens, once, and no more scopes than before") {
    Bench bench(with_elliptic_keys());
    const Value first = json_of(
        bench.post("/token", "grant_type=password&client_id=web&username=bob&password=x&scope=openid+orders%3Aread"));
    const std::string refresh = text_of(first, "refresh_token");
    const std::string ask = "grant_type=refresh_token&client_id=web&refresh_token=" + refresh;
    require_error(bench.post("/token", ask + "&scope=admin"), 400, "invalid_scope");
    require_error(bench.post("/token", "grant_type=refresh_token&client_id=other&refresh_token=" + refresh), 400,
                  "invalid_grant");
    const Answer second = bench.post("/token", ask + "&scope=orders%3Aread");
    INFO(second.body);
    REQUIRE(second.status == 200);
    CHECK(text_of(json_of(second), "scope") == "orders:read");
    require_error(bench.post("/token", ask), 400, "invalid_grant");
    const Answer third = bench.post(
        "/token", "grant_type=refresh_token&client_id=web&refresh_token=" + text_of(json_of(second), "refresh_token"));
    REQUIRE(third.status == 200);
    CHECK(text_of(json_of(third), "scope") == "openid orders:read");
}

TEST_CASE("userinfo speaks of the token's user to access tokens with openid, and to nobody else") {
    Bench bench(with_elliptic_keys());
    const Value body = json_of(bench.post("/token", "grant_type=password&client_id=web&username=alice&password=x"));
    const Answer told = bench.get("/userinfo", "Bearer " + text_of(body, "access_token"));
    REQUIRE(told.status == 200);
    CHECK(to_json(json_of(told)) ==
          R"({"sub":"alice","preferred_username":"alice","groups":["admin"],"email":"alice@example.org"})");
    const Answer none = bench.get("/userinfo");
    require_error(none, 401, "invalid_token");
    CHECK(field_of(none, "WWW-Authenticate") == "Bearer");
    require_error(bench.get("/userinfo", "Bearer " + text_of(body, "id_token")), 401, "invalid_token");
    require_error(bench.get("/userinfo", "Bearer x"), 401, "invalid_token");
    const Value narrow =
        json_of(bench.post("/token", "grant_type=password&client_id=web&username=alice&password=x&scope=orders"));
    require_error(bench.get("/userinfo", "Bearer " + text_of(narrow, "access_token")), 403, "insufficient_scope");
    bench.now += std::chrono::hours(1);
    require_error(bench.get("/userinfo", "Bearer " + text_of(body, "access_token")), 401, "invalid_token");
}

TEST_CASE("claims that are handed in are signed, and what is missing is filled in") {
    Bench bench(with_elliptic_keys());
    const Answer answer = bench.post("/sign", R"({"sub":"zoe","exp":1800000009,"n":[1,2.50]})", {}, "application/json");
    REQUIRE(answer.status == 200);
    auth::TokenRules rules;
    rules.algorithms = {auth::Algorithm::es256};
    const auto token = verify_token(text_of(json_of(answer), "token"), bench.keys(), rules, nullptr, bench.now);
    REQUIRE(auth::fault_of(token) == nullptr);
    CHECK(to_json(auth::found_in(token).claims.all()) ==
          R"({"sub":"zoe","exp":1800000009,"n":[1,2.50],"iss":"http://127.0.0.1:9000","iat":1800000000})");
    for (const char* body : {"", "[]", "{", R"({"a":1,"a":2})"}) {
        INFO(body);
        const Answer refused = bench.post("/sign", body);
        CHECK(refused.status == 400);
        CHECK(text_of(json_of(refused), "error").starts_with("the claims"));
    }
}

TEST_CASE("through a rotation no good token is refused, and an old key goes when its last token has") {
    Settings settings = with_elliptic_keys();
    settings.rotation = std::chrono::minutes(30);
    Bench bench(std::move(settings));
    auth::TokenRules rules;
    rules.algorithms = {auth::Algorithm::es256};
    rules.claims.leeway = std::chrono::seconds(0);
    const auto mint = [&] {
        return text_of(json_of(bench.post("/token", "grant_type=password&client_id=web&username=bob&password=x")),
                       "access_token");
    };
    struct Live {
        std::string token;
        Date end;
    };
    std::vector<Live> live;
    auth::KeySet before = bench.keys();
    for (int minute = 0; minute < 300; ++minute) {
        bench.now = kNow + std::chrono::minutes(minute);
        live.push_back({mint(), bench.now + std::chrono::hours(1)});
        // whoever fetched the keys a minute ago can verify what is signed now
        REQUIRE(auth::fault_of(verify_token(live.back().token, before, rules, nullptr, bench.now)) == nullptr);
        before = bench.keys();
        for (const Live& each : live) {
            const auto judged = verify_token(each.token, before, rules, nullptr, bench.now);
            REQUIRE((auth::fault_of(judged) == nullptr) == (bench.now < each.end));
        }
        CHECK(before.keys().size() <= 5);
    }
}

TEST_CASE("a rotation by hand signs with the key that was published before") {
    Settings settings = with_elliptic_keys();
    settings.rotation = std::chrono::hours(1);
    Bench bench(std::move(settings));
    const auto published = bench.issuer().keys(bench.now);
    REQUIRE(published.size() == 2);
    const Answer answer = bench.post("/rotate", "");
    REQUIRE(answer.status == 200);
    CHECK(text_of(json_of(answer), "kid") == published[1].kid());
    Bench still(with_elliptic_keys());
    CHECK(still.post("/rotate", "").status == 400);
}

TEST_CASE("as Cognito it has two keys, Cognito's paths, and Cognito's claims") {
    Settings settings;
    settings.pool = kPool;
    settings.users = {*parse_user("alice:groups=admin,custom:plan=gold")};
    Bench bench(std::move(settings));
    const auto pool = auth::UserPool::make(kPool, "http://127.0.0.1:9000");
    REQUIRE(pool);
    const auto read =
        auth::parse_discovery(bench.get("/us-east-1_Abc123456/.well-known/openid-configuration").body, pool->issuer);
    REQUIRE(read);
    CHECK(read->jwks_uri == pool->jwks_url());
    const auto set = auth::KeySet::parse(bench.get("/us-east-1_Abc123456/.well-known/jwks.json").body,
                                         auth::KeySet::Source::fetched);
    REQUIRE(set);
    CHECK(set->keys().size() == 2);
    CHECK(bench.get("/.well-known/jwks.json").status == 404);

    const Value body = json_of(
        bench.post("/oauth2/token", "grant_type=password&client_id=7abc&username=alice&password=x&scope=openid+email"));
    const auth::TokenRules rules = auth::cognito_rules(*pool, {"7abc"});
    const auto access = verify_token(text_of(body, "access_token"), *set, rules, nullptr, bench.now);
    const auto id = verify_token(text_of(body, "id_token"), *set, rules, nullptr, bench.now);
    REQUIRE(auth::fault_of(access) == nullptr);
    REQUIRE(auth::fault_of(id) == nullptr);
    CHECK(auth::found_in(access).header.kid != auth::found_in(id).header.kid);
    const auth::Claims& claims = auth::found_in(access).claims;
    CHECK(claims.find("aud") == nullptr);
    CHECK(claims.text("client_id") == "7abc");
    CHECK(claims.text("token_use") == "access");
    CHECK(claims.text("username") == "alice");
    CHECK(to_json(*claims.find("version")) == "2");
    CHECK(to_json(*claims.find("cognito:groups")) == R"(["admin"])");
    const auth::Claims& identity = auth::found_in(id).claims;
    CHECK(identity.text("token_use") == "id");
    CHECK(identity.text("cognito:username") == "alice");
    CHECK(identity.text("custom:plan") == "gold");
    CHECK(identity.text("sub") == claims.text("sub"));
    CHECK(identity.text("origin_jti") == claims.text("origin_jti"));
    CHECK(identity.text("jti") != claims.text("jti"));
    CHECK(claims.text("sub").size() == 36);

    CHECK(bench.get("/oauth2/userInfo", "Bearer " + text_of(body, "access_token")).status == 200);
    require_error(bench.get("/oauth2/userInfo", "Bearer " + text_of(body, "id_token")), 401, "invalid_token");

    const Value machine = json_of(bench.post("/oauth2/token", "grant_type=client_credentials&scope=api%2Fread",
                                             "Basic " + to_base64("7abc:secret")));
    const auto own = verify_token(text_of(machine, "access_token"), *set, rules, nullptr, bench.now);
    REQUIRE(auth::fault_of(own) == nullptr);
    CHECK(auth::found_in(own).claims.text("sub") == "7abc");
    CHECK(auth::found_in(own).claims.find("username") == nullptr);

    const std::string refresh =
        "grant_type=refresh_token&client_id=7abc&refresh_token=" + text_of(body, "refresh_token");
    const Value again = json_of(bench.post("/oauth2/token", refresh));
    CHECK(again.find("refresh_token") == nullptr);
    CHECK_FALSE(text_of(again, "id_token").empty());
    CHECK(bench.post("/oauth2/token", refresh).status == 200);

    const Answer signed_id = bench.post("/us-east-1_Abc123456/sign", R"({"token_use":"id","aud":"7abc"})");
    const auto by_hand = verify_token(text_of(json_of(signed_id), "token"), *set, rules, nullptr, bench.now);
    REQUIRE(auth::fault_of(by_hand) == nullptr);
    CHECK(auth::found_in(by_hand).header.kid == auth::found_in(id).header.kid);
    CHECK(auth::found_in(by_hand).header.type.empty());
}

TEST_CASE("settings that contradict each other are refused") {
    const Dice dice = [](std::span<std::uint8_t>) -> Result<void> { return ok(); };
    Settings cognito = with_elliptic_keys();
    cognito.pool = kPool;
    Settings name = with_elliptic_keys();
    name.issuer = "issuer.example";
    Settings twins = with_elliptic_keys();
    twins.users = {*parse_user("alice"), *parse_user("alice:a=b")};
    Settings instant = with_elliptic_keys();
    instant.lifetime = std::chrono::seconds(0);
    Settings redirect = with_elliptic_keys();
    redirect.redirects = {"nowhere"};
    Settings turning = with_elliptic_keys();
    turning.rotation = Nanoseconds(0);
    for (const Settings& settings : {cognito, name, twins, instant, redirect, turning})
        CHECK_FALSE(Issuer::make(settings, dice, kNow));
}

}  // namespace gw::issuer
