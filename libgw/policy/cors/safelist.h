#pragma once
// What the Fetch standard lets pages do without asking, and what it never lets them do.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/policy/cors/engine.h"
#include "libgw/policy/cors/header_list.h"

namespace gw::cors {

/// CONNECT, TRACE, TRACK, in any case (Fetch §2.2.1).
bool is_forbidden_method(std::string_view method);
/// DELETE, GET, HEAD, OPTIONS, POST and PUT in capitals whatever their case; any other stays: "patch" is not PATCH.
std::string normalize_method(std::string_view method);
/// GET, HEAD, POST.
bool is_safelisted_method(std::string_view method);

/// Ports of services that are not HTTP, which browsers never call (Fetch §2.9, "bad port").
bool is_bad_port(std::uint16_t port);

/// Cookie, Host, Sec-…, Proxy-… and the others that a page cannot set (Fetch §2.2.2, "forbidden request-header").
bool is_forbidden_request_header(const Field& field);
/// Whether the field alone asks for no preflight (Fetch §2.2.2, "CORS-safelisted request-header").
bool is_safelisted_request_header(const Field& field, Engine engine);
/// The names that a preflight has to ask for: sorted, lower case, each once (Fetch, "CORS-unsafe request-header
/// names"). Safelisted ones are among them when their values are longer than 1,024 bytes together.
std::vector<std::string> unsafe_header_names(const std::vector<Field>& fields, Engine engine);

/// Cache-Control, Content-Length, ... : readable without being exposed.
bool is_safelisted_response_header(std::string_view name);
/// Set-Cookie and Set-Cookie2: never readable.
bool is_forbidden_response_header(std::string_view name);

}  // namespace gw::cors
