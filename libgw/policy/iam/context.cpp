#include "libgw/policy/iam/context.h"

#include <algorithm>
#include <array>

#include "libgw/base/text.h"
#include "libgw/base/time_text.h"
#include "libgw/policy/iam/match/arn.h"
#include "libgw/policy/iam/principal.h"

namespace gw::iam {

namespace {

// IAM User Guide, "AWS global condition context keys": the keys whose value type is multivalued.
constexpr std::array<std::string_view, 6> kMultivalued = {
    "aws:calledvia",        "aws:principalorgpaths", "aws:principalservicenameslist",
    "aws:resourceorgpaths", "aws:sourceorgpaths",    "aws:tagkeys"};

// aws:PrincipalType (IAM User Guide, "AWS global condition context keys").
std::string_view type_of(const Caller& caller) {
    switch (caller.kind()) {
        case Caller::Kind::root: return "Account";
        case Caller::Kind::user: return "User";
        case Caller::Kind::role:
        case Caller::Kind::session: return "AssumedRole";
        case Caller::Kind::federated_user: return "FederatedUser";
        case Caller::Kind::anonymous: return "Anonymous";
        case Caller::Kind::service:
        case Caller::Kind::other: break;
    }
    return {};
}

void add_principal(Context& context, const PrincipalFacts& facts, Date now) {
    const auto set = [&](std::string_view key, std::string value) {
        if (!value.empty()) context.set(key, std::move(value));
    };
    if (const auto caller = Caller::parse(facts.arn)) {
        set("aws:PrincipalAccount", std::string(caller->account()));
        set("aws:PrincipalArn", facts.role_arn.empty() ? caller->identity_arn() : facts.role_arn);
        set("aws:PrincipalType", std::string(type_of(*caller)));
        if (caller->kind() == Caller::Kind::user) set("aws:username", std::string(caller->name()));
    }
    set("aws:userid", facts.user_id);
    set("aws:PrincipalOrgID", facts.organization);
    if (!facts.organization_paths.empty()) context.set("aws:PrincipalOrgPaths", facts.organization_paths);
    for (const auto& [name, value] : facts.tags) context.set("aws:PrincipalTag/" + name, value);
    if (facts.multi_factor)
        context.set("aws:MultiFactorAuthPresent", std::string(*facts.multi_factor ? "true" : "false"));
    if (facts.issued) {
        context.set("aws:TokenIssueTime", std::string(to_iso8601(*facts.issued)));
        if (facts.multi_factor && *facts.multi_factor) {
            const auto age = std::chrono::floor<std::chrono::seconds>(now - *facts.issued).count();
            context.set("aws:MultiFactorAuthAge", std::to_string(age));
        }
    }
}

}  // namespace

ContextKey::ContextKey(std::string_view text) : name(to_lower(text)) {
    hash = 2166136261U;  // FNV-1a; the names come from policies and the gateway, not from clients
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
}

void Context::put(Entry entry) {
    const auto same = std::find_if(entries_.begin(), entries_.end(),
                                   [&](const Entry& other) { return other.key.name == entry.key.name; });
    if (same != entries_.end()) {
        *same = std::move(entry);
    } else {
        entries_.push_back(std::move(entry));
    }
}

void Context::set(std::string_view key, std::string value) {
    Entry entry{ContextKey(key), {}, false};
    entry.values.push_back(std::move(value));
    put(std::move(entry));
}

void Context::set(std::string_view key, std::vector<std::string> values) {
    if (values.empty()) return;
    Entry entry{ContextKey(key), std::move(values), true};
    entry.is_multivalued = entry.values.size() > 1 ||
                           std::find(kMultivalued.begin(), kMultivalued.end(), entry.key.name) != kMultivalued.end();
    put(std::move(entry));
}

const Context::Entry* Context::find(const ContextKey& key) const {
    for (const Entry& entry : entries_) {
        if (entry.key.hash == key.hash && entry.key.name == key.name) return &entry;
    }
    return nullptr;
}

const std::string* Context::single(const ContextKey& key) const {
    const Entry* entry = find(key);
    return entry && !entry->is_multivalued ? &entry->values.front() : nullptr;
}

Context make_context(const RequestFacts& facts, Date now) {
    Context context;
    context.set("aws:CurrentTime", std::string(to_iso8601(now)));
    context.set("aws:EpochTime", std::to_string(to_unix_seconds(now)));
    context.set("aws:SecureTransport", std::string(facts.is_secure ? "true" : "false"));
    if (!facts.source_ip.empty()) context.set("aws:SourceIp", facts.source_ip);
    if (!facts.source_arn.empty()) context.set("aws:SourceArn", facts.source_arn);
    if (facts.user_agent) context.set("aws:UserAgent", *facts.user_agent);
    if (facts.referer) context.set("aws:Referer", *facts.referer);
    if (facts.principal) add_principal(context, *facts.principal, now);
    return context;
}

}  // namespace gw::iam
