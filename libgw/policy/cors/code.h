#pragma once
// Why a browser keeps an answer from a page, in Chrome's words.

#include <cstdint>
#include <string>
#include <string_view>

namespace gw::cors {

/// Chrome's CorsError (services/network/public/mojom/cors.mojom), and what stops a request before CORS does.
enum class Code : std::uint8_t {
    none,
    invalid_request,  ///< fetch() itself throws a TypeError: nothing is sent
    network_error,    ///< no answer, or too many redirects
    wildcard_origin_not_allowed,
    missing_allow_origin_header,
    multiple_allow_origin_values,
    invalid_allow_origin_value,
    allow_origin_mismatch,
    invalid_allow_credentials,
    cors_disabled_scheme,
    preflight_invalid_status,
    preflight_disallowed_redirect,
    preflight_wildcard_origin_not_allowed,
    preflight_missing_allow_origin_header,
    preflight_multiple_allow_origin_values,
    preflight_invalid_allow_origin_value,
    preflight_allow_origin_mismatch,
    preflight_invalid_allow_credentials,
    invalid_allow_methods_preflight_response,
    invalid_allow_headers_preflight_response,
    method_disallowed_by_preflight_response,
    header_disallowed_by_preflight_response,
    redirect_contains_credentials,
};

/// "AllowOriginMismatch"; "" for none.
std::string_view to_text(Code code);
/// What Firefox's console calls it: "CORSAllowOriginNotMatchingOrigin"; "" where it has no name.
std::string_view firefox_name(Code code);
/// The sentence of Chrome's console behind "… has been blocked by CORS policy: ". `about` is the value, method or name
/// that it is about.
std::string chrome_sentence(Code code, std::string_view about);
/// The code of a failed CORS check when it was the preflight's.
Code of_preflight(Code code);

}  // namespace gw::cors
