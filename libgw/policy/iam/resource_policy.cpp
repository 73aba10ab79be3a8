#include "libgw/policy/iam/resource_policy.h"

namespace gw::iam {

namespace {

constexpr Decision kNoRestriction = {Outcome::allowed, Part::resource, nullptr, nullptr};

Decision judge_alone(const Request& request, const Policy* policy, Trace* trace) {
    if (!policy) return kNoRestriction;
    PolicySet policies;
    policies.resource = policy;
    return evaluate(request, policies, trace);
}

// Table A: what an authorizer returned and the resource policy, as of one account.
Decision judge_either(const Request& request, const PolicySet& policies, Trace* trace) {
    Decision decision{Outcome::implicitly_denied, Part::identity, nullptr, nullptr};
    const auto ask = [&](const Policy* policy, Part part) {
        if (!policy || decision.outcome == Outcome::explicitly_denied) return;
        const Finding finding = find(*policy, part, request, false, trace);
        if (finding.outcome == Outcome::explicitly_denied || (finding.statement && !decision.statement)) {
            decision = {finding.outcome, part, policy, finding.statement};
        }
    };
    for (const Policy* policy : policies.identity) ask(policy, Part::identity);
    ask(policies.resource, Part::resource);
    return decision;
}

}  // namespace

Decision judge_before(Authorization authorization, const Request& anonymous, const Policy* policy, Trace* trace) {
    if (authorization != Authorization::lambda || !policy) return kNoRestriction;
    const Finding finding = find(*policy, Part::resource, anonymous, false, trace);
    if (finding.outcome != Outcome::explicitly_denied) return kNoRestriction;
    return {finding.outcome, Part::resource, policy, finding.statement};
}

Decision judge(Authorization authorization, const Request& request, const PolicySet& policies, Trace* trace) {
    switch (authorization) {
        case Authorization::none:
        case Authorization::user_pool: return judge_alone(request, policies.resource, trace);
        case Authorization::lambda: return judge_either(request, policies, trace);
        case Authorization::iam: break;
    }
    return evaluate(request, policies, trace);
}

}  // namespace gw::iam
