#pragma once
// What a REST API says to those whom a policy denies (403, AccessDeniedException, gateway response ACCESS_DENIED).

#include <string>
#include <string_view>

#include "libgw/policy/iam/evaluate.h"

namespace gw::iam {

/// Hides the account in an ARN but for its last four digits: "arn:aws:execute-api:us-east-1:********9012:api/…". What
/// is no ARN, or has no account of 12 digits, stays as it is.
std::string mask_account(std::string_view arn);

/// "User: CALLER is not authorized to perform: ACTION on resource: ARN", and " with an explicit deny" when there was
/// one. The account is masked in the resource and not in the caller. Requires: the decision is a denial.
std::string denial_message(const Request& request, const Decision& decision);

/// What is said when the policy that a Lambda authorizer returned did not allow: "User is not authorized to access this
/// resource", with the same ending. Requires: the decision is a denial.
std::string authorizer_denial_message(const Decision& decision);

}  // namespace gw::iam
