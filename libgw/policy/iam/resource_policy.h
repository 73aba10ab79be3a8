#pragma once
// The resource policy of an api together with what its methods ask for: who may call (Developer Guide, "How API Gateway
// resource policies affect authorization workflow"). HTTP APIs have no resource policies in AWS.

#include <cstdint>

#include "libgw/policy/iam/evaluate.h"
#include "libgw/policy/trace.h"

namespace gw::iam {

/// What a method asks for.
enum class Authorization : std::uint8_t {
    none,       ///< nothing: the caller is anonymous
    iam,        ///< SigV4
    user_pool,  ///< a token of Cognito or another issuer of JWTs
    lambda,     ///< a Lambda authorizer
};

/// What the policy says before anybody has been authenticated. Only for a Lambda authorizer: an explicit denial, which
/// spares the call. Everything else is allowed here, and judged below. `policy` may be null; `anonymous` is the request
/// with an anonymous caller.
Decision judge_before(Authorization authorization, const Request& anonymous, const Policy* policy,
                      Trace* trace = nullptr);

/// The decision on an authenticated request. `policies.resource` is the api's resource policy.
///
/// | asks for    | decision                                                                                 |
/// |-------------|------------------------------------------------------------------------------------------|
/// | `none`      | the resource policy must allow; without one everything is allowed                         |
/// | `iam`       | evaluate(): one account, either policy; two accounts, both                                |
/// | `user_pool` | as `none`: the policy must allow by itself                                                |
/// | `lambda`    | `policies.identity` is what the authorizer returned: either must allow, neither may deny |
///
/// But for `iam` the caller of the request is anonymous, so that only "Principal": "*" names it.
Decision judge(Authorization authorization, const Request& request, const PolicySet& policies, Trace* trace = nullptr);

}  // namespace gw::iam
