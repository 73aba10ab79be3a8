#pragma once
// Amazon Cognito user pools: where they are, and what their tokens have to say.

#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/result.h"
#include "libgw/policy/auth/token.h"
#include "libgw/policy/kind.h"

namespace gw::auth {

/// One user pool.
struct UserPool {
    std::string id;      ///< "us-east-1_Abc123456"
    std::string issuer;  ///< iss of its tokens

    /// A pool by its id. `endpoint` stands in place of https://cognito-idp.REGION.amazonaws.com (REGION is what stands
    /// before the '_'): for stand-ins of Cognito. Errc::config when one of them is not valid.
    static Result<UserPool> make(std::string_view id, std::string_view endpoint = {});
    /// A pool by its ARN, arn:aws:cognito-idp:REGION:ACCOUNT:userpool/ID; `endpoint` as above. Errc::config when it is
    /// none.
    static Result<UserPool> from_arn(std::string_view arn, std::string_view endpoint = {});

    [[nodiscard]] std::string discovery_url() const { return issuer + "/.well-known/openid-configuration"; }
    [[nodiscard]] std::string jwks_url() const { return issuer + "/.well-known/jwks.json"; }
};

/// What a pool's tokens have to keep: RS256, iss of the pool, not expired; aud or client_id among `clients` when there
/// are any.
TokenRules cognito_rules(const UserPool& pool, std::vector<std::string> clients = {});

/// What a route asks of a Cognito token. REST: without scopes an ID token, with scopes an access token that has one of
/// them. HTTP: either, unless `use` says which.
RouteRules cognito_route_rules(ApiKind kind, std::vector<std::string> scopes, TokenUse use = TokenUse::any);

/// A fault as a Cognito authorizer of a REST API answers it: jwt.scope is 401 there, not 403. to_refusal() does the
/// same for ApiKind::rest.
inline Refusal cognito_refusal(const TokenFault& fault) { return to_refusal(fault, ApiKind::rest); }

}  // namespace gw::auth
