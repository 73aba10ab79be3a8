#include "libgw/policy/cors/code.h"

#include <array>

#include <fmt/format.h>

namespace gw::cors {
namespace {

/// {} in a sentence stands for what it is about.
struct Row {
    std::string_view chrome;
    std::string_view firefox;
    std::string_view sentence;
};

constexpr std::string_view kPreflight = "Response to preflight request doesn't pass access control check: ";
constexpr std::string_view kWildcard =
    "The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard '*' when the "
    "request's credentials mode is 'include'.";
constexpr std::string_view kMissing = "No 'Access-Control-Allow-Origin' header is present on the requested resource.";
constexpr std::string_view kMultiple =
    "The 'Access-Control-Allow-Origin' header contains multiple values '{}', but only one is allowed.";
constexpr std::string_view kInvalid = "The 'Access-Control-Allow-Origin' header contains the invalid value '{}'.";
constexpr std::string_view kMismatch =
    "The 'Access-Control-Allow-Origin' header has a value '{}' that is not equal to the supplied origin.";
constexpr std::string_view kCredentials =
    "The value of the 'Access-Control-Allow-Credentials' header in the response is '{}' which must be 'true' when the "
    "request's credentials mode is 'include'.";

constexpr std::array<Row, 23> kRows = {{
    {"", "", ""},
    {"InvalidRequest", "", "{}"},
    {"NetworkError", "CORSDidNotSucceed", "{}"},
    {"WildcardOriginNotAllowed", "CORSNotSupportingCredentials", kWildcard},
    {"MissingAllowOriginHeader", "CORSMissingAllowOrigin", kMissing},
    {"MultipleAllowOriginValues", "CORSMultipleAllowOriginNotAllowed", kMultiple},
    {"InvalidAllowOriginValue", "CORSAllowOriginNotMatchingOrigin", kInvalid},
    {"AllowOriginMismatch", "CORSAllowOriginNotMatchingOrigin", kMismatch},
    {"InvalidAllowCredentials", "CORSMissingAllowCredentials", kCredentials},
    {"CorsDisabledScheme", "CORSRequestNotHttp",
     "Cross origin requests are only supported for protocol schemes: "
     "chrome, chrome-extension, chrome-untrusted, data, http, https."},
    {"PreflightInvalidStatus", "CORSPreflightDidNotSucceed", "It does not have HTTP ok status."},
    {"PreflightDisallowedRedirect", "CORSPreflightDidNotSucceed", "Redirect is not allowed for a preflight request."},
    {"PreflightWildcardOriginNotAllowed", "CORSNotSupportingCredentials", kWildcard},
    {"PreflightMissingAllowOriginHeader", "CORSMissingAllowOrigin", kMissing},
    {"PreflightMultipleAllowOriginValues", "CORSMultipleAllowOriginNotAllowed", kMultiple},
    {"PreflightInvalidAllowOriginValue", "CORSAllowOriginNotMatchingOrigin", kInvalid},
    {"PreflightAllowOriginMismatch", "CORSAllowOriginNotMatchingOrigin", kMismatch},
    {"PreflightInvalidAllowCredentials", "CORSMissingAllowCredentials", kCredentials},
    {"InvalidAllowMethodsPreflightResponse", "CORSInvalidAllowMethod",
     "Cannot parse Access-Control-Allow-Methods response header field in preflight response."},
    {"InvalidAllowHeadersPreflightResponse", "CORSInvalidAllowHeader",
     "Cannot parse Access-Control-Allow-Headers response header field in preflight response."},
    {"MethodDisallowedByPreflightResponse", "CORSMethodNotFound",
     "Method {} is not allowed by Access-Control-Allow-Methods in preflight response."},
    {"HeaderDisallowedByPreflightResponse", "CORSMissingAllowHeaderFromPreflight",
     "Request header field {} is not allowed by Access-Control-Allow-Headers in preflight response."},
    {"RedirectContainsCredentials", "CORSDidNotSucceed",
     "Redirect location '{}' contains a username and password, which is disallowed for cross-origin requests."},
}};

const Row& row_of(Code code) { return kRows[static_cast<std::size_t>(code)]; }

}  // namespace

std::string_view to_text(Code code) { return row_of(code).chrome; }
std::string_view firefox_name(Code code) { return row_of(code).firefox; }

std::string chrome_sentence(Code code, std::string_view about) {
    std::string text(row_of(code).sentence);
    if (const auto at = text.find("{}"); at != text.npos) text.replace(at, 2, about);
    const bool of_preflight_check =
        code >= Code::preflight_invalid_status && code <= Code::preflight_invalid_allow_credentials;
    if (of_preflight_check) text.insert(0, kPreflight);
    return text;
}

Code of_preflight(Code code) {
    if (code < Code::wildcard_origin_not_allowed || code > Code::invalid_allow_credentials) return code;
    constexpr auto kShift = static_cast<std::uint8_t>(Code::preflight_wildcard_origin_not_allowed) -
                            static_cast<std::uint8_t>(Code::wildcard_origin_not_allowed);
    return static_cast<Code>(static_cast<std::uint8_t>(code) + kShift);
}

}  // namespace gw::cors
