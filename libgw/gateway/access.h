#pragma once
// Who may call, worked out once from a configuration: authorizers, signers, API keys, policies.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libgw/config/model.h"
#include "libgw/gateway/issuer.h"
#include "libgw/policy/auth/api_key.h"
#include "libgw/policy/auth/sigv4/verify.h"
#include "libgw/policy/auth/token.h"
#include "libgw/policy/iam/evaluate.h"

namespace gw::gateway {

/// An issuer whose tokens an authorizer believes, and what they have to say.
struct TokenProvider {
    std::uint32_t issuer = 0;  ///< of Runtime::issuers
    auth::TokenRules rules;
};

/// An authorizer, ready to judge.
struct AuthorizerRuntime {
    std::string name;
    std::uint32_t id = 0;  ///< within the Runtime: what was remembered for one does not count for another
    bool is_cognito = false;
    auth::TokenUse use = auth::TokenUse::any;
    bool in_query = false;  ///< where the token is
    std::string source;     ///< name of the field, or of the parameter
    std::vector<TokenProvider> providers;
};

/// What the owner of an access key is, and may do.
struct Entitlement {
    iam::Caller caller;
    iam::PrincipalFacts facts;
    std::vector<const iam::Policy*> identity;
    const iam::Policy* session = nullptr;
    const iam::Policy* boundary = nullptr;
};

/// Everybody who may sign.
struct Signers {
    sigv4::CredentialStore credentials;
    std::optional<sigv4::Verifier> verifier;
    std::map<std::string, Entitlement, std::less<>> entitlements;  ///< by access key id
    std::shared_ptr<const config::IamKeys> keys;                   ///< the policies are theirs
    iam::Policy everything;                                        ///< of keys without policies
};

/// What one route asks of its callers.
struct RouteAccess {
    const AuthorizerRuntime* authorizer = nullptr;
    auth::RouteRules rules;
    bool iam = false;
    bool api_key = false;
    bool policy = false;  ///< its api has a resource policy
    [[nodiscard]] bool is_judged() const { return authorizer != nullptr || iam || api_key || policy; }
    /// How callers are judged, by what is asked first: the name of the authorizer, "iam", "key" or "policy".
    [[nodiscard]] std::string_view way() const;
};

/// The same for a whole configuration.
struct Access {
    std::vector<std::shared_ptr<Issuer>> issuers;
    std::vector<std::vector<std::unique_ptr<AuthorizerRuntime>>> authorizers;  ///< by api
    std::vector<std::optional<iam::Policy>> policies;                          ///< by api
    std::unique_ptr<Signers> signers;                                          ///< null when nobody may
    auth::ApiKeys api_keys;
    std::vector<std::string> warnings;  ///< worth telling whoever starts it

    /// Requires: `route` is one of `api`, which is number `index` of the model.
    [[nodiscard]] RouteAccess of(const config::Api& api, std::size_t index, const config::Route& route) const;
    /// That an authorizer lets nobody in, since none of the issuer's keys is for an algorithm that it allows.
    [[nodiscard]] std::vector<std::string> unfit_keys(const Issuer& issuer) const;
};

/// Builds it. Issuers that `previous` has too go on as they are. `read_file` reads files of keys. Errc::config.
Result<Access> make_access(const config::Model& model, const Access* previous,
                           const std::function<Result<std::string>(const std::string&)>& read_file);

}  // namespace gw::gateway
