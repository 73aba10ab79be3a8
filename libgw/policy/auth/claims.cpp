#include "libgw/policy/auth/claims.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "libgw/base/json.h"
#include "libgw/base/text.h"

namespace gw::auth {

namespace {

TokenFault bad_claim(std::string detail) { return {reason::kJwtClaim, std::move(detail), {}}; }

/// Milliseconds of a NumericDate; nothing for what is none.
std::optional<std::int64_t> milliseconds_of(const Value& value) {
    if (value.is_integer()) {
        const auto seconds = value.to_int64();
        if (!seconds || *seconds < 0 || *seconds > Claims::kMaxSeconds) return std::nullopt;
        return *seconds * 1000;
    }
    const auto seconds = value.to_double();
    if (!seconds || !std::isfinite(*seconds) || *seconds < 0 || *seconds > static_cast<double>(Claims::kMaxSeconds)) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(std::floor(*seconds * 1000));
}

/// A string, or an array of nothing but strings.
bool is_text_or_texts(const Value& value) {
    if (value.if_string() != nullptr) return true;
    const Array* const list = value.if_array();
    return list != nullptr &&
           std::all_of(list->begin(), list->end(), [](const Value& each) { return each.if_string() != nullptr; });
}

void append_words(std::string_view text, std::vector<std::string_view>& words) {
    for (const std::string_view word : split(text, ' ')) {
        if (!word.empty()) words.push_back(word);
    }
}

/// "5m", "54m 10s", "3d 2h": how far two moments are apart.
std::string span_text(std::int64_t milliseconds) {
    const std::int64_t seconds = milliseconds / 1000;
    if (seconds < 60) return fmt::format("{}s", seconds);
    if (seconds < 3600) return fmt::format("{}m {}s", seconds / 60, seconds % 60);
    if (seconds < 86400) return fmt::format("{}h {}m", seconds / 3600, seconds % 3600 / 60);
    return fmt::format("{}d {}h", seconds / 86400, seconds % 86400 / 3600);
}

/// Whether a claim has, or holds, the value.
bool has_value(const Value& claim, std::string_view value) {
    if (const Array* list = claim.if_array()) {
        return std::any_of(list->begin(), list->end(), [&](const Value& each) {
            return each.if_array() == nullptr && each.if_object() == nullptr && has_value(each, value);
        });
    }
    if (const std::string* text = claim.if_string()) return *text == value;
    return (claim.is_number() || claim.if_bool() != nullptr) && to_json(claim) == value;
}

/// RFC 9068 §4: "at+jwt" and "application/at+jwt" are the same, in any case.
bool is_same_type(std::string_view left, std::string_view right) {
    constexpr std::string_view kPrefix = "application/";
    if (starts_with_ignoring_case(left, kPrefix)) left.remove_prefix(kPrefix.size());
    if (starts_with_ignoring_case(right, kPrefix)) right.remove_prefix(kPrefix.size());
    return equals_ignoring_case(left, right);
}

/// Keeps the first fault, and tells a checklist, if there is one, of everything.
class Judge {
  public:
    explicit Judge(Checklist* checks) : checks_(checks) {}
    /// `found()` says what was found; `reason` is the fault's when it is not good.
    template <class Found>
    void check(std::string_view name, bool good, std::string_view reason, Found&& found) {
        if (good && checks_ == nullptr) return;
        std::string text = found();
        if (!good && !fault_) fault_ = TokenFault{reason, fmt::format("{}: {}", name, text), {}};
        if (checks_ != nullptr) checks_->add(std::string(name), good, std::move(text));
    }
    /// True when nobody wants to hear more.
    [[nodiscard]] bool is_done() const { return fault_ && checks_ == nullptr; }
    std::optional<TokenFault> take() { return std::move(fault_); }

  private:
    Checklist* checks_;
    std::optional<TokenFault> fault_;
};

void check_dates(const Claims& claims, const ClaimRules& rules, Judge& judge, std::int64_t now) {
    const std::int64_t leeway = std::chrono::milliseconds(rules.leeway).count();
    if (const auto expires = claims.expires()) {
        // RFC 7519 §4.1.4: "on or after which the JWT MUST NOT be accepted"
        judge.check("exp", now < *expires + leeway, reason::kJwtExpired, [&] {
            return now < *expires ? "in " + span_text(*expires - now) : "expired " + span_text(now - *expires) + " ago";
        });
    } else if (rules.requires_exp) {
        judge.check("exp", false, reason::kJwtClaim, [] { return std::string("absent"); });
    }
    if (const auto not_before = claims.not_before()) {
        judge.check("nbf", now + leeway >= *not_before, reason::kJwtEarly, [&] {
            return now >= *not_before ? span_text(now - *not_before) + " ago" : "in " + span_text(*not_before - now);
        });
    }
    if (const auto issued = claims.issued_at()) {
        judge.check("iat", now + leeway >= *issued, reason::kJwtEarly, [&] {
            return now >= *issued ? span_text(now - *issued) + " ago" : "in " + span_text(*issued - now);
        });
    }
}

void check_audience(const Claims& claims, const ClaimRules& rules, Judge& judge) {
    if (!rules.audiences.empty()) {
        const auto audiences = claims.audiences();
        const bool good = std::any_of(audiences.begin(), audiences.end(), [&](std::string_view each) {
            return std::find(rules.audiences.begin(), rules.audiences.end(), each) != rules.audiences.end();
        });
        const bool is_client = claims.find("aud") == nullptr && !audiences.empty();
        judge.check(is_client ? "client_id" : "aud", good, reason::kJwtAudience,
                    [&] { return audiences.empty() ? "absent" : join(audiences, " "); });
    }
    if (rules.audience_pattern) {
        const Value* const audience = claims.find("aud");
        const auto values = audience == nullptr ? std::vector<std::string_view>() : claims.audiences();
        const bool good = std::any_of(values.begin(), values.end(),
                                      [&](std::string_view each) { return rules.audience_pattern->full_match(each); });
        judge.check("aud", good, reason::kJwtAudience, [&] { return values.empty() ? "absent" : join(values, " "); });
    }
}

}  // namespace

Judged<Claims> Claims::parse(std::string_view payload) {
    auto members =
        parse_json(payload, {.depth = 16, .nodes = kMaxMembers, .size = std::size_t{1} << 20U, .unique_keys = true});
    if (!members) return TokenFault{reason::kJwtMalformed, "claims: " + members.error().message, {}};
    const Object* const object = members->if_object();
    if (object == nullptr) return TokenFault{reason::kJwtMalformed, "claims are not an object", {}};
    Claims claims;
    for (const Member& member : *object) {
        const std::string& name = member.key;
        std::optional<std::int64_t>* const date = name == "exp"   ? &claims.expires_
                                                  : name == "nbf" ? &claims.not_before_
                                                  : name == "iat" ? &claims.issued_at_
                                                                  : nullptr;
        if (date != nullptr) {
            *date = milliseconds_of(member.value);
            if (!*date) return bad_claim(fmt::format("{} is not a date (seconds since 1970)", name));
        } else if (name == "aud" || name == "scope" || name == "scp") {
            if (!is_text_or_texts(member.value))
                return bad_claim(name + " is neither a string nor an array of strings");
        } else if (name == "iss" || name == "sub" || name == "jti" || name == "client_id" || name == "token_use") {
            if (member.value.if_string() == nullptr) return bad_claim(name + " is not a string");
        }
    }
    claims.members_ = std::move(*members);
    return claims;
}

std::string_view Claims::text(std::string_view name) const {
    const std::string* text = members_.find_string(name);
    return text == nullptr ? std::string_view() : std::string_view(*text);
}

std::vector<std::string_view> Claims::audiences() const {
    std::vector<std::string_view> values;
    const Value* audience = find("aud");
    if (audience == nullptr) audience = find("client_id");
    if (audience == nullptr) return values;
    if (const std::string* text = audience->if_string()) values.push_back(*text);
    if (const Array* list = audience->if_array()) {
        for (const Value& each : *list) values.push_back(*each.if_string());
    }
    return values;
}

std::vector<std::string_view> Claims::scopes() const {
    std::vector<std::string_view> words;
    const Value* scope = find("scope");
    if (scope == nullptr) scope = find("scp");
    if (scope == nullptr) return words;
    if (const std::string* text = scope->if_string()) append_words(*text, words);
    if (const Array* list = scope->if_array()) {
        for (const Value& each : *list) append_words(*each.if_string(), words);
    }
    return words;
}

std::optional<TokenFault> check_claims(const Claims& claims, std::string_view type, const ClaimRules& rules,
                                       Checklist* checks, Date date) {
    Judge judge(checks);
    if (!rules.issuer.empty()) {
        const std::string_view issuer = claims.text("iss");
        judge.check("iss", issuer == rules.issuer, reason::kJwtIssuer,
                    [&] { return issuer.empty() ? "absent" : std::string(issuer); });
    }
    if (!judge.is_done()) check_audience(claims, rules, judge);
    if (!judge.is_done()) check_dates(claims, rules, judge, to_unix_milliseconds(date));
    if (!rules.type.empty() && !judge.is_done()) {
        judge.check("typ", is_same_type(type, rules.type), reason::kJwtUse,
                    [&] { return type.empty() ? "absent" : std::string(type); });
    }
    for (const ClaimRule& rule : rules.claims) {
        if (judge.is_done()) break;
        const Value* const claim = claims.find(rule.name);
        judge.check(rule.name, claim != nullptr && has_value(*claim, rule.value), reason::kJwtClaim,
                    [&] { return claim == nullptr ? "absent" : to_json(*claim); });
    }
    return judge.take();
}

std::optional<TokenFault> check_route(const Claims& claims, const RouteRules& rules, Checklist* checks) {
    Judge judge(checks);
    if (rules.use != TokenUse::any) {
        const std::string_view use = claims.text("token_use");
        judge.check("token_use", use == (rules.use == TokenUse::access ? "access" : "id"), reason::kJwtUse,
                    [&] { return use.empty() ? "absent" : std::string(use); });
    }
    if (!rules.scopes.empty() && !judge.is_done()) {
        const auto granted = claims.scopes();
        const bool good = std::any_of(granted.begin(), granted.end(), [&](std::string_view each) {
            return std::find(rules.scopes.begin(), rules.scopes.end(), each) != rules.scopes.end();
        });
        judge.check("scope", good, reason::kJwtScope, [&] { return granted.empty() ? "absent" : join(granted, " "); });
    }
    return judge.take();
}

}  // namespace gw::auth
