#include "libgw/policy/cors/audit/judge.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/policy/cors/check.h"
#include "libgw/policy/cors/header_list.h"

// Guards against false alarms:
//  - an origin counts as let in only when the answer names it byte for byte; * is a public answer and no mistake;
//  - a server that lets strangers in has one mistake, not ten: the others follow from it and are not told;
//  - names below the site of a trusted origin belong to whoever owns the site: they are told as a note;
//  - an origin that was given as trusted is never a finding, a third party included;
//  - Vary is missed only where two answers differ, and never where nothing may be stored.

namespace gw::cors {
namespace {

struct Admission {
    bool actual = false;     ///< the answer itself can be read
    bool preflight = false;  ///< what is not simple is let through
    bool credentials = false;
    [[nodiscard]] bool any() const { return actual || preflight; }
};

bool names_origin(std::uint16_t status, const http::Fields& fields, std::string_view origin) {
    return status != 0 && combined(fields, "access-control-allow-origin") == origin;
}

bool gives_credentials(const http::Fields& fields) {
    return combined(fields, "access-control-allow-credentials") == "true";
}

Admission admission_of(const Reaction& reaction) {
    Admission found;
    const std::string& origin = reaction.probe.origin;
    if (origin.empty()) return found;
    found.actual = names_origin(reaction.status, reaction.fields, origin);
    found.preflight = is_ok_status(reaction.preflight_status) &&
                      names_origin(reaction.preflight_status, reaction.preflight_fields, origin);
    found.credentials = (found.actual && gives_credentials(reaction.fields)) ||
                        (found.preflight && gives_credentials(reaction.preflight_fields));
    return found;
}

std::string evidence_of(const http::Fields& fields, std::uint16_t status, std::string_view what,
                        std::string_view origin) {
    std::string text = origin.empty() ? fmt::format("{} without Origin -> {}", what, status)
                                      : fmt::format("{} with Origin: {} -> {}", what, origin, status);
    bool said = false;
    for (const char* name : {"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Vary"})
        if (const auto value = combined(fields, name)) {
            text += fmt::format(", {}: {}", name, *value);
            said = true;
        }
    return said ? text : text + ", nothing of CORS";
}

std::string evidence_of(const Reaction& reaction, const Admission& admission) {
    if (admission.actual) return evidence_of(reaction.fields, reaction.status, "the request", reaction.probe.origin);
    return evidence_of(reaction.preflight_fields, reaction.preflight_status, "the preflight", reaction.probe.origin);
}

Severity lower(Severity severity) {
    return severity == Severity::low ? severity : static_cast<Severity>(static_cast<int>(severity) - 1);
}

/// By what a stranger gains: with credentials the session of whoever visits, without them what only the visitor's
/// network can reach. A preflight alone lets him act and not read.
Severity weigh(Flaw flaw, const Admission& admission) {
    Severity severity = Severity::high;
    if (flaw == Flaw::reflected_origin) severity = Severity::critical;
    if (flaw == Flaw::http_downgrade) severity = Severity::medium;
    if (!admission.credentials) severity = flaw == Flaw::reflected_origin ? Severity::medium : lower(lower(severity));
    if (!admission.actual) severity = lower(severity);
    return severity;
}

std::string cause_of(Flaw flaw, const Admission& admission, const Probe& probe) {
    std::string text(describe(flaw));
    if (!probe.base.empty()) text += fmt::format(" (made from {})", probe.base);
    text += admission.credentials ? "; with credentials: their pages act and read as whoever visits them"
                                  : "; without credentials: they read what the visitor's network can reach";
    if (!admission.actual) text += "; on the preflight only: they can send what they cannot read";
    return text;
}

std::vector<std::string> fix_of(Flaw flaw, const Admission& admission) {
    switch (flaw) {
        case Flaw::reflected_origin:
            if (!admission.credentials)
                return {"compare with a list of origins, byte for byte; where all may read, say so:",
                        "Access-Control-Allow-Origin: *"};
            return {"compare with a list of origins, byte for byte, and say nothing of CORS to others"};
        case Flaw::null_origin: return {"take null off the list, and give the page an origin of its own"};
        case Flaw::prefix_match: return {"compare the whole origin, not its beginning: a pattern ends with $"};
        case Flaw::suffix_match:
            return {
                "compare the whole origin, not its end: a pattern begins with ^https:// and has \\. before the site"};
        case Flaw::unescaped_dot: return {"write \\. in the pattern, or compare with a list, byte for byte"};
        case Flaw::http_downgrade: return {"allow https:// alone"};
        case Flaw::third_party: return {"name the one host that the pages come from, or serve them from your own"};
        case Flaw::wildcard_with_credentials:
            return {"with credentials name the one origin that asks, from a list; for public answers leave out",
                    "Access-Control-Allow-Credentials"};
        case Flaw::missing_vary: return {"on every answer, those without fields of CORS included:", "Vary: Origin"};
    }
    return {};
}

Finding make_finding(Flaw flaw, const Reaction& reaction, const Admission& admission) {
    return {flaw,
            weigh(flaw, admission),
            reaction.probe.origin,
            evidence_of(reaction, admission),
            cause_of(flaw, admission, reaction.probe),
            fix_of(flaw, admission)};
}

std::optional<Flaw> flaw_of(Disguise disguise) {
    switch (disguise) {
        case Disguise::stranger: return Flaw::reflected_origin;
        case Disguise::null: return Flaw::null_origin;
        case Disguise::prefix: return Flaw::prefix_match;
        case Disguise::suffix:
        case Disguise::sibling: return Flaw::suffix_match;
        case Disguise::dot: return Flaw::unescaped_dot;
        case Disguise::plain: return Flaw::http_downgrade;
        case Disguise::third_party: return Flaw::third_party;
        case Disguise::none:
        case Disguise::trusted:
        case Disguise::subdomain: return std::nullopt;
    }
    return std::nullopt;
}

const Reaction* let_in(const std::vector<Reaction>& reactions, Disguise disguise, std::string_view base = {}) {
    for (const Reaction& reaction : reactions)
        if (reaction.probe.disguise == disguise && (base.empty() || reaction.probe.base == base) &&
            admission_of(reaction).any())
            return &reaction;
    return nullptr;
}

bool varies_by_origin(const http::Fields& fields) {
    const auto names = token_list(combined(fields, "vary").value_or(std::string()));
    return !names || contains(*names, "*") || contains_ignoring_case(*names, "origin");
}

bool is_never_stored(const http::Fields& fields) {
    const std::string control = combined(fields, "cache-control").value_or(std::string());
    for (const std::string_view directive : split(control, ','))
        if (equals_ignoring_case(trim_ows(directive), "no-store")) return true;
    return false;
}

/// Two answers that differ by origin, one of which does not say so.
std::optional<Finding> find_missing_vary(const std::vector<Reaction>& reactions) {
    const auto some = std::find_if(reactions.begin(), reactions.end(),
                                   [](const Reaction& each) { return admission_of(each).actual; });
    if (some == reactions.end()) return std::nullopt;
    for (const Reaction& other : reactions) {
        const auto allowed = combined(other.fields, "access-control-allow-origin");
        if (other.status != some->status || allowed == some->probe.origin) continue;
        const Reaction& silent = varies_by_origin(some->fields) ? other : *some;
        if (varies_by_origin(silent.fields) || is_never_stored(silent.fields)) continue;
        Finding finding;
        finding.flaw = Flaw::missing_vary;
        const auto control = combined(silent.fields, "cache-control");
        finding.severity = control && control->find("max-age") != std::string::npos ? Severity::medium : Severity::low;
        finding.origin = some->probe.origin;
        finding.evidence = evidence_of(some->fields, some->status, "the request", some->probe.origin) + "; " +
                           evidence_of(other.fields, other.status, "the request", other.probe.origin);
        finding.cause = describe(Flaw::missing_vary);
        finding.fix = fix_of(Flaw::missing_vary, {});
        return finding;
    }
    return std::nullopt;
}

std::optional<Finding> find_wildcard_with_credentials(const std::vector<Reaction>& reactions) {
    for (const Reaction& reaction : reactions)
        for (const bool preflight : {false, true}) {
            const http::Fields& fields = preflight ? reaction.preflight_fields : reaction.fields;
            if (combined(fields, "access-control-allow-origin") != "*" || !gives_credentials(fields)) continue;
            Finding finding;
            finding.flaw = Flaw::wildcard_with_credentials;
            finding.severity = Severity::medium;
            finding.origin = reaction.probe.origin;
            finding.evidence = evidence_of(fields, preflight ? reaction.preflight_status : reaction.status,
                                           preflight ? "the preflight" : "the request", reaction.probe.origin);
            finding.cause = describe(Flaw::wildcard_with_credentials);
            finding.fix = fix_of(Flaw::wildcard_with_credentials, {});
            return finding;
        }
    return std::nullopt;
}

bool is_decisive(std::uint16_t status) { return status != 0 && status < 500 && !is_redirect_status(status); }

}  // namespace

Audit judge(const std::vector<Reaction>& reactions) {
    Audit audit;
    audit.conclusive = std::any_of(reactions.begin(), reactions.end(), [](const Reaction& each) {
        if (each.status == 0) return is_decisive(each.preflight_status);
        return is_decisive(each.status) || is_ok_status(each.preflight_status);
    });
    const Reaction* stranger = let_in(reactions, Disguise::stranger);
    if (stranger != nullptr)
        audit.findings.push_back(make_finding(Flaw::reflected_origin, *stranger, admission_of(*stranger)));
    std::vector<std::pair<Flaw, std::string>> told;
    for (const Reaction& reaction : reactions) {
        const Probe& probe = reaction.probe;
        const Admission admission = admission_of(reaction);
        const auto flaw = flaw_of(probe.disguise);
        if (probe.disguise == Disguise::trusted && !admission.any() &&
            combined(reaction.fields, "access-control-allow-origin") != "*")
            audit.notes.push_back(probe.origin +
                                  " is not allowed itself: how others are told from it was hardly tried");
        if (stranger != nullptr || !flaw || !admission.any()) continue;
        // the whole site is allowed: a sibling is no more than that
        if (probe.disguise == Disguise::sibling && let_in(reactions, Disguise::subdomain, probe.base) != nullptr)
            continue;
        // what ends like the site is allowed with whatever stands before it
        if (probe.disguise == Disguise::dot && let_in(reactions, Disguise::suffix, probe.base) != nullptr) continue;
        if (std::find(told.begin(), told.end(), std::pair(*flaw, probe.base)) != told.end()) continue;
        told.emplace_back(*flaw, probe.base);
        Finding finding = make_finding(*flaw, reaction, admission);
        if (probe.disguise == Disguise::sibling) {
            finding.severity = lower(finding.severity);
            finding.cause += "; here only where others may have names below the same site";
        }
        audit.findings.push_back(std::move(finding));
    }
    if (const Reaction* below = let_in(reactions, Disguise::subdomain); below != nullptr && stranger == nullptr)
        audit.notes.push_back(fmt::format(
            "every name below the site is allowed ({}): whoever takes over one of them is in", below->probe.origin));
    if (auto finding = find_wildcard_with_credentials(reactions)) audit.findings.push_back(*std::move(finding));
    if (auto finding = find_missing_vary(reactions)) audit.findings.push_back(*std::move(finding));
    if (!audit.conclusive && audit.findings.empty())
        audit.notes.emplace_back("the server failed or sent elsewhere each time: that nothing was found means nothing");
    std::stable_sort(audit.findings.begin(), audit.findings.end(),
                     [](const Finding& one, const Finding& other) { return one.severity > other.severity; });
    return audit;
}

}  // namespace gw::cors
