#pragma once
// OpenID Connect Discovery 1.0: where an issuer publishes its keys.

#include <string>
#include <string_view>

#include "libgw/base/result.h"
#include "libgw/policy/auth/algorithm.h"

namespace gw::auth {

/// The largest discovery document that is read, in bytes.
inline constexpr std::size_t kMaxDiscovery = 150000;

/// What we take from a discovery document.
struct Discovery {
    std::string issuer;
    std::string jwks_uri;
    AlgorithmSet algorithms;  ///< id_token_signing_alg_values_supported, those that are known here
};

/// An issuer is an absolute https or http URL without query and fragment (§2); other tokens compare it byte for byte.
/// Errc::config otherwise.
Result<void> check_issuer(std::string_view issuer);
/// `issuer` without a slash at its end, and "/.well-known/openid-configuration" (§4).
std::string discovery_url(std::string_view issuer);

/// Reads a discovery document. Refused (Errc::parse): what is not strict JSON, an issuer that is not exactly the one
/// that was asked (§4.3, against mix-up), and a jwks_uri that is absent, not an absolute URL, or plain http where the
/// issuer is https. Errc::limit for what is larger than kMaxDiscovery.
Result<Discovery> parse_discovery(std::string_view json, std::string_view issuer);

}  // namespace gw::auth
