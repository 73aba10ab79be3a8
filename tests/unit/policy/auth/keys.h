#pragma once
// Keys for the tests of this folder, made once for each kind.

#include <array>
#include <string>
#include <vector>

#include "libgw/base/clock.h"
#include "libgw/base/json.h"
#include "libgw/policy/auth/key.h"
#include "libgw/policy/auth/keyset.h"

namespace gw::auth::test_keys {

/// A private key of that kind without a name.
inline const SigningKey& signing_key(KeyKind kind) {
    static const std::vector<SigningKey> keys = [] {
        std::vector<SigningKey> made;
        for (const KeyKind each : {KeyKind::octets, KeyKind::rsa, KeyKind::p256, KeyKind::p384, KeyKind::p521,
                                   KeyKind::secp256k1, KeyKind::ed25519}) {
            made.push_back(*SigningKey::generate(each, each == KeyKind::octets ? 512 : 0));
        }
        return made;
    }();
    return keys[static_cast<std::size_t>(kind)];
}

/// A private key for that algorithm and no other.
inline Key key_for(Algorithm algorithm, std::string kid = "k1") {
    return *Key::make(signing_key(kind_of(algorithm)), std::move(kid), algorithm);
}

/// Its public half, or the secret itself.
inline Key public_half(const Key& key) {
    if (key.signing_key().kind() == KeyKind::octets) return key;
    return *Key::from_jwk(key.to_jwk(Key::Half::public_only));
}

inline Value json(std::string_view text) { return *parse_json(text); }

/// 2026-11-22T12:00:00Z
inline constexpr Date kNow = Date(std::chrono::seconds(1795348800));
inline constexpr std::int64_t kNowSeconds = 1795348800;

}  // namespace gw::auth::test_keys
