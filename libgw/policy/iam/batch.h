#pragma once
// Many questions, one a line: what `gw-token policy --batch` reads and writes.

#include <string>
#include <string_view>

#include "libgw/base/value.h"

namespace gw::iam {

/// A line takes at most this much text.
inline constexpr std::size_t kMaximumCase = 1024 * 1024;

/// The answer to one line, and what it says.
struct CaseResult {
    Value id;            ///< of the case; null when it has none
    std::string result;  ///< "Allowed", "ExplicitlyDenied", "ImplicitlyDenied"; empty for an error
    std::string error;   ///< why there is no result; names the member ("identityPolicies[1]: statement 2: …")
    std::string reason;  ///< the statement that decided; empty for an error

    [[nodiscard]] bool is_allowed() const { return result == "Allowed"; }
    /// {"id": …, "result": …} or {"id": …, "error": …}.
    [[nodiscard]] Value to_value() const;
};

/// Judges one case: {id, principal (an ARN, or "anonymous"), action, resource, resourceAccount, context: {key: value or
/// [values]}, identityPolicies: [policy…], resourcePolicy, sessionPolicy, permissionBoundary}. The last three may be
/// null or absent, and so may resourceAccount (the ARN's), context and identityPolicies (none). The context is taken as
/// it stands: no key is added. An anonymous caller has no identity: identityPolicies then have no say. A member that is
/// not known is an error.
CaseResult judge_case(const Value& given);

/// The same for a line of text.
CaseResult judge_line(std::string_view line);

}  // namespace gw::iam
