#include "libgw/policy/iam/statement.h"

#include <algorithm>

#include "libgw/base/text.h"

namespace gw::iam {

Result<Request> Request::make(Caller caller, std::string_view action, std::string_view resource,
                              std::string_view resource_account, Context context) {
    if (std::count(action.begin(), action.end(), ':') != 1) {
        return Error{Errc::parse, "'" + std::string(action) + "' is not an action", "such as execute-api:Invoke", {}};
    }
    const auto arn = Arn::parse(resource);
    if (!arn) {
        return Error{Errc::parse,
                     "the resource '" + std::string(resource) + "' is not an ARN",
                     "such as arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/prod/GET/pets",
                     {}};
    }
    if (resource.size() > kMaximumResource) {
        return Error{Errc::limit,
                     "the ARN of the resource is longer than " + std::to_string(kMaximumResource) + " bytes",
                     {},
                     {}};
    }
    Request request;
    request.caller_ = std::move(caller);
    request.action_ = action;
    request.action_in_lower_case_ = to_lower(action);
    request.resource_account_ = resource_account.empty() ? arn->account : resource_account;
    request.resource_ = resource;
    request.context_ = std::move(context);
    return request;
}

Mismatch Statement::mismatch(const Request& request, const Arn& resource) const {
    using Element = Mismatch::Element;
    const bool names_action = std::any_of(actions.begin(), actions.end(), [&](const Glob& action) {
        return action.matches(request.action_in_lower_case());
    });
    if (names_action == is_not_action) return {Element::action};
    bool names_resource = false;
    bool is_unknown = false;
    for (const ArnPattern& pattern : resources) {
        const Match match = pattern.matches(resource, request.context());
        names_resource = names_resource || match == Match::yes;
        is_unknown = is_unknown || match == Match::unknown;
        if (names_resource) break;
    }
    // A variable without a value matches nothing, and nothing is outside of what it does not name.
    if (is_not_resource ? names_resource || is_unknown : !names_resource) return {Element::resource};
    for (std::size_t i = 0; i < conditions.size(); ++i) {
        if (!conditions[i].holds(request.context())) return {Element::condition, i};
    }
    return {};
}

PrincipalMatch Statement::match_principal(const Request& request) const {
    PrincipalMatch strongest = PrincipalMatch::none;
    for (const PrincipalPattern& principal : principals) {
        strongest = std::max(strongest, principal.matches(request.caller(), request.context()));
    }
    if (!is_not_principal) return strongest;
    return strongest == PrincipalMatch::none ? PrincipalMatch::direct : PrincipalMatch::none;
}

std::string Statement::label() const {
    std::string text = "statement " + std::to_string(number);
    if (!sid.empty()) text += " \"" + sid + "\"";
    return text;
}

}  // namespace gw::iam
