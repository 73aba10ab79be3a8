#pragma once

#include <cstdint>
#include <string_view>

namespace gw::http {

/// RFC 9110 §9 and RFC 5789. Any other token is `other` and keeps its text.
enum class Method : std::uint8_t { get, head, post, put, delete_, patch, options, connect, trace, other };

/// Case matters: "get" is `other`.
Method to_method(std::string_view text);
/// "GET"; "" for `other`.
std::string_view to_text(Method method);
/// RFC 9110 §9.2.2: GET HEAD OPTIONS TRACE PUT DELETE.
constexpr bool is_idempotent(Method m) {
    return m == Method::get || m == Method::head || m == Method::options || m == Method::trace || m == Method::put ||
           m == Method::delete_;
}
/// RFC 9110 §9.2.1.
constexpr bool is_safe(Method m) {
    return m == Method::get || m == Method::head || m == Method::options || m == Method::trace;
}

}  // namespace gw::http
