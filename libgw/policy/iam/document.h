#pragma once
// Policy documents: from JSON or YAML to a Policy, with everything that is wrong said at once.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "libgw/base/diagnostic.h"
#include "libgw/base/result.h"
#include "libgw/base/value.h"
#include "libgw/policy/iam/statement.h"

namespace gw::iam {

/// Where a policy is attached.
enum class PolicyKind : std::uint8_t {
    identity,  ///< to a user or role; session policies and permissions boundaries too. Has no principals
    resource,  ///< to an api. Each statement has a Principal or NotPrincipal
};

/// AWS takes at most this much text as the resource policy of an api (Developer Guide, "Quotas").
inline constexpr std::size_t kMaximumResourcePolicy = 8192;
/// The largest policies of identities are half of this; a document has at most this much text.
inline constexpr std::size_t kMaximumPolicy = 20480;

/// How a document is read.
struct PolicyReading {
    PolicyKind kind = PolicyKind::identity;
    std::string name = {};  ///< how the policy is called in explanations
    std::string file = {};  ///< of the diagnostics
    /// "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5": what `execute-api:/…` of a resource policy stands for.
    /// Empty: the shorthand is refused.
    std::string api = {};
};

/// Reads a document (IAM User Guide, "Grammar of the IAM JSON policy language"). Whatever could not be enforced is an
/// error with its place: an element, operator, version or effect that does not exist, a value of the wrong kind, a
/// statement without an effect, actions or resources, a principal where there can be none. What is enforceable and
/// hardly meant is a warning: an empty list, NotAction or NotPrincipal that allows. Nothing when there was an error.
/// Without Version it is 2008-10-17, where `${…}` is literal text.
std::optional<Policy> read_policy(const Value& document, const PolicyReading& reading, Diagnostics& diagnostics);

/// The same from JSON text, with its size held to kMaximumPolicy and repeated keys refused; the first error is told,
/// with its place.
Result<Policy> parse_policy(std::string_view json, const PolicyReading& reading);
/// The same for a document without places, such as one that a function returned.
Result<Policy> make_policy(const Value& document, const PolicyReading& reading);

/// "execute-api:/stage/GET/pets" is "API/stage/GET/pets" (Developer Guide, "API Gateway resource policy examples");
/// anything else stays as it is.
std::string expand_resource(std::string_view resource, std::string_view api);

/// "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5" for a resource in that api; "" for any other.
std::string api_of(std::string_view resource);

}  // namespace gw::iam
