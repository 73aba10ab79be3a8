#pragma once
// Claims in the shape that well-known issuers give them, for tests of what reads tokens.

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/clock.h"
#include "libgw/base/random.h"
#include "libgw/base/value.h"

namespace gw::auth {

/// Whose tokens are imitated.
enum class SampleKind : std::uint8_t {
    cognito_access,
    cognito_id,
    auth0,
    entra,
    keycloak,
    google,
    okta,
    github_actions,
    kubernetes,
};

/// Their names on the command line, in the order of SampleKind.
inline constexpr std::array<std::string_view, 9> kSampleNames = {
    "cognito-access", "cognito-id", "auth0", "entra", "keycloak", "google", "okta", "github-actions", "kubernetes",
};
std::optional<SampleKind> parse_sample_kind(std::string_view name);

/// What is known of the token; what is empty gets a value that the issuer could have given.
struct SampleInput {
    std::string issuer;
    std::string subject;
    std::string audience;  ///< aud, or client_id where there is no aud
    std::string scope;     ///< words between spaces
    std::vector<std::string> groups;
    std::chrono::seconds lifetime{3600};
};

/// A token before it is signed.
struct Sample {
    Object header;  ///< besides alg and kid
    Object claims;
};

/// Ids are drawn from `chance`; dates count from `date`.
Sample make_sample(SampleKind kind, const SampleInput& input, Random& chance, Date date);

}  // namespace gw::auth
