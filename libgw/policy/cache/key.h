#pragma once
// What an answer is stored under. A key is one text; its parts are lines, and no part can hold the end of a line, so
// that two requests have the same key only when they have the same parts.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/result.h"
#include "libgw/policy/routing/path_template.h"
#include "libgw/policy/routing/router.h"
#include "libgw/wire/http/message.h"

namespace gw::cache {

/// A part of a request that tells answers apart, where a route names them: AWS's cacheKeyParameters.
struct KeyParameter {
    enum class Kind : std::uint8_t {
        path,             ///< the whole path
        path_parameter,   ///< "path:id": {id} or {id+} of the route
        query,            ///< "query:*": the whole query, as sent
        query_parameter,  ///< "query:page": its values, in order
        header,           ///< "header:accept"
    };
    Kind kind = Kind::path;
    std::string name;  ///< of a header in lower case
    friend bool operator==(const KeyParameter&, const KeyParameter&) = default;
};

/// Reads "path", "path:NAME", "query:*", "query:NAME", "header:NAME" and AWS's "method.request.path.NAME",
/// "method.request.querystring.NAME", "method.request.header.NAME". Errc::config.
Result<KeyParameter> parse_key_parameter(std::string_view text);
/// As parse_key_parameter() reads it.
std::string to_text(const KeyParameter& parameter);

/// Where a request stands, whatever its key is made of.
struct Scope {
    std::string_view space;  ///< what does not change with the request: api, stage, route, target
    bool secure = false;     ///< as the target is told, and the next two
    std::uint16_t port = 0;
    std::string_view told_host = {};  ///< where that is not `host`
    std::string_view host = {};       ///< as the request says it
    std::string_view caller = {};     ///< who was found to call; "" where nobody was asked
    std::string_view told = {};       ///< of the request besides: lines, as many as the space says
};

/// The key of an RFC 9111 cache: the URI, and who asks.
void write_uri_key(const Scope& scope, const http::Path& path, std::string& out);

/// The key that a route's parameters make. `templates`: the route's path, for the names of its parameters.
void write_parameter_key(const Scope& scope, const std::vector<KeyParameter>& parameters,
                         const http::RequestHead& request, const routing::PathTemplate& path,
                         const routing::RouteMatch& match, std::string& out);

}  // namespace gw::cache
