#pragma once
// Tokens that must not be believed, each for one reason: what a verifier is tested with.

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "libgw/base/clock.h"
#include "libgw/base/result.h"
#include "libgw/base/value.h"
#include "libgw/policy/auth/key.h"

namespace gw::auth {

/// One way to make a bad token.
struct ForgeryKind {
    std::string_view name;     ///< on the command line
    std::string_view expect;   ///< the reason that verify_token() or check_route() gives
    std::string_view meaning;  ///< in one line
};

/// Those about iss, aud, scope and token-use are only noticed by whoever asks for one; kid-unknown and kid-path by
/// whoever has keys with names.
inline constexpr std::array<ForgeryKind, 16> kForgeries = {{
    {"expired", "jwt.expired", "exp was an hour ago"},
    {"nbf-future", "jwt.early", "nbf is an hour ahead"},
    {"iss", "jwt.issuer", "another issuer"},
    {"aud", "jwt.audience", "meant for somebody else"},
    {"scope", "jwt.scope", "a scope that nobody asks for"},
    {"token-use", "jwt.use", "an ID token for an access token, or the other way round"},
    {"payload-tampered", "jwt.signature", "the claims were changed after signing"},
    {"sig-truncated", "jwt.signature", "the last byte of the signature is gone"},
    {"sig-stripped", "jwt.malformed", "no signature, but its dot"},
    {"alg-none", "jwt.algorithm", "alg is none, and no signature"},
    {"alg-confusion", "jwt.algorithm", "HS256 with the public key as the secret"},
    {"kid-unknown", "jwt.key", "signed well, by a name that no key has"},
    {"kid-path", "jwt.key", "signed well, by a name that is a path"},
    {"crit", "jwt.malformed", "a critical header parameter that nobody knows"},
    {"dup-claim", "jwt.malformed", "sub stands there twice"},
    {"huge", "jwt.malformed", "a token of more than 16 KiB"},
}};

/// A good token, before it is made bad.
struct ForgeryInput {
    Object header;  ///< besides alg and kid
    Object claims;
    std::optional<Algorithm> algorithm;  ///< nothing: the key's
};

/// A bad token of that kind, signed with the key where the kind has a signature. Errc::usage for an unknown name or a
/// key that cannot sign.
Result<std::string> forge(std::string_view name, const ForgeryInput& input, const Key& key, Date date);

}  // namespace gw::auth
