// Which route a request takes: the table takes a request when one of its routes alone would, the same by every writing
// of the path, and what it hands over as parameters is what stands at their places. The first byte says the kind of
// api, then a line a route, an empty line, and a line a request: "GET /a/b".

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/text.h"
#include "libgw/policy/routing/router.h"
#include "libgw/wire/http/uri.h"
#include "tests/fuzz/require.h"

using namespace gw;
using namespace gw::routing;

namespace {

/// The template with its parameters filled in.
std::string fill_in(const PathTemplate& path, const RouteMatch& match) {
    std::string filled;
    std::size_t next = 0;
    for (const Segment& segment : path.segments())
        filled.append("/").append(segment.kind == Segment::Kind::literal ? std::string_view(segment.text)
                                                                         : match.value(next++));
    REQUIRE_THAT_IT_HOLDS(next == match.count);
    return filled.empty() ? "/" : filled;
}

std::string without_slash(std::string text) {
    if (text.size() > 1 && text.back() == '/') text.pop_back();
    return text;
}

void check_request(ApiKind kind, const std::vector<RouteKey>& routes, const Router& table, std::string_view line) {
    const std::size_t space = std::min(line.find(' '), line.size());
    const http::Method method = http::to_method(line.substr(0, space));
    const auto path = http::Path::parse(line.substr(std::min(space + 1, line.size())));
    if (!path) return;
    RouteMatch match;
    const bool found = table.find(method, make_request_path(*path), match);
    bool alone = false;
    for (const RouteKey& route : routes) {
        RouteMatch only;
        alone = alone || Router::make(kind, {route}).find(method, make_request_path(*path), only);
    }
    REQUIRE_THAT_IT_HOLDS(found == alone);

    // the canonical writing takes the same route
    const auto plain = http::Path::parse(path->canonical());
    REQUIRE_THAT_IT_HOLDS(plain.has_value());
    RouteMatch same;
    REQUIRE_THAT_IT_HOLDS(table.find(method, make_request_path(*plain), same) == found);
    if (!found) return;
    REQUIRE_THAT_IT_HOLDS(same.route == match.route && same.count == match.count);
    const RouteKey& route = routes.at(match.route);
    REQUIRE_THAT_IT_HOLDS(route.is_default || route.any || route.method == method);
    if (route.is_default) return;
    const std::string expected(path->canonical());
    const std::string filled = fill_in(route.path, same);
    if (kind == ApiKind::rest)
        REQUIRE_THAT_IT_HOLDS(without_slash(filled) == without_slash(expected));
    else
        REQUIRE_THAT_IT_HOLDS(filled == expected);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2 || size > 4096) return 0;
    const ApiKind kind = data[0] % 2 == 0 ? ApiKind::http : ApiKind::rest;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    std::vector<RouteKey> routes;
    std::vector<std::string_view> requests;
    bool has_routes = false;
    for (const std::string_view line : split(text, '\n')) {
        if (line.empty()) {
            has_routes = true;
        } else if (has_routes) {
            requests.push_back(line);
        } else if (auto route = RouteKey::parse(line); route && routes.size() < 16) {
            routes.push_back(*std::move(route));
        }
    }
    const Router table = Router::make(kind, routes);
    for (const std::string_view request : requests) check_request(kind, routes, table, request);
    return 0;
}
