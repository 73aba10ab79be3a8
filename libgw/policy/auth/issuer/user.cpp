#include "libgw/policy/auth/issuer/user.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "libgw/base/crypto.h"
#include "libgw/base/encoding.h"
#include "libgw/base/json.h"
#include "libgw/base/text.h"

namespace gw::issuer {
namespace {

constexpr std::size_t kLongestName = 128;
/// What a token says because of the grant, and not because of the user.
constexpr std::array<std::string_view, 15> kOfTheIssuer = {"iss",       "aud",   "exp",   "iat",        "nbf",
                                                           "jti",       "azp",   "scope", "client_id",  "token_use",
                                                           "auth_time", "nonce", "typ",   "origin_jti", "event_id"};

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= kLongestName && is_utf8(text) &&
           std::none_of(text.begin(), text.end(), [](unsigned char c) { return c <= ' ' || c == 0x7f; });
}

Value to_claim(std::string_view text) {
    if (text == "true" || text == "false") return text == "true";
    return Value(text);
}

}  // namespace

std::string_view User::text(std::string_view claim) const {
    for (const Member& member : claims) {
        if (member.key != claim) continue;
        if (const std::string* text = member.value.if_string()) return *text;
    }
    return {};
}

Result<User> parse_user(std::string_view text) {
    const auto wrong = [&](std::string why) {
        return Error{Errc::usage,
                     fmt::format("user {}: {}", to_json(Value(text)), why),
                     "alice:groups=admin,email=alice@example.com is one",
                     {}};
    };
    User user;
    const auto parts = split_once(text, ':');
    user.name = std::string(parts ? parts->first : text);
    if (!is_name(user.name)) return wrong("the name is not 1 to 128 visible characters");
    if (!parts) return user;
    for (const std::string_view item : split(parts->second, ',')) {
        const auto claim = split_once(item, '=');
        if (!claim || !is_name(claim->first)) return wrong("a claim is not name=value");
        const std::string name(claim->first);
        if (std::find(kOfTheIssuer.begin(), kOfTheIssuer.end(), name) != kOfTheIssuer.end())
            return wrong(fmt::format("{} is set by the issuer", name));
        if (!is_utf8(claim->second)) return wrong(fmt::format("the value of {} is not UTF-8", name));
        if (name == "groups" || name == "cognito:groups") {
            user.groups.emplace_back(claim->second);
            continue;
        }
        const auto is_same = [&](const Member& member) { return member.key == name; };
        const auto there = std::find_if(user.claims.begin(), user.claims.end(), is_same);
        if (there == user.claims.end()) {
            user.claims.push_back({name, to_claim(claim->second)});
        } else if (name == "sub") {
            return wrong("sub stands twice");
        } else if (Array* list = there->value.if_array()) {
            list->push_back(to_claim(claim->second));
        } else {
            there->value = Array{there->value, to_claim(claim->second)};
        }
    }
    return user;
}

std::string make_uuid(std::string_view text) {
    Digest digest = sha256(text);
    digest.bytes[6] = static_cast<std::uint8_t>((digest.bytes[6] & 0x0fU) | 0x80U);
    digest.bytes[8] = static_cast<std::uint8_t>((digest.bytes[8] & 0x3fU) | 0x80U);
    const std::string hex = to_hex(digest.view());
    return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4),
                       hex.substr(20, 12));
}

}  // namespace gw::issuer
