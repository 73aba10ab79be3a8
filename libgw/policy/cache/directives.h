#pragma once
// Cache-Control of requests and answers (RFC 9111 §5.2), and CDN-Cache-Control, which takes its place for a gateway
// (RFC 9213). Strict where a wrong reading would show an answer to somebody who should not see it: a lifetime that
// cannot be read is none, and a prohibition counts with whatever stands behind it.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/wire/http/fields.h"

namespace gw::cache {

using Seconds = std::chrono::seconds;

/// What a number of seconds that is larger means (RFC 9111 §1.2.2).
inline constexpr Seconds kForever{std::int64_t{1} << 31U};

/// What an answer says.
struct ResponseDirectives {
    bool no_store = false;
    bool no_cache = false;    ///< for the whole answer
    bool is_private = false;  ///< for the whole answer
    bool is_public = false;
    bool must_revalidate = false;  ///< proxy-revalidate is the same to a shared cache
    bool must_understand = false;
    bool targeted = false;                     ///< said by CDN-Cache-Control: Cache-Control and Expires do not count
    std::optional<Seconds> max_age;            ///< 0 when it cannot be read; of several the first (RFC 9111 §4.2.1)
    std::optional<Seconds> s_maxage;           ///< the same
    Seconds stale_while_revalidate{0};         ///< RFC 5861 §3
    Seconds stale_if_error{0};                 ///< RFC 5861 §4
    std::vector<std::string> withheld_fields;  ///< named by no-cache="…" or private="…": never stored. Lower case

    /// Never shown stale without asking the target (RFC 9111 §5.2.2.2, §5.2.2.8, §5.2.2.10).
    [[nodiscard]] bool forbids_stale() const { return must_revalidate || no_cache || s_maxage.has_value(); }
    friend bool operator==(const ResponseDirectives&, const ResponseDirectives&) = default;
};

/// What a request says.
struct RequestDirectives {
    bool no_store = false;
    bool no_cache = false;
    bool only_if_cached = false;
    std::optional<Seconds> max_age;    ///< 0 when it cannot be read
    std::optional<Seconds> min_fresh;  ///< kForever when it cannot be read
    std::optional<Seconds> max_stale;  ///< kForever without a value; 0 when it cannot be read
    std::optional<Seconds> stale_if_error;
    friend bool operator==(const RequestDirectives&, const RequestDirectives&) = default;
};

ResponseDirectives parse_response_directives(const http::Fields& fields);
RequestDirectives parse_request_directives(const http::Fields& fields);

}  // namespace gw::cache
