#pragma once
// A gateway whose one route asks for a key, and that key has a quota.

#include <string>

#include <fmt/format.h>

#include "libgw/policy/auth/api_key.h"
#include "tests/integration/gateway.h"

namespace gw::test {

inline constexpr const char* kGoldKey = "gold-key-0123456789abcdef";

/// GET /a; counts live at `place`, and `quota` is written as in a configuration.
inline Start quota_start(const std::string& place, const std::string& quota) {
    Start how;
    how.config = fmt::format(
        "version: 1\nthrottling: {{counts: '{}'}}\napiKeys: [{{id: gold, plan: gold, hash: '{}'}}]\n"
        "usagePlans: [{{name: gold, quota: {}}}]\n"
        "apis: [{{auth: key, routes: [{{routeKey: GET /a, integration: 'mock:200:a'}}]}}]\n",
        place, auth::to_api_key_hash(kGoldKey), quota);
    return how;
}

}  // namespace gw::test
