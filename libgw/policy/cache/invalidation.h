#pragma once
// What an unsafe request makes void (RFC 9111 §4.4).

#include <string>
#include <string_view>
#include <vector>

#include "libgw/wire/http/message.h"
#include "libgw/wire/http/uri.h"

namespace gw::cache {

/// Whether this answer to this method makes what is stored for its URI void: no error, and the method unsafe or
/// unknown.
bool invalidates(http::Method method, std::uint16_t status);

/// Origins that mean the same as the request's own: as the client names it, and as the target does.
struct Origins {
    std::string_view client;  ///< "example.com:8080"
    std::string_view target;
    bool secure = false;         ///< of the client's
    bool target_secure = false;  ///< of the target's
};

/// The paths, with their queries, that Location and Content-Location of the answer name, where they are of one of the
/// origins. References are resolved against `base`, the path of the request. At most two of each.
std::vector<http::Path> named_paths(const http::Fields& answer, const http::Path& base, const Origins& origins);

}  // namespace gw::cache
