#pragma once
// A whole token judged: form, algorithm, key, signature, claims, in this order, and no further than the first no.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "libgw/base/clock.h"
#include "libgw/policy/auth/algorithm.h"
#include "libgw/policy/auth/checklist.h"
#include "libgw/policy/auth/claims.h"
#include "libgw/policy/auth/fault.h"
#include "libgw/policy/auth/jws.h"
#include "libgw/policy/auth/keyset.h"

namespace gw::auth {

/// What an authorizer asks of every token. The algorithms are ours, never the token's choice (RFC 8725 §3.1).
struct TokenRules {
    AlgorithmSet algorithms = kAwsAlgorithms;
    ClaimRules claims;
    std::size_t max_size = kMaxToken;
};

/// A token that was believed.
struct Token {
    JwsHeader header;
    Claims claims;
    /// When it ends, without leeway; the last Date when it has no exp.
    [[nodiscard]] Date expires() const;
};

/// The token among the values of an identity source: exactly one, with or without "Bearer " before it (case does not
/// count). jwt.missing for none or an empty one, jwt.malformed for several or one that is too long.
Judged<std::string_view> find_token(std::span<const std::string_view> values, std::size_t max_size = kMaxToken);

/// Judges a token. With a checklist, claims that follow the first wrong one are looked at too; the fault stays the
/// first.
Judged<Token> verify_token(std::string_view token, const KeySet& keys, const TokenRules& rules, Checklist* checks,
                           Date date);
/// The same for a token that parse_jws() has taken apart.
Judged<Token> verify_token(Jws jws, const KeySet& keys, const TokenRules& rules, Checklist* checks, Date date);

/// The www-authenticate field of an HTTP API's refusal: `Bearer` when there was no token, `Bearer scope="…"
/// error="invalid_token" error_description="…"`, or error="insufficient_scope". `scopes` are the route's. "" for
/// jwt.keys, which is not the client's fault. What could end the quoted text is left out.
std::string challenge_of(const TokenFault& fault, std::span<const std::string> scopes);
/// `$context.authorizer.error`: "invalid_token: the token has expired".
std::string context_error_of(const TokenFault& fault);

}  // namespace gw::auth
