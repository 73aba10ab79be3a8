#include "libgw/policy/cors/advice.h"

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/policy/cors/origin.h"

namespace gw::cors {
namespace {

/// What the preflight's answer has to say for this request.
std::vector<std::string> wanted_fields(const Symptom& symptom) {
    std::vector<std::string> lines{"Access-Control-Allow-Origin: " + symptom.origin};
    if (symptom.credentials) lines.emplace_back("Access-Control-Allow-Credentials: true");
    if (symptom.preflight) {
        lines.push_back("Access-Control-Allow-Methods: " + symptom.method);
        if (!symptom.asked.empty()) lines.push_back("Access-Control-Allow-Headers: " + join(symptom.asked, ", "));
    }
    lines.emplace_back("Vary: Origin");
    return lines;
}

Advice with_fields(const Symptom& symptom, std::string cause, std::string first) {
    if (symptom.origin == "null")
        return {std::move(cause),
                {"give the page an origin of its own: null is every sandboxed frame and every file, and is not to be "
                 "allowed"}};
    Advice advice{std::move(cause), {std::move(first)}};
    for (std::string& line : wanted_fields(symptom)) advice.fix.push_back(std::move(line));
    return advice;
}

Advice of_redirect(const Symptom& symptom) {
    const auto from = PageUrl::parse(symptom.url);
    const auto to = from && symptom.location ? from->resolve(*symptom.location) : Result<PageUrl>(Error{});
    if (!to)
        return {"the server redirects a preflight, which browsers do not follow", {"answer OPTIONS where it is asked"}};
    if (from->scheme == "http" && to->scheme == "https" && from->host == to->host)
        return {"the server redirects http to https, and browsers follow no redirect of a preflight",
                {"call " + to->text() + " in the page"}};
    if (from->target + "/" == to->target || from->target == to->target + "/")
        return {
            "the server redirects to the path with or without its last slash, and browsers follow no redirect of a "
            "preflight",
            {"call " + to->text() + " in the page"}};
    return {fmt::format("the server redirects a preflight to {}, and browsers follow none", to->text()),
            {"call " + to->text() + " in the page, or answer OPTIONS before the redirect"}};
}

/// An answer that is an error before it is anything of CORS.
std::optional<Advice> of_status(const Symptom& symptom) {
    const std::uint16_t status = symptom.status;
    if (symptom.preflight && (status == 401 || status == 403))
        return with_fields(symptom,
                           status == 401 ? "the server asks for authentication on OPTIONS. Browsers never send "
                                           "credentials on a preflight."
                                         : "the server forbids OPTIONS: a firewall, a check for CSRF, or one for "
                                           "credentials, which browsers never send on a preflight",
                           "answer OPTIONS before authentication with 204 and");
    if (symptom.preflight && (status == 404 || status == 405 || status == 501))
        return with_fields(symptom, "nobody answers OPTIONS at this path", "answer OPTIONS with 204 and");
    if (status >= 500)
        return Advice{fmt::format("the server failed ({}) before it came to CORS", status),
                      {"look into the server's log; then give its error answers the fields of CORS too"}};
    if (!symptom.preflight && status >= 400)
        return with_fields(symptom,
                           fmt::format("the answer is an error ({}), and errors do not carry the fields of CORS: the "
                                       "page cannot read why",
                                       status),
                           "add to answers of every status");
    return std::nullopt;
}

}  // namespace

Advice advise(const Symptom& symptom) {
    const std::string& about = symptom.verdict.about;
    const char* const answer = symptom.preflight ? "answer OPTIONS with" : "answer with";
    switch (symptom.verdict.code) {
        case Code::none: return {};
        case Code::invalid_request: return {about, {"change the call of fetch()"}};
        case Code::network_error: return {about, {}};
        case Code::preflight_disallowed_redirect: return of_redirect(symptom);
        case Code::preflight_invalid_status:
            if (auto advice = of_status(symptom)) return *std::move(advice);
            return with_fields(symptom,
                               fmt::format("a preflight needs a status of 200 to 299, and this is {}", symptom.status),
                               "answer OPTIONS with 204 and");
        case Code::missing_allow_origin_header:
        case Code::preflight_missing_allow_origin_header:
            if (auto advice = of_status(symptom)) return *std::move(advice);
            return with_fields(symptom, "the server does not allow this origin, or knows nothing of CORS", answer);
        case Code::multiple_allow_origin_values:
        case Code::preflight_multiple_allow_origin_values:
            return {"the origin is given more than once: two places add the field, or one lists all origins",
                    {"leave it to one place, which names the one origin that asks",
                     "Access-Control-Allow-Origin: " + symptom.origin, "Vary: Origin"}};
        case Code::invalid_allow_origin_value:
        case Code::preflight_invalid_allow_origin_value:
            return with_fields(
                symptom,
                fmt::format("'{}' is not an origin: it has a scheme, and neither path nor slash at the end", about),
                answer);
        case Code::allow_origin_mismatch:
        case Code::preflight_allow_origin_mismatch:
            if (about == symptom.origin + "/" || to_lower(std::string_view(about)) == symptom.origin)
                return with_fields(symptom, fmt::format("'{}' is nearly right: browsers compare byte for byte", about),
                                   answer);
            return with_fields(symptom, fmt::format("the server allows {} and not this origin", about), answer);
        case Code::wildcard_origin_not_allowed:
        case Code::preflight_wildcard_origin_not_allowed:
            return with_fields(symptom, "with credentials the origin has to be named: * will not do", answer);
        case Code::invalid_allow_credentials:
        case Code::preflight_invalid_allow_credentials:
            return with_fields(
                symptom,
                about.empty() ? std::string("the server does not allow credentials")
                              : fmt::format("credentials are allowed by 'true' in lower case, and this is '{}'", about),
                answer);
        case Code::cors_disabled_scheme: return {fmt::format("the answer leads to {}, which is not http", about), {}};
        case Code::invalid_allow_methods_preflight_response:
        case Code::invalid_allow_headers_preflight_response:
            return with_fields(symptom, "a list in the answer is no list of names with commas between them", answer);
        case Code::method_disallowed_by_preflight_response:
            if (to_upper(about) != about)
                return {
                    fmt::format("methods are compared byte for byte, and browsers leave {} as it was written", about),
                    {fmt::format("write {} in the page", to_upper(about))}};
            return with_fields(symptom, fmt::format("the server does not allow the method {}", about), answer);
        case Code::header_disallowed_by_preflight_response:
            if (about == "authorization")
                return with_fields(
                    symptom, "the server does not allow the header authorization, which * does not stand for", answer);
            return with_fields(symptom, fmt::format("the server does not allow the header {}", about), answer);
        case Code::redirect_contains_credentials:
            return {"the answer leads to a URL with a user name and a password", {"redirect without them"}};
    }
    return {};
}

}  // namespace gw::cors
