#include "libgw/policy/iam/evaluate.h"

#include <algorithm>
#include <array>

namespace gw::iam {

namespace {

constexpr std::string_view kStage = "policy";

std::string_view to_string(Effect effect) { return effect == Effect::allow ? "Allow" : "Deny"; }

std::string describe(const Statement& statement, const Mismatch& mismatch) {
    switch (mismatch.element) {
        case Mismatch::Element::action:
            return statement.is_not_action ? "NotAction does not match" : "Action does not match";
        case Mismatch::Element::resource:
            return statement.is_not_resource ? "NotResource does not match" : "Resource does not match";
        case Mismatch::Element::principal:
            return statement.is_not_principal ? "NotPrincipal does not match" : "Principal does not match";
        case Mismatch::Element::condition:
            return "condition " + statement.conditions[mismatch.condition].label() + " does not hold";
        case Mismatch::Element::none: break;
    }
    return "matches";
}

// What all policies of one part say.
struct PartFinding {
    Finding finding;
    const Policy* policy = nullptr;
    [[nodiscard]] bool allows() const { return finding.outcome == Outcome::allowed; }
    [[nodiscard]] bool denies() const { return finding.outcome == Outcome::explicitly_denied; }
};

PartFinding find_in_part(std::span<const Policy* const> policies, Part part, const Request& request, bool has_boundary,
                         Trace* trace) {
    PartFinding all;
    for (const Policy* policy : policies) {
        if (!policy) continue;
        const Finding finding = find(*policy, part, request, has_boundary, trace);
        if (finding.outcome == Outcome::explicitly_denied) return {finding, policy};
        if (finding.outcome == Outcome::allowed && !all.allows()) all = {finding, policy};
    }
    return all;
}

Decision decided(Outcome outcome, Part part, const PartFinding& by) {
    return {outcome, part, by.policy, by.finding.statement};
}
Decision not_allowed_by(Part part) { return {Outcome::implicitly_denied, part, nullptr, nullptr}; }

bool is_session(const Caller& caller) {
    return caller.kind() == Caller::Kind::session || caller.kind() == Caller::Kind::federated_user;
}

}  // namespace

std::string_view to_string(Outcome outcome) {
    switch (outcome) {
        case Outcome::allowed: return "Allowed";
        case Outcome::explicitly_denied: return "ExplicitlyDenied";
        case Outcome::implicitly_denied: break;
    }
    return "ImplicitlyDenied";
}

std::string_view to_string(Part part) {
    switch (part) {
        case Part::identity: return "identity-based policy";
        case Part::resource: return "resource-based policy";
        case Part::session: return "session policy";
        case Part::boundary: break;
    }
    return "permissions boundary";
}

std::string Decision::reason() const {
    if (!statement) {
        if (outcome == Outcome::allowed) return "no policy limits the caller";
        return "no " + std::string(to_string(part)) + " allows";
    }
    std::string text = statement->label();
    if (policy && !policy->name.empty()) text += " of " + policy->name;
    return text + (outcome == Outcome::allowed ? " allows" : " denies");
}

Finding find(const Policy& policy, Part part, const Request& request, bool has_boundary, Trace* trace) {
    Finding found;
    const Arn resource = request.resource();
    for (const Statement& statement : policy.statements) {
        Mismatch mismatch = statement.mismatch(request, resource);
        PrincipalMatch principal = PrincipalMatch::direct;
        if (part == Part::resource && mismatch.element == Mismatch::Element::none) {
            principal = statement.match_principal(request);
            const bool always = has_boundary && statement.is_not_principal && statement.effect == Effect::deny;
            if (principal == PrincipalMatch::none && !always) mismatch.element = Mismatch::Element::principal;
        }
        note(trace, kStage, [&] {
            std::string line = statement.label();
            line += " of " + (policy.name.empty() ? std::string(to_string(part)) : policy.name);
            line += ", " + std::string(to_string(statement.effect)) + ": ";
            return line + describe(statement, mismatch);
        });
        if (mismatch.element != Mismatch::Element::none) continue;
        if (statement.effect == Effect::deny) return {Outcome::explicitly_denied, &statement, principal};
        if (!found.statement || principal > found.principal) found = {Outcome::allowed, &statement, principal};
    }
    return found;
}

namespace {

Decision decide(const Request& request, const PolicySet& policies, Trace* trace) {
    const Caller& caller = request.caller();
    const bool has_boundary = policies.boundary != nullptr;
    const bool is_anonymous = caller.kind() == Caller::Kind::anonymous;
    const auto find_one = [&](const Policy* policy, Part part) {
        return find_in_part({&policy, 1}, part, request, has_boundary, trace);
    };

    const PartFinding resource = find_one(policies.resource, Part::resource);
    if (is_anonymous) {
        if (!resource.finding.statement) return not_allowed_by(Part::resource);
        return decided(resource.finding.outcome, Part::resource, resource);
    }
    const PartFinding identity = find_in_part(policies.identity, Part::identity, request, has_boundary, trace);
    const PartFinding session = find_one(policies.session, Part::session);
    const PartFinding boundary = find_one(policies.boundary, Part::boundary);
    if (identity.denies()) return decided(Outcome::explicitly_denied, Part::identity, identity);
    if (resource.denies()) return decided(Outcome::explicitly_denied, Part::resource, resource);
    if (session.denies()) return decided(Outcome::explicitly_denied, Part::session, session);
    if (boundary.denies()) return decided(Outcome::explicitly_denied, Part::boundary, boundary);

    const PrincipalMatch given = resource.allows() ? resource.finding.principal : PrincipalMatch::none;
    const bool is_root = caller.kind() == Caller::Kind::root && policies.identity.empty();
    const bool identity_allows = identity.allows() || is_root;
    const bool same_account = !caller.account().empty() && caller.account() == request.resource_account();
    const bool is_service = caller.kind() == Caller::Kind::service;
    const bool resource_suffices = given > PrincipalMatch::account && (same_account || is_service);
    if (!resource_suffices) {
        if (is_service) return not_allowed_by(Part::resource);
        if (!same_account && given == PrincipalMatch::none) return not_allowed_by(Part::resource);
        if (!identity_allows) return not_allowed_by(Part::identity);
    }

    const bool is_direct = same_account && given == PrincipalMatch::direct;
    const bool is_to_everyone = same_account && given == PrincipalMatch::everyone;
    const bool past_boundary =
        is_to_everyone || (is_direct && (caller.kind() == Caller::Kind::user || is_session(caller)));
    const bool past_session = is_to_everyone || (is_direct && is_session(caller));
    const bool boundary_limits = policies.boundary && !boundary.allows();
    const bool session_limits = policies.session && !session.allows();
    if (boundary_limits && !past_boundary) return not_allowed_by(Part::boundary);
    if (session_limits && !past_session) return not_allowed_by(Part::session);
    if (identity_allows && !boundary_limits && !session_limits)
        return decided(Outcome::allowed, Part::identity, identity);
    return decided(Outcome::allowed, Part::resource, resource);
}

}  // namespace

Decision evaluate(const Request& request, const PolicySet& policies, Trace* trace) {
    const Decision decision = decide(request, policies, trace);
    note(trace, kStage, [&] {
        return decision.reason() + " " + request.action() + " on " + std::string(request.resource().text) + " to " +
               request.caller().text() + " -> " + std::string(to_string(decision.outcome));
    });
    return decision;
}

}  // namespace gw::iam
