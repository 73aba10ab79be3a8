#pragma once
// One answer, judged as a browser judges it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libgw/base/clock.h"
#include "libgw/policy/cors/code.h"
#include "libgw/policy/cors/engine.h"
#include "libgw/policy/cors/header_list.h"
#include "libgw/wire/http/fields.h"

namespace gw::cors {

/// fetch()'s `credentials`: whether cookies and HTTP authentication go along.
enum class Credentials : std::uint8_t { omit, same_origin, include };

/// Code::none, or why not, and the value, method or name that it is about.
struct Judgement {
    Code code = Code::none;
    std::string about = {};
    [[nodiscard]] bool is_fine() const { return code == Code::none; }
};

/// Fetch §4.9, "CORS check". `origin`: what the Origin field said.
Judgement check_access(const http::Fields& answer, std::string_view origin, Credentials credentials);

/// What a preflight's answer allows, as it is kept in the preflight cache.
struct Grant {
    std::vector<std::string> methods;
    std::vector<std::string> headers;  ///< lower case
    bool with_credentials = false;
    Nanoseconds lifetime{0};

    /// Fetch §4.8 step 7.8 and on: whether it covers method and names.
    [[nodiscard]] Judgement covers(std::string_view method, const std::vector<std::string>& unsafe_names,
                                   Engine engine) const;
};

/// Judges status and fields of a preflight's answer, without what was asked for.
Judgement check_preflight(std::uint16_t status, const http::Fields& answer, std::string_view origin,
                          Credentials credentials, Engine engine, Grant& grant);

/// Access-Control-Max-Age in seconds, clamped: Chrome keeps at most 2 h, Firefox 24 h, Safari 10 min; without a number
/// 5 s. Chrome takes a sign, of which - means not at all; Firefox keeps nothing for what is no number.
Nanoseconds max_age_of(const std::optional<std::string>& text, Engine engine);

/// 301, 302, 303, 307 and 308: redirects when there is a Location too.
bool is_redirect_status(std::uint16_t status);
/// Whether the answer redirects. Browsers take an empty Location for none; to the standard it is the same URL again.
bool is_redirect(std::uint16_t status, const http::Fields& answer, Engine engine);
/// 200 to 299.
bool is_ok_status(std::uint16_t status);

/// Names, lower case and sorted, of the fields that the page can read of an answer from another origin.
std::vector<std::string> readable_headers(const http::Fields& answer, Credentials credentials);
/// Of an answer from its own origin: all but Set-Cookie.
std::vector<std::string> own_headers(const http::Fields& answer);

}  // namespace gw::cors
