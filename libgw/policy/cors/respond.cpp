#include "libgw/policy/cors/respond.h"

#include <algorithm>

#include "libgw/base/text.h"
#include "libgw/policy/cors/header_list.h"
#include "libgw/wire/http/grammar.h"

namespace gw::cors {
namespace {

using http::FieldName;

std::string list_text(const std::vector<std::string>& list) { return join(list, ","); }

void add_origin(const Policy& policy, std::string_view origin, http::Fields& into) {
    into.add(FieldName::access_control_allow_origin, policy.any_origin() ? "*" : origin);
    if (policy.spec().credentials) into.add(FieldName::access_control_allow_credentials, "true");
}

/// With credentials a browser takes * literally: what was asked for is said instead.
std::string methods_text(const Policy& policy, const PreflightRequest& request,
                         const std::vector<std::string>& of_route) {
    if (policy.any_method()) return policy.spec().credentials ? std::string(request.method) : "*";
    return list_text(policy.spec().methods ? *policy.spec().methods : of_route);
}

std::string headers_text(const Policy& policy, const PreflightRequest& request) {
    const bool echoes = !policy.spec().headers || (policy.any_header() && policy.spec().credentials);
    if (echoes) return join(request.headers, ",");
    std::string text = list_text(*policy.spec().headers);
    // Fetch, "CORS non-wildcard request-header name": browsers want it said
    const bool asks = std::any_of(request.headers.begin(), request.headers.end(),
                                  [](std::string_view name) { return equals_ignoring_case(name, "authorization"); });
    if (policy.any_header() && asks && !contains_ignoring_case(*policy.spec().headers, "authorization"))
        text += ",authorization";
    return text;
}

}  // namespace

std::optional<PreflightRequest> read_preflight(http::Method method, const http::Fields& fields) {
    if (method != http::Method::options) return std::nullopt;
    const auto origin = fields.find(FieldName::origin);
    const auto asked = fields.find(FieldName::access_control_request_method);
    if (!origin || !asked) return std::nullopt;
    PreflightRequest request{*origin, *asked, {}, true};
    request.well_formed = http::is_token(*asked) && fields.count(FieldName::origin) == 1 &&
                          fields.count(FieldName::access_control_request_method) == 1;
    for (const http::FieldView field : fields) {
        if (field.id != FieldName::access_control_request_headers) continue;
        http::ListReader list(field.value);
        while (const auto name = list.next()) {
            if (name->empty()) continue;
            request.headers.push_back(*name);
            request.well_formed = request.well_formed && http::is_token(*name);
        }
    }
    return request;
}

bool permits(const Policy& policy, const PreflightRequest& request, const std::vector<std::string>& of_route) {
    return request.well_formed && policy.permits_origin(request.origin) &&
           policy.permits_method(request.method, of_route) &&
           std::all_of(request.headers.begin(), request.headers.end(),
                       [&](std::string_view name) { return policy.permits_header(name); });
}

void add_preflight_fields(const Policy& policy, const PreflightRequest& request,
                          const std::vector<std::string>& of_route, http::Fields& into) {
    if (permits(policy, request, of_route)) {
        add_origin(policy, request.origin, into);
        const std::string methods = methods_text(policy, request, of_route);
        if (!methods.empty()) into.add(FieldName::access_control_allow_methods, methods);
        const std::string headers = headers_text(policy, request);
        if (!headers.empty()) into.add(FieldName::access_control_allow_headers, headers);
        if (!policy.spec().expose.empty())
            into.add(FieldName::access_control_expose_headers, list_text(policy.spec().expose));
        if (policy.spec().max_age) into.add(FieldName::access_control_max_age, std::to_string(*policy.spec().max_age));
    }
    into.add(FieldName::vary, "origin,access-control-request-method,access-control-request-headers");
}

void add_answer_fields(const Policy& policy, std::optional<std::string_view> origin, std::string_view upstream_vary,
                       http::Fields& into) {
    if (policy.any_origin() || (origin && policy.permits_origin(*origin))) {
        add_origin(policy, origin.value_or(std::string_view()), into);
        if (!policy.spec().expose.empty())
            into.add(FieldName::access_control_expose_headers, list_text(policy.spec().expose));
    }
    std::string vary(upstream_vary);
    if (!policy.any_origin() && !http::list_has(vary, "origin") && !http::list_has(vary, "*"))
        vary += vary.empty() ? "origin" : ", origin";
    if (!vary.empty()) into.add(FieldName::vary, vary);
}

bool is_cors_field(std::string_view name) { return starts_with_ignoring_case(name, "access-control-"); }

}  // namespace gw::cors
