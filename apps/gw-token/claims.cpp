#include "apps/gw-token/claims.h"

#include <algorithm>

#include <fmt/format.h>

#include "apps/gw-token/input.h"
#include "apps/gw-token/moment.h"
#include "libgw/base/crypto.h"
#include "libgw/base/json.h"
#include "libgw/base/random.h"
#include "libgw/base/text.h"
#include "libgw/policy/auth/sample.h"

namespace gw::token {
namespace {

const Value* find(const Object& object, std::string_view name) {
    const auto found =
        std::find_if(object.begin(), object.end(), [&](const Member& member) { return member.key == name; });
    return found == object.end() ? nullptr : &found->value;
}

void set(Object& object, const Member& member) {
    for (Member& each : object) {
        if (each.key != member.key) continue;
        each.value = member.value;
        return;
    }
    object.push_back(member);
}

bool is_date_claim(std::string_view name) {
    return name == "exp" || name == "nbf" || name == "iat" || name == "auth_time";
}

/// The claims of CLAIMS-JSON, in their order.
Result<Object> read_claims(const program::World& world, const std::string& text) {
    if (text.empty()) return Object();
    const auto given = TRY(read_given(world, text, "CLAIMS-JSON"));
    if (given.is_literal && text.find_first_of("{[\"") == text.npos) {
        const bool is_claim = text.find('=') != text.npos;
        return Error{Errc::usage,
                     fmt::format("CLAIMS-JSON: '{}' is no JSON", text),
                     is_claim ? fmt::format("-c {} is a claim", text) : fmt::format("@{} reads a file", text),
                     {}};
    }
    const std::string& json = given.bytes;
    auto value = parse_json(json, {.unique_keys = true});
    if (!value)
        return std::move(value)
            .error()
            .in("CLAIMS-JSON")
            .with_hint(R"(an object such as '{"sub":"alice"}', @FILE or -; single claims are -c name=value)");
    Object* const claims = value->if_object();
    if (claims == nullptr)
        return Error{Errc::usage, fmt::format("CLAIMS-JSON is {} and no object", value->kind_name()), {}, {}};
    return std::move(*claims);
}

/// Moves a string claim of -c into the sample, which knows where its issuer puts it.
void take_text(std::vector<Member>& given, std::string_view name, std::string& into) {
    for (auto each = given.begin(); each != given.end();) {
        const std::string* const text = each->key == name ? each->value.if_string() : nullptr;
        if (text == nullptr) {
            ++each;
            continue;
        }
        into = *text;
        each = given.erase(each);
    }
}

void take_groups(std::vector<Member>& given, std::vector<std::string>& into) {
    for (auto each = given.begin(); each != given.end();) {
        const Array* const list = each->key == "groups" ? each->value.if_array() : nullptr;
        if (list == nullptr ||
            !std::all_of(list->begin(), list->end(), [](const Value& item) { return item.if_string() != nullptr; })) {
            ++each;
            continue;
        }
        into.clear();
        for (const Value& item : *list) into.push_back(*item.if_string());
        each = given.erase(each);
    }
}

Result<void> add_sample(Draft& draft, const MintOptions& asked, std::vector<Member>& given, Date now) {
    const auto kind = auth::parse_sample_kind(asked.like);
    if (!kind) {
        const std::string_view near = closest(asked.like, auth::kSampleNames);
        return Error{Errc::usage,
                     fmt::format("--like: there is no '{}'", asked.like),
                     near.empty() ? join(auth::kSampleNames, " ") : fmt::format("did you mean {}?", near),
                     {}};
    }
    auth::SampleInput input;
    input.issuer = asked.issuer;
    if (!asked.expires.empty() && asked.expires != "none") {
        const Date end = TRY(parse_moment(asked.expires, "--exp", now));
        if (end > now) input.lifetime = std::chrono::floor<std::chrono::seconds>(end - now);
    }
    take_text(given, "iss", input.issuer);
    take_text(given, "sub", input.subject);
    take_text(given, "aud", input.audience);
    take_text(given, "scope", input.scope);
    take_groups(given, input.groups);
    // a seed that a person can type again
    draft.seed = asked.seed ? *asked.seed : TRY(random_seed()) % 1000000000;
    Random chance(*draft.seed);
    auth::Sample sample = auth::make_sample(*kind, input, chance, now);
    draft.header = std::move(sample.header);
    draft.claims = std::move(sample.claims);
    return ok();
}

Result<void> set_end(Draft& draft, const MintOptions& asked, Date now) {
    if (asked.expires == "none") {
        std::erase_if(draft.claims, [](const Member& member) { return member.key == "exp"; });
    } else if (!asked.expires.empty()) {
        const Date end = TRY(parse_moment(asked.expires, "--exp", now));
        set(draft.claims, {"exp", to_unix_seconds(end)});
    } else if (find(draft.claims, "exp") == nullptr) {
        set(draft.claims, {"exp", to_unix_seconds(now) + 3600});
    }
    return ok();
}

}  // namespace

Result<Member> parse_claim(std::string_view text, Date now) {
    const auto parts = split_once(text, '=');
    if (!parts || parts->first.empty())
        return Error{Errc::usage, "-c: a claim is name=value", "-c sub=alice -c 'roles=[\"admin\"]'", {}};
    const auto& [name, value] = *parts;
    if (is_date_claim(name) && (value.starts_with('+') || value.starts_with('-'))) {
        if (const auto date = parse_moment(value, name, now)) return Member{std::string(name), to_unix_seconds(*date)};
    }
    auto json = parse_json(value, {.unique_keys = true});
    if (json) return Member{std::string(name), std::move(*json)};
    return Member{std::string(name), value};
}

Result<Draft> draft_claims(const program::World& world, const MintOptions& asked, Date now) {
    std::vector<Member> given;
    given.reserve(asked.claims.size());
    for (const std::string& text : asked.claims) given.push_back(TRY(parse_claim(text, now)));
    const Object literal = TRY(read_claims(world, asked.json));
    Draft draft;
    if (!asked.like.empty()) {
        TRY(add_sample(draft, asked, given, now));
    } else {
        draft.header.push_back({"typ", "JWT"});
        if (!asked.issuer.empty()) set(draft.claims, {"iss", asked.issuer});
        set(draft.claims, {"iat", to_unix_seconds(now)});
    }
    for (const Member& member : literal) set(draft.claims, member);
    for (const Member& member : given) set(draft.claims, member);
    TRY(set_end(draft, asked, now));
    return draft;
}

}  // namespace gw::token
