#include "libgw/policy/auth/forge.h"

#include <set>

#include "libgw/policy/auth/sample.h"
#include "libgw/policy/auth/token.h"
#include "tests/support/catch.h"
#include "tests/unit/policy/auth/keys.h"

using namespace gw;
using namespace gw::auth;
using namespace gw::auth::test_keys;

namespace {

/// What a careful verifier says to a token; "" when it believes it.
std::string_view judge(const std::string& token, const Key& key, Algorithm algorithm) {
    TokenRules rules;
    rules.algorithms = {algorithm};
    rules.claims.issuer = "https://issuer.example";
    rules.claims.audiences = {"web"};
    const auto judged = verify_token(token, KeySet::of(public_half(key)), rules, nullptr, kNow);
    if (const TokenFault* fault = fault_of(judged)) return fault->reason;
    const auto fault = check_route(found_in(judged).claims, {{"orders:read"}, TokenUse::access});
    return fault ? fault->reason : std::string_view();
}

ForgeryInput input_of(SampleKind kind) {
    Random chance(4);
    const SampleInput input{"https://issuer.example", "alice", "web", "orders:read", {}, std::chrono::seconds(600)};
    const Sample sample = make_sample(kind, input, chance, kNow);
    return {sample.header, sample.claims, {}};
}

}  // namespace

TEST_CASE("every forgery is refused for its own reason, whatever the algorithm", "[auth][forge]") {
    const ForgeryInput input = input_of(SampleKind::cognito_access);
    for (const Algorithm algorithm : kAlgorithms) {
        const Key key = key_for(algorithm);
        REQUIRE(judge(*sign_jws(to_json(Value(input.claims)), key, input.header), key, algorithm).empty());
        for (const ForgeryKind& kind : kForgeries) {
            INFO(kind.name << " " << to_text(algorithm));
            const auto token = forge(kind.name, input, key, kNow);
            REQUIRE(token);
            CHECK(judge(*token, key, algorithm) == kind.expect);
        }
    }
}

TEST_CASE("every forgery is refused for its own reason, in the shape of every issuer", "[auth][forge]") {
    const Key key = key_for(Algorithm::eddsa);
    for (std::size_t i = 0; i < kSampleNames.size(); ++i) {
        ForgeryInput input = input_of(static_cast<SampleKind>(i));
        std::erase_if(input.claims, [](const Member& member) { return member.key == "token_use"; });
        input.claims.push_back({"token_use", "access"});
        if (Value(input.claims).find("scope") == nullptr && Value(input.claims).find("scp") == nullptr) {
            input.claims.push_back({"scope", "orders:read"});
        }
        REQUIRE(judge(*sign_jws(to_json(Value(input.claims)), key, input.header), key, Algorithm::eddsa).empty());
        for (const ForgeryKind& kind : kForgeries) {
            INFO(kind.name << " " << kSampleNames[i]);
            CHECK(judge(*forge(kind.name, input, key, kNow), key, Algorithm::eddsa) == kind.expect);
        }
    }
}

TEST_CASE("forgeries have names of their own and expect reasons that exist", "[auth][forge]") {
    std::set<std::string_view> names;
    for (const ForgeryKind& kind : kForgeries) {
        CHECK(names.insert(kind.name).second);
        CHECK_FALSE(meaning_of(kind.expect).empty());
    }
    const Key key = key_for(Algorithm::es256);
    CHECK(forge("no-such", {}, key, kNow).error().code == Errc::usage);
    CHECK_FALSE(forge("expired", {}, public_half(key), kNow));
    // claims that say nothing can be spoilt too
    for (const ForgeryKind& kind : kForgeries) {
        INFO(kind.name);
        const auto token = forge(kind.name, {}, key, kNow);
        REQUIRE(token);
        CHECK_FALSE(judge(*token, key, Algorithm::es256).empty());
    }
    CHECK(forge("huge", {}, key, kNow)->size() > 16384);
}
