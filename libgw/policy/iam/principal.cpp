#include "libgw/policy/iam/principal.h"

#include <algorithm>
#include <array>

#include "libgw/base/text.h"
#include "libgw/policy/iam/match/arn.h"

namespace gw::iam {

namespace {

std::string_view last_segment(std::string_view path) { return path.substr(path.rfind('/') + 1); }
std::string_view first_segment(std::string_view path) { return path.substr(0, path.find('/')); }

bool is_account(std::string_view text) {
    return text.size() == 12 && std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c); });
}

// AIDA…, AROA…: what IAM puts in the place of a principal that was deleted.
bool is_unique_id(std::string_view text) {
    return text.size() >= 16 && text.starts_with('A') &&
           std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || (c >= 'A' && c <= 'Z'); });
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

Error refused(std::string message, std::string hint) {
    return Error{Errc::parse, std::move(message), std::move(hint), {}};
}

}  // namespace

Result<Caller> Caller::parse(std::string_view text) {
    Caller caller;
    if (text == "anonymous") return caller;
    if (text.empty()) return refused("the principal of a request is empty", "an ARN, or anonymous");
    caller.text_ = text;
    caller.kind_ = Kind::other;
    if (!text.starts_with("arn:")) {
        if (text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn")) caller.kind_ = Kind::service;
        return caller;
    }
    const auto arn = Arn::parse(text);
    if (!arn) {
        return refused("'" + std::string(text) + "' is not the ARN of a principal",
                       "such as arn:aws:iam::123456789012:user/alice");
    }
    caller.account_ = arn->account;
    caller.partition_ = arn->partition;
    std::string_view rest = arn->resource;
    if (arn->service == "iam" && rest == "root") {
        caller.kind_ = Kind::root;
    } else if (arn->service == "iam" && take_prefix(rest, "user/")) {
        caller.kind_ = Kind::user;
        caller.name_ = last_segment(rest);
    } else if (arn->service == "iam" && take_prefix(rest, "role/")) {
        caller.kind_ = Kind::role;
        caller.name_ = last_segment(rest);
    } else if (arn->service == "sts" && take_prefix(rest, "assumed-role/")) {
        caller.kind_ = Kind::session;
        caller.name_ = first_segment(rest);
    } else if (arn->service == "sts" && take_prefix(rest, "federated-user/")) {
        caller.kind_ = Kind::federated_user;
        caller.name_ = rest;
    }
    return caller;
}

std::string Caller::identity_arn() const {
    if (kind_ != Kind::session) return text_;
    return "arn:" + partition_ + ":iam::" + account_ + ":role/" + name_;
}

Result<PrincipalPattern> PrincipalPattern::parse(std::string_view type, std::string_view text) {
    PrincipalPattern pattern;
    pattern.text_ = text;
    if (text.empty()) return refused("a principal is empty", "an ARN, an account, or *");
    const bool is_wild = text.find_first_of("*?") != std::string_view::npos;
    if (type == "AWS" && text.find_first_not_of('*') == std::string_view::npos) return pattern;
    if (is_wild) {
        return refused("a principal takes no wildcard within: '" + std::string(text) + "'",
                       "name everyone with * and choose among them with a condition on aws:PrincipalArn");
    }
    if (type == "Service" || type == "Federated" || type == "CanonicalUser") {
        pattern.kind_ = type == "Service"     ? Kind::service
                        : type == "Federated" ? Kind::federated
                                              : Kind::canonical_user;
        return pattern;
    }
    if (type != "AWS") return refused("unknown type of principal '" + std::string(type) + "'", {});
    if (is_account(text)) {
        pattern.kind_ = Kind::account;
        return pattern;
    }
    if (is_unique_id(text)) {
        pattern.kind_ = Kind::unique_id;
        return pattern;
    }
    const auto arn = Arn::parse(text);
    if (!arn || (arn->service != "iam" && arn->service != "sts") || arn->resource.empty() ||
        !is_account(arn->account)) {
        return refused("'" + std::string(text) + "' is not a principal",
                       "an account, *, or an ARN such as arn:aws:iam::123456789012:user/alice");
    }
    std::string_view rest = arn->resource;
    if (arn->service == "iam" && rest == "root") {
        pattern.kind_ = Kind::account;
        pattern.text_ = arn->account;
        return pattern;
    }
    pattern.kind_ = Kind::arn;
    pattern.partition_ = arn->partition;
    pattern.account_ = arn->account;
    pattern.is_role_ = arn->service == "iam" && take_prefix(rest, "role/");
    pattern.is_user_ = arn->service == "iam" && !pattern.is_role_ && take_prefix(rest, "user/");
    pattern.name_ = pattern.is_role_ ? last_segment(rest) : rest;
    return pattern;
}

// A session's ARN does not have the path of its role. Names of roles are unique in their account whatever their path
// and case (IAM User Guide, "IAM and AWS STS quotas").
bool PrincipalPattern::stands_behind(const Caller& caller) const {
    if (partition_ != caller.partition() || account_ != caller.account()) return false;
    if (caller.kind() == Caller::Kind::session) return is_role_ && equals_ignoring_case(name_, caller.name());
    return caller.kind() == Caller::Kind::federated_user && is_user_ && name_ == caller.name();
}

PrincipalMatch PrincipalPattern::matches(const Caller& caller, const Context& context) const {
    static const ContextKey kUserId("aws:userid");
    if (kind_ == Kind::everyone) return PrincipalMatch::everyone;
    if (caller.kind() == Caller::Kind::anonymous) return PrincipalMatch::none;
    switch (kind_) {
        case Kind::everyone: break;
        case Kind::account: return caller.account() == text_ ? PrincipalMatch::account : PrincipalMatch::none;
        case Kind::unique_id: {
            const std::string* id = context.single(kUserId);
            if (!id) break;
            if (*id == text_) return PrincipalMatch::direct;
            if (id->starts_with(text_) && (*id)[text_.size()] == ':') return PrincipalMatch::behind;
            break;
        }
        case Kind::arn:
            if (caller.text() == text_) {
                // A role asks only through a session of it.
                return caller.kind() == Caller::Kind::role ? PrincipalMatch::behind : PrincipalMatch::direct;
            }
            if (stands_behind(caller)) return PrincipalMatch::behind;
            break;
        case Kind::service:
        case Kind::federated:
        case Kind::canonical_user: return caller.text() == text_ ? PrincipalMatch::direct : PrincipalMatch::none;
    }
    return PrincipalMatch::none;
}

}  // namespace gw::iam
