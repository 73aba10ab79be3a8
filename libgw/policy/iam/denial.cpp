#include "libgw/policy/iam/denial.h"

namespace gw::iam {

namespace {

std::string_view ending(const Decision& decision) {
    return decision.outcome == Outcome::explicitly_denied ? " with an explicit deny" : "";
}

}  // namespace

std::string mask_account(std::string_view arn) {
    std::string masked(arn);
    const auto name = Arn::parse(arn);
    constexpr std::size_t kAccount = 12;
    constexpr std::size_t kShown = 4;
    if (!name || name->account.size() != kAccount) return masked;
    const auto at = static_cast<std::size_t>(name->account.data() - arn.data());
    masked.replace(at, kAccount - kShown, kAccount - kShown, '*');
    return masked;
}

std::string denial_message(const Request& request, const Decision& decision) {
    std::string message = "User: " + request.caller().text() + " is not authorized to perform: " + request.action();
    message += " on resource: " + mask_account(request.resource().text);
    message += ending(decision);
    return message;
}

std::string authorizer_denial_message(const Decision& decision) {
    return "User is not authorized to access this resource" + std::string(ending(decision));
}

}  // namespace gw::iam
