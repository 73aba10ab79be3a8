#pragma once
// Why a token is not believed.

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "libgw/policy/answer/wording.h"
#include "libgw/policy/kind.h"
#include "libgw/policy/reasons.h"
#include "libgw/policy/verdict.h"

namespace gw::auth {

/// The first thing that was wrong with a token.
struct TokenFault {
    std::string_view reason;       ///< reason::kJwt…
    std::string detail;            ///< for the log and --explain; may hold text of the token, never the token
    std::string_view description;  ///< what AWS writes as error_description; empty: the one of the reason
};

/// What a token was found to be, or what is wrong with it.
template <class T>
using Judged = std::variant<T, TokenFault>;

/// What is wrong, or null.
template <class T>
[[nodiscard]] const TokenFault* fault_of(const Judged<T>& judged) {
    return std::get_if<TokenFault>(&judged);
}
/// What was found. Requires: fault_of(judged) is null.
template <class T>
[[nodiscard]] T& found_in(Judged<T>& judged) {
    return *std::get_if<T>(&judged);
}
template <class T>
[[nodiscard]] const T& found_in(const Judged<T>& judged) {
    return *std::get_if<T>(&judged);
}

/// The fault as the answer of this kind of api: 401, for jwt.scope of an HTTP API 403, for jwt.keys 503.
inline Refusal to_refusal(const TokenFault& fault, ApiKind kind) { return refuse(kind, fault.reason, fault.detail); }

/// What a reason is called in error_description and `$context.authorizer.error`. "the token does not have a valid
/// audience", "the token has expired", "token contains an invalid number of segments" (the one of jwt.malformed) and
/// "JWKS communication error" are AWS's own; the others are written after their pattern. "" for jwt.missing.
constexpr std::string_view description_of(std::string_view reason) {
    if (reason == reason::kJwtMalformed) return "token is malformed";
    if (reason == reason::kJwtAlgorithm) return "signing method is invalid";
    if (reason == reason::kJwtKey) return "signing key is not known";
    if (reason == reason::kJwtKeys) return "JWKS communication error";
    if (reason == reason::kJwtSignature) return "signature is invalid";
    if (reason == reason::kJwtClaim) return "the token does not have valid claims";
    if (reason == reason::kJwtExpired) return "the token has expired";
    if (reason == reason::kJwtEarly) return "the token is not valid yet";
    if (reason == reason::kJwtIssuer) return "the token does not have a valid issuer";
    if (reason == reason::kJwtAudience) return "the token does not have a valid audience";
    if (reason == reason::kJwtUse) return "the token does not have a valid use";
    if (reason == reason::kJwtScope) return "the token does not have a valid scope";
    return {};
}
inline constexpr std::string_view kSegmentsDescription = "token contains an invalid number of segments";
inline constexpr std::string_view kDiscoveryDescription = "OIDC discovery endpoint communication error";

/// The description of a fault: its own, or its reason's.
constexpr std::string_view description_of(const TokenFault& fault) {
    return fault.description.empty() ? description_of(fault.reason) : fault.description;
}

}  // namespace gw::auth
