#include "libgw/policy/auth/cognito.h"

#include "tests/support/catch.h"
#include "tests/unit/policy/auth/keys.h"

using namespace gw;
using namespace gw::auth;
using namespace gw::auth::test_keys;

namespace {

constexpr std::string_view kPool = "us-east-1_Abc123456";
constexpr std::string_view kIssuer = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Abc123456";

/// Whether a pool's route believes a token with these claims, and if not, why.
std::string_view judge(std::string_view more, const RouteRules& route, std::vector<std::string> clients = {}) {
    const Key key = key_for(Algorithm::rs256);
    const std::string payload =
        R"({"iss":")" + std::string(kIssuer) + R"(","exp":1795352400,)" + std::string(more) + "}";
    const auto judged = verify_token(*sign_jws(payload, key), KeySet::of(public_half(key)),
                                     cognito_rules(*UserPool::make(kPool), std::move(clients)), nullptr, kNow);
    if (const TokenFault* fault = fault_of(judged)) return fault->reason;
    const auto fault = check_route(found_in(judged).claims, route);
    return fault ? fault->reason : std::string_view();
}

}  // namespace

TEST_CASE("a user pool is found by its id", "[auth][cognito]") {
    const auto pool = UserPool::make(kPool);
    REQUIRE(pool);
    CHECK(pool->issuer == kIssuer);
    CHECK(pool->jwks_url() == std::string(kIssuer) + "/.well-known/jwks.json");
    CHECK(pool->discovery_url() == std::string(kIssuer) + "/.well-known/openid-configuration");
    CHECK(UserPool::make("cn-north-1_Abc")->issuer == "https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_Abc");
    CHECK(UserPool::make("us-gov-west-1_Abc")->issuer ==
          "https://cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_Abc");
    CHECK(UserPool::make("local_3k", "http://localhost:9229")->issuer == "http://localhost:9229/local_3k");
    CHECK(UserPool::make("local_3k", "http://localhost:9229/")->issuer == "http://localhost:9229/local_3k");
    for (const char* bad : {"", "us-east-1", "us-east-1_", "_Abc", "us-east-1_Abc/..", "us-east-1_Abc.", "local_3k",
                            "us-east-1_Abc?x", "evil.example/us-east-1_Abc", "us east_Abc"}) {
        INFO(bad);
        CHECK_FALSE(UserPool::make(bad));
    }
    CHECK_FALSE(UserPool::make("us-east-1_" + std::string(60, 'a')));
    CHECK_FALSE(UserPool::make(kPool, "localhost:9229"));
}

TEST_CASE("a user pool is found by its ARN", "[auth][cognito]") {
    CHECK(UserPool::from_arn("arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Abc123456")->issuer ==
          kIssuer);
    CHECK(UserPool::from_arn("arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Abc123456",
                             "http://localhost:9229")
              ->issuer == "http://localhost:9229/us-east-1_Abc123456");
    for (const char* bad : {"", "us-east-1_Abc123456", "arn:aws:cognito-idp:us-east-1:123456789012:userpool/",
                            "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/us-east-1_Abc123456",
                            "arn:aws:iam::123456789012:userpool/us-east-1_Abc123456",
                            "arn:aws:cognito-idp:us-east-1:123456789012:identitypool/us-east-1_Abc123456"}) {
        INFO(bad);
        CHECK_FALSE(UserPool::from_arn(bad));
    }
}

TEST_CASE("REST: without scopes an ID token, with scopes an access token that has one", "[auth][cognito]") {
    const RouteRules plain = cognito_route_rules(ApiKind::rest, {});
    CHECK(judge(R"("token_use":"id","aud":"c")", plain).empty());
    CHECK(judge(R"("token_use":"access","client_id":"c")", plain) == reason::kJwtUse);
    CHECK(judge(R"("aud":"c")", plain) == reason::kJwtUse);
    const RouteRules scoped = cognito_route_rules(ApiKind::rest, {"api/read"});
    CHECK(judge(R"("token_use":"access","scope":"api/read")", scoped).empty());
    CHECK(judge(R"("token_use":"access","scope":"api/reader")", scoped) == reason::kJwtScope);
    CHECK(judge(R"("token_use":"id","scope":"api/read")", scoped) == reason::kJwtUse);
    CHECK(cognito_refusal({reason::kJwtScope, {}, {}}).status == 401);
}

TEST_CASE("HTTP: either token, unless the configuration says which", "[auth][cognito]") {
    const RouteRules either = cognito_route_rules(ApiKind::http, {});
    CHECK(judge(R"("token_use":"id","aud":"c")", either).empty());
    CHECK(judge(R"("token_use":"access","client_id":"c")", either).empty());
    CHECK(judge(R"("token_use":"id")", cognito_route_rules(ApiKind::http, {}, TokenUse::access)) == reason::kJwtUse);
    CHECK(judge(R"("scope":"a")", cognito_route_rules(ApiKind::http, {"b"})) == reason::kJwtScope);
}

TEST_CASE("a pool's tokens are for its clients: aud of ID tokens, client_id of access tokens", "[auth][cognito]") {
    const RouteRules either = cognito_route_rules(ApiKind::http, {});
    CHECK(judge(R"("aud":"c1")", either, {"c1"}).empty());
    CHECK(judge(R"("client_id":"c1")", either, {"c1"}).empty());
    CHECK(judge(R"("client_id":"c2")", either, {"c1"}) == reason::kJwtAudience);
    CHECK(judge(R"("aud":"c2","client_id":"c1")", either, {"c1"}) == reason::kJwtAudience);
}

TEST_CASE("another pool's tokens are not believed, nor other algorithms than RS256", "[auth][cognito]") {
    const Key key = key_for(Algorithm::rs256);
    const TokenRules rules = cognito_rules(*UserPool::make("us-east-1_Other"));
    const auto judged = verify_token(*sign_jws(R"({"iss":")" + std::string(kIssuer) + R"(","exp":1795352400})", key),
                                     KeySet::of(key), rules, nullptr, kNow);
    REQUIRE(fault_of(judged) != nullptr);
    CHECK(fault_of(judged)->reason == reason::kJwtIssuer);
    CHECK(rules.algorithms.text() == "RS256");
}
