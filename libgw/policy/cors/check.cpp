#include "libgw/policy/cors/check.h"

#include <algorithm>
#include <chrono>
#include <limits>

#include "libgw/base/text.h"
#include "libgw/policy/cors/safelist.h"
#include "libgw/policy/cors/url_text.h"
#include "libgw/wire/http/grammar.h"

// Facts of Chromium, where it differs from the standard:
//  - "*" covers Authorization;
//  - a preflight's answer fails its CORS check before its status is looked at, and a redirect before both.

namespace gw::cors {
namespace {

using std::chrono::seconds;

std::vector<std::string> lower_case(std::vector<std::string> names) {
    for (std::string& name : names) name = to_lower(std::string_view(name));
    return names;
}

/// A browser's own limit on how long a preflight is remembered.
Nanoseconds longest(Engine engine) {
    switch (engine) {
        case Engine::chrome: return std::chrono::hours(2);
        case Engine::firefox: return std::chrono::hours(24);
        case Engine::safari: return std::chrono::minutes(10);
        case Engine::standard: return std::chrono::hours(24);
    }
    return std::chrono::hours(2);
}

void sort_once(std::vector<std::string>& names) {
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
}

}  // namespace

Judgement check_access(const http::Fields& answer, std::string_view origin, Credentials credentials) {
    const auto allowed = combined(answer, "access-control-allow-origin");
    const bool include = credentials == Credentials::include;
    if (!allowed) return {Code::missing_allow_origin_header};
    if (*allowed == "*") {
        if (include) return {Code::wildcard_origin_not_allowed, "*"};
        return {};
    }
    if (*allowed != origin) {
        if (allowed->find_first_of(" ,") != std::string::npos) return {Code::multiple_allow_origin_values, *allowed};
        if (*allowed != "null" && !is_url(*allowed)) return {Code::invalid_allow_origin_value, *allowed};
        return {Code::allow_origin_mismatch, *allowed};
    }
    if (!include) return {};
    const auto with = combined(answer, "access-control-allow-credentials");
    if (with != "true") return {Code::invalid_allow_credentials, with.value_or(std::string())};
    return {};
}

Judgement Grant::covers(std::string_view method, const std::vector<std::string>& unsafe_names, Engine engine) const {
    const bool any_method = !with_credentials && contains(methods, "*");
    if (!is_safelisted_method(method) && !any_method && !contains(methods, method))
        return {Code::method_disallowed_by_preflight_response, std::string(method)};
    const bool any_header = !with_credentials && contains(headers, "*");
    // the standard asks for this one first
    if (any_header && engine != Engine::chrome && contains(unsafe_names, "authorization") &&
        !contains(headers, "authorization"))
        return {Code::header_disallowed_by_preflight_response, "authorization"};
    if (any_header) return {};
    for (const std::string& name : unsafe_names)
        if (!contains(headers, name)) return {Code::header_disallowed_by_preflight_response, name};
    return {};
}

Judgement check_preflight(std::uint16_t status, const http::Fields& answer, std::string_view origin,
                          Credentials credentials, Engine engine, Grant& grant) {
    if (is_redirect(status, answer, engine)) return {Code::preflight_disallowed_redirect};
    Judgement access = check_access(answer, origin, credentials);
    if (!access.is_fine()) return {of_preflight(access.code), std::move(access.about)};
    if (!is_ok_status(status)) return {Code::preflight_invalid_status};
    auto methods = token_list(combined(answer, "access-control-allow-methods").value_or(std::string()));
    if (!methods) return {Code::invalid_allow_methods_preflight_response};
    auto headers = token_list(combined(answer, "access-control-allow-headers").value_or(std::string()));
    if (!headers) return {Code::invalid_allow_headers_preflight_response};
    grant.methods = *std::move(methods);
    grant.headers = lower_case(*std::move(headers));
    grant.with_credentials = credentials == Credentials::include;
    grant.lifetime = max_age_of(combined(answer, "access-control-max-age"), engine);
    return {};
}

Nanoseconds max_age_of(const std::optional<std::string>& text, Engine engine) {
    constexpr seconds kDefault(5);
    if (!text || text->empty()) return kDefault;
    std::string_view digits = *text;
    const bool negative = engine == Engine::chrome && digits.starts_with('-');
    if (negative || (engine == Engine::chrome && digits.starts_with('+'))) digits.remove_prefix(1);
    if (digits.empty() || !std::all_of(digits.begin(), digits.end(), [](char c) { return is_digit(c); }))
        return engine == Engine::firefox ? Nanoseconds(0) : kDefault;
    const auto number = parse_unsigned(digits, std::numeric_limits<std::int64_t>::max());
    if (!number) return engine == Engine::chrome || engine == Engine::safari ? Nanoseconds(kDefault) : longest(engine);
    if (negative) return Nanoseconds(0);
    const auto most = std::chrono::duration_cast<seconds>(longest(engine)).count();
    return *number > static_cast<std::uint64_t>(most) ? longest(engine) : Nanoseconds(seconds(*number));
}

bool is_redirect_status(std::uint16_t status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool is_redirect(std::uint16_t status, const http::Fields& answer, Engine engine) {
    const auto location = answer.find(http::FieldName::location);
    return is_redirect_status(status) && location && (engine == Engine::standard || !location->empty());
}
bool is_ok_status(std::uint16_t status) { return status >= 200 && status <= 299; }

std::vector<std::string> readable_headers(const http::Fields& answer, Credentials credentials) {
    const auto exposed = token_list(combined(answer, "access-control-expose-headers").value_or(std::string()))
                             .value_or(std::vector<std::string>());
    const bool all = credentials != Credentials::include && contains(exposed, "*");
    std::vector<std::string> names;
    for (const http::FieldView field : answer) {
        if (is_forbidden_response_header(field.name)) continue;
        if (all || is_safelisted_response_header(field.name) || contains_ignoring_case(exposed, field.name))
            names.push_back(to_lower(field.name));
    }
    sort_once(names);
    return names;
}

std::vector<std::string> own_headers(const http::Fields& answer) {
    std::vector<std::string> names;
    for (const http::FieldView field : answer)
        if (!is_forbidden_response_header(field.name)) names.push_back(to_lower(field.name));
    sort_once(names);
    return names;
}

}  // namespace gw::cors
