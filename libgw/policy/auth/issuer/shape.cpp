#include "libgw/policy/auth/issuer/shape.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "libgw/policy/auth/sample.h"

namespace gw::issuer {
namespace {

void set(Object& claims, std::string_view name, Value value) {
    const auto there =
        std::find_if(claims.begin(), claims.end(), [name](const Member& member) { return member.key == name; });
    if (there == claims.end())
        claims.push_back({std::string(name), std::move(value)});
    else
        there->value = std::move(value);
}

void drop(Object& claims, std::string_view name) {
    std::erase_if(claims, [name](const Member& member) { return member.key == name; });
}

Array to_array(const std::vector<std::string>& texts) {
    Array list;
    for (const std::string& text : texts) list.emplace_back(text);
    return list;
}

void add_claims(Object& claims, const User& user) {
    for (const Member& member : user.claims) set(claims, member.key, member.value);
}

std::string number(Random& chance) {
    const std::uint64_t first = chance();
    return make_uuid(fmt::format("{:x}{:x}", first, chance()));
}

/// The same for all tokens of one session.
std::string origin_of(const Shape& shape, const Session& session) {
    return make_uuid(fmt::format("{} {} {} {}", shape.issuer, session.client_id, session.number,
                                 to_unix_milliseconds(session.authenticated)));
}

Draft make_cognito(const Shape& shape, Use use, const Session& session, const User* user, Random& chance, Date now) {
    auth::SampleInput input;
    input.issuer = shape.issuer;
    input.subject = user == nullptr ? session.client_id : subject_of(shape, *user);
    input.audience = session.client_id;
    input.scope = session.scope;
    input.lifetime = shape.lifetime;
    if (user != nullptr) input.groups = user->groups;
    auth::Sample sample = make_sample(use == Use::id ? auth::SampleKind::cognito_id : auth::SampleKind::cognito_access,
                                      input, chance, now);
    Object& claims = sample.claims;
    set(claims, "auth_time", to_unix_seconds(session.authenticated));
    if (use == Use::access) set(claims, "version", 2);
    if (user == nullptr) {
        for (const std::string_view name : {"username", "origin_jti", "event_id"}) drop(claims, name);
        if (session.scope.empty()) drop(claims, "scope");
        return {std::move(sample.header), std::move(claims)};
    }
    set(claims, "origin_jti", origin_of(shape, session));
    if (use == Use::access) {
        set(claims, "username", user->name);
        return {std::move(sample.header), std::move(claims)};
    }
    set(claims, "cognito:username", user->name);
    set(claims, "email", user->name + "@example.com");
    if (!session.nonce.empty()) set(claims, "nonce", session.nonce);
    add_claims(claims, *user);
    return {std::move(sample.header), std::move(claims)};
}

Draft make_plain(const Shape& shape, Use use, const Session& session, const User* user, Random& chance, Date now) {
    const std::int64_t at = to_unix_seconds(now);
    Draft draft;
    draft.header = {{"typ", use == Use::access ? "at+jwt" : "JWT"}};
    Object& claims = draft.claims;
    claims = {{"iss", shape.issuer}, {"sub", user == nullptr ? session.client_id : subject_of(shape, *user)}};
    if (use == Use::id) {
        set(claims, "aud", session.client_id);
    } else {
        set(claims, "aud", session.audience.empty() ? session.client_id : session.audience);
        set(claims, "client_id", session.client_id);
        if (!session.scope.empty()) set(claims, "scope", session.scope);
    }
    set(claims, "iat", at);
    set(claims, "exp", at + shape.lifetime.count());
    set(claims, "jti", number(chance));
    if (user == nullptr) return draft;
    set(claims, "auth_time", to_unix_seconds(session.authenticated));
    if (use == Use::id) {
        if (!session.nonce.empty()) set(claims, "nonce", session.nonce);
        set(claims, "preferred_username", user->name);
    }
    if (!user->groups.empty()) set(claims, "groups", to_array(user->groups));
    add_claims(claims, *user);
    return draft;
}

}  // namespace

std::string subject_of(const Shape& shape, const User& user) {
    const std::string_view own = user.text("sub");
    if (!own.empty()) return std::string(own);
    return shape.cognito ? make_uuid("user " + user.name) : user.name;
}

Draft make_draft(const Shape& shape, Use use, const Session& session, const User* user, Random& chance, Date now) {
    return shape.cognito ? make_cognito(shape, use, session, user, chance, now)
                         : make_plain(shape, use, session, user, chance, now);
}

Object make_user_info(const Shape& shape, const User& user) {
    Object info{{"sub", subject_of(shape, user)}};
    if (shape.cognito) {
        set(info, "email_verified", "true");
        set(info, "email", user.name + "@example.com");
        set(info, "username", user.name);
    } else {
        set(info, "preferred_username", user.name);
        if (!user.groups.empty()) set(info, "groups", to_array(user.groups));
    }
    add_claims(info, user);
    return info;
}

}  // namespace gw::issuer
