#include "libgw/policy/auth/cognito.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/policy/auth/discovery.h"

namespace gw::auth {

namespace {

bool is_name(std::string_view text, std::string_view others) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return is_alpha(c) || is_digit(c) || others.find(c) != std::string_view::npos;
    });
}

Error bad_pool(std::string_view id) {
    return Error{Errc::config,
                 fmt::format("user pool id {} is not valid", to_json(id)),
                 "it looks like us-east-1_Abc123456",
                 {}};
}

}  // namespace

Result<UserPool> UserPool::make(std::string_view id, std::string_view endpoint) {
    // the service model of Cognito: [\w-]+_[0-9a-zA-Z]+, at most 55 characters
    const auto last = id.rfind('_');
    if (id.size() > 55 || last == id.npos || !is_name(id.substr(0, last), "_-") || !is_name(id.substr(last + 1), "")) {
        return bad_pool(id);
    }
    if (!endpoint.empty()) {
        if (const auto checked = check_issuer(endpoint); !checked) {
            return Error{
                Errc::config, fmt::format("endpoint {} is not an http or https URL", to_json(endpoint)), {}, {}};
        }
        if (endpoint.ends_with('/')) endpoint.remove_suffix(1);
        return UserPool{std::string(id), fmt::format("{}/{}", endpoint, id)};
    }
    const std::string_view region = id.substr(0, last);
    const bool is_region = region.find('_') == region.npos && std::count(region.begin(), region.end(), '-') >= 2;
    if (!is_region) return bad_pool(id);
    const std::string_view suffix = region.starts_with("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
    return UserPool{std::string(id), fmt::format("https://cognito-idp.{}.{}/{}", region, suffix, id)};
}

Result<UserPool> UserPool::from_arn(std::string_view arn, std::string_view endpoint) {
    const auto parts = split(arn, ':');
    constexpr std::string_view kResource = "userpool/";
    const bool good = parts.size() == 6 && parts[0] == "arn" && parts[1].starts_with("aws") &&
                      parts[2] == "cognito-idp" && parts[5].starts_with(kResource);
    if (!good) {
        return Error{Errc::config,
                     fmt::format("{} is not the ARN of a user pool", to_json(arn)),
                     "it looks like arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Abc123456",
                     {}};
    }
    const std::string_view id = parts[5].substr(kResource.size());
    if (!id.starts_with(std::string(parts[3]) + '_')) return bad_pool(id);
    return make(id, endpoint);
}

TokenRules cognito_rules(const UserPool& pool, std::vector<std::string> clients) {
    TokenRules rules;
    rules.algorithms = {Algorithm::rs256};
    rules.claims.issuer = pool.issuer;
    rules.claims.audiences = std::move(clients);
    return rules;
}

RouteRules cognito_route_rules(ApiKind kind, std::vector<std::string> scopes, TokenUse use) {
    if (kind == ApiKind::rest) use = scopes.empty() ? TokenUse::id : TokenUse::access;
    return {std::move(scopes), use};
}

}  // namespace gw::auth
