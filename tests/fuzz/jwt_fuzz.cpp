// Tokens: nothing that the fuzzer makes up is believed, what is taken apart is what was there, and what is told of it
// holds to its bounds.

#include <cstdint>
#include <string>
#include <string_view>

#include "libgw/base/encoding.h"
#include "libgw/base/json.h"
#include "libgw/policy/auth/render.h"
#include "libgw/policy/auth/token.h"
#include "tests/fuzz/require.h"

using namespace gw;
using namespace gw::auth;

namespace {

constexpr Date kNow = Date(std::chrono::seconds(1795348800));

/// Keys that nobody has: one for each kind of algorithm, and a name that the corpus knows.
const KeySet& keys() {
    static const KeySet set = [] {
        std::vector<Key> made;
        made.push_back(*Key::make(*SigningKey::generate(KeyKind::octets, 512), "h"));
        made.push_back(*Key::make(*SigningKey::generate(KeyKind::ed25519), "k1"));
        made.push_back(*Key::make(*SigningKey::generate(KeyKind::p256), "e"));
        return *KeySet::make(std::move(made));
    }();
    return set;
}

const TokenRules& rules() {
    static const TokenRules all = [] {
        TokenRules made;
        made.algorithms = kPublicKeyAlgorithms;
        for (const Algorithm algorithm : kAlgorithms) made.algorithms.insert(algorithm);
        made.claims.issuer = "https://issuer.example";
        made.claims.audiences = {"web"};
        made.claims.claims = {{"tenant", "one"}};
        return made;
    }();
    return all;
}

void judge_claims(std::string_view payload) {
    const auto parsed = Claims::parse(payload);
    if (const TokenFault* fault = fault_of(parsed)) {
        REQUIRE_THAT_IT_HOLDS(fault->reason == reason::kJwtMalformed || fault->reason == reason::kJwtClaim);
        return;
    }
    const Claims& claims = found_in(parsed);
    if (const auto expires = claims.expires()) {
        REQUIRE_THAT_IT_HOLDS(*expires >= 0 && *expires <= Claims::kMaxSeconds * 1000);
    }
    Checklist checks;
    const auto told = check_claims(claims, {}, rules().claims, &checks, kNow);
    const auto quick = check_claims(claims, {}, rules().claims, nullptr, kNow);
    REQUIRE_THAT_IT_HOLDS(told.has_value() == quick.has_value() && told.has_value() != checks.good());
    if (told) REQUIRE_THAT_IT_HOLDS(told->reason == quick->reason && told->detail == quick->detail);
    for (const Check& check : checks.checks()) REQUIRE_THAT_IT_HOLDS(check.found.size() <= Checklist::kMaxFound);
    check_route(claims, {{"admin"}, TokenUse::access}, &checks);
    for (const ApiKind kind : {ApiKind::http, ApiKind::rest}) {
        REQUIRE_THAT_IT_HOLDS(parse_json(to_json(authorizer_context(claims, {}, kind))).has_value());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    Checklist checks;
    const auto judged = verify_token(text, keys(), rules(), &checks, kNow);
    const TokenFault* const fault = fault_of(judged);
    REQUIRE_THAT_IT_HOLDS(fault != nullptr && !checks.good() && !meaning_of(fault->reason).empty());
    const std::string challenge = challenge_of(*fault, {});
    REQUIRE_THAT_IT_HOLDS(challenge.find_first_of("\r\n") == std::string::npos);
    const auto parsed = parse_jws(text);
    if (fault_of(parsed) == nullptr) {
        const Jws& jws = found_in(parsed);
        REQUIRE_THAT_IT_HOLDS(std::string(jws.signing_input) + "." + to_base64url(jws.signature) == text);
        REQUIRE_THAT_IT_HOLDS(jws.signing_input.ends_with("." + to_base64url(jws.payload)));
        REQUIRE_THAT_IT_HOLDS(!jws.signature.empty() && !jws.header.algorithm_text.empty());
        REQUIRE_THAT_IT_HOLDS(!jws.header.kid || jws.header.kid->size() <= kMaxKid);
    }
    const std::string_view values[] = {text};
    const auto found = find_token(values);
    if (fault_of(found) == nullptr)
        REQUIRE_THAT_IT_HOLDS(!found_in(found).empty() && found_in(found).size() <= kMaxToken);
    judge_claims(text);
    return 0;
}
