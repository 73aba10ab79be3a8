// Key sets, single keys in JWK or PEM, and discovery documents: what is read keeps the bounds, and what is written of
// it reads as the same.

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "libgw/base/json.h"
#include "libgw/policy/auth/discovery.h"
#include "libgw/policy/auth/keyset.h"
#include "tests/fuzz/require.h"

using namespace gw;
using namespace gw::auth;

namespace {

void judge_set(std::string_view text, KeySet::Source source) {
    const auto set = KeySet::parse(text, source);
    if (!set) {
        REQUIRE_THAT_IT_HOLDS(!set.error().message.empty());
        return;
    }
    REQUIRE_THAT_IT_HOLDS(set->keys().size() + set->notes().size() <= KeySet::kMaxKeys);
    std::set<std::string> names;
    for (const Key& key : set->keys()) {
        REQUIRE_THAT_IT_HOLDS(key.kid().empty() || names.insert(key.kid()).second);
        REQUIRE_THAT_IT_HOLDS(!key.verifies().empty());
        const bool is_secret = key.signing_key().kind() == KeyKind::octets;
        REQUIRE_THAT_IT_HOLDS(!is_secret || source == KeySet::Source::configured);
        REQUIRE_THAT_IT_HOLDS(is_secret || !key.signing_key().has_private());
    }
    const std::string written = to_json(to_jwks(set->keys()));
    const auto again = KeySet::parse(written, KeySet::Source::fetched);
    // what a key may not do by key_ops is not written, so only the keys are compared
    REQUIRE_THAT_IT_HOLDS(again && again->notes().empty());
    for (const Key& key : again->keys()) {
        bool is_there = false;
        for (const Key& other : set->keys()) is_there = is_there || other.thumbprint() == key.thumbprint();
        REQUIRE_THAT_IT_HOLDS(is_there);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    judge_set(text, KeySet::Source::fetched);
    judge_set(text, KeySet::Source::configured);
    if (const auto key = Key::parse(text); key && key->signing_key().has_private()) {
        const Value jwk = key->to_jwk(Key::Half::all);
        const auto again = Key::from_jwk(jwk);
        REQUIRE_THAT_IT_HOLDS(again && again->to_jwk(Key::Half::all) == jwk);
    }
    const auto discovery = parse_discovery(text, "https://issuer.example");
    if (discovery) {
        REQUIRE_THAT_IT_HOLDS(discovery->issuer == "https://issuer.example");
        REQUIRE_THAT_IT_HOLDS(discovery->jwks_uri.starts_with("https://"));
    }
    return 0;
}
