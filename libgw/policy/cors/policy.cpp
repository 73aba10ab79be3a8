#include "libgw/policy/cors/policy.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/policy/cors/header_list.h"
#include "libgw/policy/cors/origin.h"
#include "libgw/policy/cors/safelist.h"
#include "libgw/wire/http/grammar.h"

namespace gw::cors {

Result<void> check_origin(std::string_view text) {
    if (text == "*" || text == "https://*" || text == "http://*") return ok();
    if (text == "null")
        return Error{Errc::config,
                     "the origin null is not one that can be allowed",
                     "every sandboxed frame and every file has it: serve the page from an origin of its own",
                     {}};
    if (text.find('*') != text.npos)
        return Error{Errc::config,
                     fmt::format("'{}' is not an origin", text),
                     "only *, https://* and http://* are wildcards: name the origins one by one",
                     {}};
    auto origin = Origin::parse(text);
    if (origin) return ok();
    Error error = std::move(origin).error();
    error.code = Errc::config;
    return error;
}

Result<void> check_method(std::string_view text) {
    if (text == "*") return ok();
    if (!http::is_token(text))
        return Error{Errc::config, fmt::format("'{}' is not a method", text), "GET, PUT, ... or *", {}};
    if (is_forbidden_method(text))
        return Error{
            Errc::config, fmt::format("no page can send {}", text), "browsers forbid CONNECT, TRACE and TRACK", {}};
    const std::string upper = to_upper(text);
    if (upper != text)
        return Error{
            Errc::config, fmt::format("'{}' is not a method", text), fmt::format("case counts: {}", upper), {}};
    return ok();
}

Result<void> check_header(std::string_view text) {
    if (text == "*" || http::is_token(text)) return ok();
    return Error{Errc::config, fmt::format("'{}' is not a field name", text), "authorization, x-api-key, ... or *", {}};
}

Result<Policy> Policy::make(PolicySpec spec) {
    if (spec.origins.empty())
        return Error{
            Errc::config, "no origin is allowed", "name the origins of your pages: https://app.example.com", {}};
    for (const std::string& origin : spec.origins) TRY(check_origin(origin));
    for (const std::string& method : spec.methods.value_or(std::vector<std::string>())) TRY(check_method(method));
    for (const std::string& header : spec.headers.value_or(std::vector<std::string>())) TRY(check_header(header));
    for (const std::string& header : spec.expose) TRY(check_header(header));
    if (spec.max_age && (*spec.max_age < -1 || *spec.max_age > kMostMaxAge))
        return Error{Errc::config, fmt::format("{} is not a max-age", *spec.max_age), "-1 to 86400 seconds", {}};
    Policy policy;
    policy.any_origin_ = contains(spec.origins, "*");
    policy.any_https_ = contains(spec.origins, "https://*");
    policy.any_http_ = contains(spec.origins, "http://*");
    policy.any_method_ = spec.methods && contains(*spec.methods, "*");
    policy.any_header_ = spec.headers && contains(*spec.headers, "*");
    if (policy.any_origin_ && spec.credentials)
        return Error{Errc::config,
                     "credentials cannot be allowed to every origin",
                     "name the origins, or https://*: with * browsers refuse, as AWS does",
                     {}};
    if (contains(spec.expose, "*") && spec.credentials)
        return Error{Errc::config,
                     "with credentials browsers take an exposed * for the name of a header",
                     "name the headers that pages may read",
                     {}};
    policy.spec_ = std::move(spec);
    return policy;
}

bool Policy::permits_origin(std::string_view origin) const {
    if (any_origin_) return true;
    if (contains(spec_.origins, origin)) return true;
    if (!any_https_ && !any_http_) return false;
    const auto parsed = Origin::parse(origin);  // nothing is echoed that is not an origin
    if (!parsed) return false;
    return (any_https_ && parsed->scheme() == "https") || (any_http_ && parsed->scheme() == "http");
}

bool Policy::permits_method(std::string_view method, const std::vector<std::string>& of_route) const {
    return any_method_ || contains(spec_.methods ? *spec_.methods : of_route, method);
}

bool Policy::permits_header(std::string_view name) const {
    if (!spec_.headers || any_header_) return true;
    return contains_ignoring_case(*spec_.headers, name);
}

}  // namespace gw::cors
