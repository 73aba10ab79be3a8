#include "libgw/policy/auth/claims.h"

#include "tests/support/catch.h"
#include "tests/unit/policy/auth/keys.h"

using namespace gw;
using namespace gw::auth;
using namespace gw::auth::test_keys;

namespace {

std::string_view reason_of(std::string_view payload) {
    const auto parsed = Claims::parse(payload);
    const TokenFault* fault = fault_of(parsed);
    return fault == nullptr ? std::string_view() : fault->reason;
}

Claims claims_of(std::string_view payload) {
    const auto parsed = Claims::parse(payload);
    INFO(payload);
    REQUIRE(fault_of(parsed) == nullptr);
    return found_in(parsed);
}

/// The reason that rules give; "" when they are kept.
std::string_view check(std::string_view payload, const ClaimRules& rules, Date date = kNow) {
    const auto fault = check_claims(claims_of(payload), {}, rules, nullptr, date);
    return fault ? fault->reason : std::string_view();
}

std::string_view check(std::string_view payload, const RouteRules& rules) {
    const auto fault = check_route(claims_of(payload), rules);
    return fault ? fault->reason : std::string_view();
}

ClaimRules audience(std::vector<std::string> audiences) {
    ClaimRules rules;
    rules.audiences = std::move(audiences);
    rules.requires_exp = false;
    return rules;
}

Date seconds(std::int64_t count) { return Date(std::chrono::seconds(count)); }

}  // namespace

TEST_CASE("claims are a JSON object without duplicate members, of bounded depth and number", "[auth][claims]") {
    for (const char* payload : {"", "null", "[]", "7", "\"text\"", "{", "{}x", R"({"sub":"a","sub":"b"})",
                                R"({"a":{"b":1,"b":2}})", "{\"a\":\"\xff\"}", R"({"exp":1e400})", R"({"exp":NaN})",
                                R"({"exp":Infinity})", R"({"exp":01})", R"({"exp":+1})", R"({"exp":.5})"}) {
        INFO(payload);
        CHECK(reason_of(payload) == reason::kJwtMalformed);
    }
    CHECK(reason_of("{}").empty());
    CHECK(reason_of("{\"a\":" + std::string(15, '[') + std::string(15, ']') + "}").empty());
    CHECK(reason_of("{\"a\":" + std::string(16, '[') + std::string(16, ']') + "}") == reason::kJwtMalformed);
    CHECK(reason_of(std::string(100000, '[')) == reason::kJwtMalformed);
    std::string many = "{";
    for (int i = 0; i < 100000; ++i) many += "\"c" + std::to_string(i) + "\":0,";
    many.back() = '}';
    CHECK(reason_of(many) == reason::kJwtMalformed);
}

TEST_CASE("dates are numbers of seconds from 0 to 2 to the power of 41", "[auth][claims]") {
    for (const char* name : {"exp", "nbf", "iat"}) {
        const auto judged = [&](const std::string& value) {
            return reason_of(std::string("{\"") + name + "\":" + value + "}");
        };
        for (const char* value :
             {"0", "1", "1700000000", "1.7e9", "1700000000.5", "2199023255552", "-0", "-0.0", "1e-300"}) {
            INFO(name << " " << value);
            CHECK(judged(value).empty());
        }
        for (const char* value :
             {"\"1700000000\"", "\"\"", "null", "true", "[]", "[1700000000]", "{}", "-1", "-0.5", "2199023255553",
              "2199023255552.5", "9007199254740993", "9223372036854775807", "9223372036854775808",
              "18446744073709551615", "18446744073709551616", "1e300", "-1e300"}) {
            INFO(name << " " << value);
            CHECK(judged(value) == reason::kJwtClaim);
        }
    }
    CHECK(claims_of(R"({"exp":1.7e9})").expires() == 1700000000000);
    CHECK(claims_of(R"({"exp":10.0009})").expires() == 10000);
    CHECK(claims_of(R"({"exp":2199023255552})").expires() == 2199023255552000);
    CHECK_FALSE(claims_of("{}").expires());
}

TEST_CASE("registered claims have the types of RFC 7519", "[auth][claims]") {
    for (const char* name : {"iss", "sub", "jti", "client_id", "token_use"}) {
        for (const char* value : {"1", "null", "[]", "{}", "[\"a\"]", "true"}) {
            INFO(name << " " << value);
            CHECK(reason_of(std::string("{\"") + name + "\":" + value + "}") == reason::kJwtClaim);
        }
    }
    for (const char* name : {"aud", "scope", "scp"}) {
        for (const char* value : {"1", "null", "{}", "[1]", "[\"a\",1]", "[[\"a\"]]", "[null]", "true"}) {
            INFO(name << " " << value);
            CHECK(reason_of(std::string("{\"") + name + "\":" + value + "}") == reason::kJwtClaim);
        }
        for (const char* value : {"\"a\"", "\"\"", "[]", "[\"a\",\"b\"]"}) {
            CHECK(reason_of(std::string("{\"") + name + "\":" + value + "}").empty());
        }
    }
}

TEST_CASE("a token is good before exp and no longer, give or take the leeway", "[auth][claims]") {
    ClaimRules rules;
    rules.leeway = std::chrono::seconds(0);
    CHECK(check(R"({"exp":1000})", rules, seconds(999)).empty());
    CHECK(check(R"({"exp":1000})", rules, seconds(1000) - std::chrono::milliseconds(1)).empty());
    CHECK(check(R"({"exp":1000})", rules, seconds(1000)) == reason::kJwtExpired);
    CHECK(check(R"({"exp":1000.5})", rules, seconds(1000)).empty());
    CHECK(check(R"({"exp":0})", rules, seconds(1000)) == reason::kJwtExpired);
    rules.leeway = std::chrono::seconds(30);
    CHECK(check(R"({"exp":1000})", rules, seconds(1029)).empty());
    CHECK(check(R"({"exp":1000})", rules, seconds(1030)) == reason::kJwtExpired);
    CHECK(check(R"({"exp":2199023255552})", rules, Date::max()).empty());
}

TEST_CASE("a token is not good before nbf and iat, give or take the leeway", "[auth][claims]") {
    for (const char* name : {"nbf", "iat"}) {
        const std::string payload = std::string(R"({"exp":9000,")") + name + "\":1000}";
        ClaimRules rules;
        rules.leeway = std::chrono::seconds(0);
        CHECK(check(payload, rules, seconds(999)) == reason::kJwtEarly);
        CHECK(check(payload, rules, seconds(1000)).empty());
        rules.leeway = std::chrono::seconds(30);
        CHECK(check(payload, rules, seconds(969)) == reason::kJwtEarly);
        CHECK(check(payload, rules, seconds(970)).empty());
    }
}

TEST_CASE("a token without exp is refused unless that is allowed", "[auth][claims]") {
    ClaimRules rules;
    CHECK(check("{}", rules) == reason::kJwtClaim);
    rules.requires_exp = false;
    CHECK(check("{}", rules).empty());
}

TEST_CASE("the issuer is compared byte for byte", "[auth][claims]") {
    ClaimRules rules;
    rules.requires_exp = false;
    rules.issuer = "https://issuer.example";
    CHECK(check(R"({"iss":"https://issuer.example"})", rules).empty());
    for (const char* other : {"https://issuer.example/", "https://Issuer.example", "http://issuer.example", "",
                              "https://issuer.example.attacker.example", "https://issuer.exampl"}) {
        INFO(other);
        CHECK(check(std::string(R"({"iss":")") + other + "\"}", rules) == reason::kJwtIssuer);
    }
    CHECK(check("{}", rules) == reason::kJwtIssuer);
}

TEST_CASE("the audience is an element, exactly; client_id stands in only when there is no aud", "[auth][claims]") {
    const ClaimRules rules = audience({"web", "app"});
    for (const char* payload : {R"({"aud":"web"})", R"({"aud":["web"]})", R"({"aud":["x","app"]})",
                                R"({"client_id":"web"})", R"({"aud":"web","client_id":"x"})"}) {
        INFO(payload);
        CHECK(check(payload, rules).empty());
    }
    for (const char* payload :
         {"{}", R"({"aud":[]})", R"({"aud":""})", R"({"aud":"WEB"})", R"({"aud":"we"})", R"({"aud":"web "})",
          R"({"aud":"web app"})", R"({"aud":["webapp"]})", R"({"client_id":"x"})", R"({"aud":"x","client_id":"web"})",
          R"({"aud":[],"client_id":"web"})", R"({"azp":"web"})"}) {
        INFO(payload);
        CHECK(check(payload, rules) == reason::kJwtAudience);
    }
    CHECK(check("{}", audience({})).empty());
}

TEST_CASE("an audience pattern matches aud whole, and a token without aud never", "[auth][claims]") {
    ClaimRules rules = audience({});
    rules.audience_pattern = std::make_shared<const Pattern>(*Pattern::compile("web-.*"));
    CHECK(check(R"({"aud":"web-1"})", rules).empty());
    CHECK(check(R"({"aud":["x","web-1"]})", rules).empty());
    CHECK(check(R"({"aud":"my-web-1"})", rules) == reason::kJwtAudience);
    CHECK(check(R"({"client_id":"web-1"})", rules) == reason::kJwtAudience);
}

TEST_CASE("a claim that is asked for has the value or holds it", "[auth][claims]") {
    ClaimRules rules = audience({});
    const auto asks = [&](const char* value, const std::string& claim) {
        rules.claims = {{"c", value}};
        return check("{\"c\":" + claim + "}", rules);
    };
    CHECK(asks("a", "\"a\"").empty());
    CHECK(asks("a", "[\"b\",\"a\"]").empty());
    CHECK(asks("true", "true").empty());
    CHECK(asks("7", "7").empty());
    CHECK(asks("1.50", "1.50").empty());
    for (const auto& [value, claim] : {std::pair{"a", "\"A\""},
                                       {"a", "\"ab\""},
                                       {"a", "[]"},
                                       {"a", "[[\"a\"]]"},
                                       {"a", "{\"a\":1}"},
                                       {"null", "null"},
                                       {"7", "7.0"},
                                       {"", "[]"},
                                       {"{}", "{}"}}) {
        INFO(value << " " << claim);
        CHECK(asks(value, claim) == reason::kJwtClaim);
    }
    rules.claims = {{"d", "a"}};
    CHECK(check(R"({"c":"a"})", rules) == reason::kJwtClaim);
}

TEST_CASE("the type of a token is compared without case and without application/", "[auth][claims]") {
    ClaimRules rules = audience({});
    rules.type = "at+jwt";
    const Claims claims = claims_of("{}");
    for (const char* type : {"at+jwt", "AT+JWT", "application/at+jwt", "Application/at+JWT"}) {
        CHECK_FALSE(check_claims(claims, type, rules, nullptr, kNow));
    }
    for (const char* type : {"", "JWT", "at", "application/"}) {
        const auto fault = check_claims(claims, type, rules, nullptr, kNow);
        REQUIRE(fault);
        CHECK(fault->reason == reason::kJwtUse);
    }
}

TEST_CASE("a scope is a whole word, of scope or, without one, of scp", "[auth][claims]") {
    const RouteRules rules{{"orders:read", "admin"}, TokenUse::any};
    for (const char* payload :
         {R"({"scope":"admin"})", R"({"scope":"a  admin b"})", R"({"scp":"orders:read"})", R"({"scp":["x","admin"]})",
          R"({"scope":["admin"]})", R"({"scope":"admin","scp":"x"})"}) {
        INFO(payload);
        CHECK(check(payload, rules).empty());
    }
    for (const char* payload : {"{}", R"({"scope":""})", R"({"scope":"administrator"})", R"({"scope":"Admin"})",
                                R"({"scope":"adm in"})", R"({"scope":"x,admin"})", R"({"scope":"x\tadmin"})",
                                R"({"scp":[]})", R"({"scope":"x","scp":"admin"})", R"({"scopes":"admin"})"}) {
        INFO(payload);
        CHECK(check(payload, rules) == reason::kJwtScope);
    }
    CHECK(check("{}", RouteRules{}).empty());
}

TEST_CASE("an ID token is no access token, nor the other way round", "[auth][claims]") {
    const RouteRules access{{}, TokenUse::access};
    const RouteRules id{{}, TokenUse::id};
    CHECK(check(R"({"token_use":"access"})", access).empty());
    CHECK(check(R"({"token_use":"id"})", id).empty());
    for (const char* use : {"id", "", "Access", "refresh"}) {
        CHECK(check(std::string(R"({"token_use":")") + use + "\"}", access) == reason::kJwtUse);
    }
    CHECK(check(R"({"token_use":"access"})", id) == reason::kJwtUse);
    CHECK(check("{}", access) == reason::kJwtUse);
    CHECK(check("{}", id) == reason::kJwtUse);
}

TEST_CASE("a checklist has every rule, and the fault stays the first", "[auth][claims]") {
    ClaimRules rules = audience({"web"});
    rules.issuer = "https://issuer.example";
    rules.requires_exp = true;
    rules.claims = {{"tenant", "one"}};
    const Claims claims =
        claims_of(R"({"iss":"https://other.example","aud":"web","exp":1795348500,"nbf":1795348700,"tenant":"two"})");
    Checklist checks;
    const auto fault = check_claims(claims, {}, rules, &checks, kNow);
    REQUIRE(fault);
    CHECK(fault->reason == reason::kJwtIssuer);
    CHECK(checks.line() ==
          "iss no (https://other.example), aud ok (web), exp no (expired 5m 0s ago), nbf ok (1m 40s ago), "
          "tenant no (\"two\")");
    CHECK_FALSE(checks.good());
    // without one, nothing after the first is looked at
    CHECK(check_claims(claims, {}, rules, nullptr, kNow)->detail == "iss: https://other.example");
}
