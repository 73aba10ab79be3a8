#pragma once
// The decision: what all policies that have a say make of a request.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/policy/iam/statement.h"
#include "libgw/policy/trace.h"

namespace gw::iam {

enum class Outcome : std::uint8_t { allowed, explicitly_denied, implicitly_denied };
/// "Allowed", "ExplicitlyDenied", "ImplicitlyDenied".
std::string_view to_string(Outcome outcome);

/// What part a policy plays.
enum class Part : std::uint8_t { identity, resource, session, boundary };
/// "identity-based policy", "resource-based policy", "session policy", "permissions boundary".
std::string_view to_string(Part part);

/// The policies that have a say. Pointers may be null where there is none, and outlive the call.
struct PolicySet {
    std::span<const Policy* const> identity;  ///< of the caller: user, groups, role
    const Policy* resource = nullptr;
    const Policy* session = nullptr;   ///< handed over when the session began
    const Policy* boundary = nullptr;  ///< of the user or role
};

/// The answer and who gave it. Pointers go into the policies.
struct Decision {
    Outcome outcome = Outcome::implicitly_denied;
    Part part = Part::identity;            ///< that decided; of an implicit denial: that did not allow
    const Policy* policy = nullptr;        ///< that decided; null for an implicit denial and for the root of an account
    const Statement* statement = nullptr;  ///< the same

    [[nodiscard]] bool is_allowed() const { return outcome == Outcome::allowed; }
    /// `statement 2 "AllowOrders" of ReadOnly allows`, `no identity-based policy allows`: for the log and --explain.
    [[nodiscard]] std::string reason() const;
};

/// What one policy says of a request: its first Deny that matches, else the Allow that names the caller most directly.
struct Finding {
    Outcome outcome = Outcome::implicitly_denied;
    const Statement* statement = nullptr;
    PrincipalMatch principal = PrincipalMatch::none;
};
/// `has_boundary`: the caller has a permissions boundary, so that a Deny with NotPrincipal matches whoever it leaves
/// out (IAM User Guide, "Permissions boundaries for IAM entities").
Finding find(const Policy& policy, Part part, const Request& request, bool has_boundary = false,
             Trace* trace = nullptr);

/// Decides (IAM User Guide, "Policy evaluation logic"):
/// - A Deny that matches in any policy denies.
/// - Caller and resource of one account: the identity's policies or the resource's must allow. Of two accounts: both.
/// - The boundary and the session policy must allow as well. Within one account they do not limit what the resource
///   policy gives directly: to everyone; to the session by its ARN; and, the boundary only, to a user by its ARN. What
///   it gives to a role by the role's ARN they do limit.
/// - What a resource policy gives to an account it leaves to the account's own policies to give on.
/// - The root of an account may do everything in it when no policies of its own are given.
/// - An anonymous caller and a service have no identity: only the resource policy can allow.
Decision evaluate(const Request& request, const PolicySet& policies, Trace* trace = nullptr);

}  // namespace gw::iam
