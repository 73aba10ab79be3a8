#include "libgw/policy/auth/sample.h"

#include <map>
#include <set>

#include "libgw/policy/auth/cognito.h"
#include "tests/support/catch.h"
#include "tests/unit/policy/auth/keys.h"

using namespace gw;
using namespace gw::auth;
using namespace gw::auth::test_keys;

namespace {

Claims claims_of(SampleKind kind, const SampleInput& input = {}, std::uint64_t seed = 1) {
    Random chance(seed);
    const auto parsed = Claims::parse(to_json(make_sample(kind, input, chance, kNow).claims));
    REQUIRE(fault_of(parsed) == nullptr);
    return found_in(parsed);
}

SampleKind kind_at(std::size_t index) { return static_cast<SampleKind>(index); }

}  // namespace

TEST_CASE("every sample is a good token that names issuer, subject and audience", "[auth][sample]") {
    const SampleInput input{"https://issuer.example", "alice",      "web",
                            "orders:read admin",      {"g1", "g2"}, std::chrono::seconds(600)};
    for (std::size_t i = 0; i < kSampleNames.size(); ++i) {
        INFO(kSampleNames[i]);
        CHECK(parse_sample_kind(kSampleNames[i]) == kind_at(i));
        const Claims claims = claims_of(kind_at(i), input);
        ClaimRules rules;
        rules.issuer = "https://issuer.example";
        rules.audiences = {"web"};
        CHECK_FALSE(check_claims(claims, {}, rules, nullptr, kNow));
        CHECK(claims.text("sub") == "alice");
        CHECK(claims.expires() == (kNowSeconds + 600) * 1000);
        CHECK(claims.issued_at() == kNowSeconds * 1000);
        const auto fault = check_claims(claims, {}, rules, nullptr, kNow + std::chrono::seconds(630));
        REQUIRE(fault);
        CHECK(fault->reason == reason::kJwtExpired);
    }
    CHECK_FALSE(parse_sample_kind("facebook"));
    CHECK_FALSE(parse_sample_kind(""));
}

TEST_CASE("samples have the claims by which their issuers are known", "[auth][sample]") {
    const std::map<std::string_view, std::vector<std::string_view>> marks = {
        {"cognito-access", {"client_id", "origin_jti", "event_id", "token_use", "auth_time", "username", "scope"}},
        {"cognito-id", {"aud", "cognito:username", "email_verified", "token_use", "event_id"}},
        {"auth0", {"azp", "scope", "aud"}},
        {"entra", {"tid", "oid", "scp", "ver", "preferred_username", "nbf"}},
        {"keycloak", {"realm_access", "resource_access", "azp", "sid", "typ"}},
        {"google", {"azp", "at_hash", "picture", "email_verified"}},
        {"okta", {"cid", "uid", "scp", "ver", "auth_time"}},
        {"github-actions", {"repository", "ref", "sha", "job_workflow_ref", "runner_environment", "actor"}},
        {"kubernetes", {"kubernetes.io", "nbf"}},
    };
    for (const auto& [name, members] : marks) {
        const Claims claims = claims_of(*parse_sample_kind(name));
        for (const std::string_view member : members) {
            INFO(name << " " << member);
            CHECK(claims.find(member) != nullptr);
        }
    }
    CHECK(marks.size() == kSampleNames.size());
    CHECK(claims_of(SampleKind::cognito_access).find("aud") == nullptr);
    CHECK(claims_of(SampleKind::cognito_access).text("token_use") == "access");
    CHECK(claims_of(SampleKind::cognito_id).text("token_use") == "id");
    CHECK(claims_of(SampleKind::okta).find("scp")->if_array() != nullptr);
    CHECK(claims_of(SampleKind::entra).find("scp")->if_string() != nullptr);
    CHECK(claims_of(SampleKind::kubernetes).text("sub") == "system:serviceaccount:default:default");
}

TEST_CASE("a Cognito sample keeps the rules of its pool", "[auth][sample]") {
    const auto pool = UserPool::make("us-east-1_Abc123456");
    SampleInput input;
    input.issuer = pool->issuer;
    const Key key = key_for(Algorithm::rs256);
    for (const auto& [kind, route] :
         {std::pair{SampleKind::cognito_id, cognito_route_rules(ApiKind::rest, {})},
          std::pair{SampleKind::cognito_access,
                    cognito_route_rules(ApiKind::rest, {"aws.cognito.signin.user.admin"})}}) {
        Random chance(3);
        const Sample sample = make_sample(kind, input, chance, kNow);
        CHECK(sample.header.empty());
        const auto judged = verify_token(*sign_jws(to_json(sample.claims), key, sample.header), KeySet::of(key),
                                         cognito_rules(*pool), nullptr, kNow);
        REQUIRE(fault_of(judged) == nullptr);
        CHECK_FALSE(check_route(found_in(judged).claims, route));
    }
}

TEST_CASE("ids are drawn from the seed and from nothing else", "[auth][sample]") {
    for (std::size_t i = 0; i < kSampleNames.size(); ++i) {
        CHECK(claims_of(kind_at(i), {}, 5).all() == claims_of(kind_at(i), {}, 5).all());
        CHECK_FALSE(claims_of(kind_at(i), {}, 5).all() == claims_of(kind_at(i), {}, 6).all());
    }
}
