#pragma once
// What is wrong, or surprising, about a list of routes as a whole.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "libgw/policy/kind.h"
#include "libgw/policy/routing/path_template.h"

namespace gw::routing {

/// One finding about two routes (or one: then `other` is the same).
struct Conflict {
    enum class Kind : std::uint8_t {
        duplicate,        ///< the same method and path twice
        ambiguous,        ///< the same but for the names of parameters, or two parameters where AWS allows one
        unreachable,      ///< no request can arrive here
        shadowed,         ///< HTTP APIs: a wider route with the exact method comes before this ANY
        differs_in_case,  ///< paths that are the same to a person and not to the gateway
        less_protected,   ///< what this route does not take falls through to a route with less protection
    };
    Kind kind = Kind::duplicate;
    bool error = false;     ///< else a warning
    std::size_t route = 0;  ///< position of the route that is spoken about
    std::size_t other = 0;  ///< the one that it collides with
    std::string message;
    std::string hint;
};

/// Every finding, in the order of `route`. `protection` says for each route how much stands in front of it (0: open,
/// more is more); left empty, all are alike and `less_protected` is not looked for. At most kMaxConflicts are returned.
std::vector<Conflict> find_conflicts(ApiKind kind, std::span<const RouteKey> routes,
                                     std::span<const std::uint32_t> protection = {});
inline constexpr std::size_t kMaxConflicts = 1000;

/// True when every path that `inner` takes is one that `outer` takes too, method aside.
bool covers(const PathTemplate& outer, const PathTemplate& inner);

}  // namespace gw::routing
