#pragma once
// From host name and path to an api: domain, base path, stage.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/result.h"
#include "libgw/policy/kind.h"
#include "libgw/policy/routing/request_path.h"
#include "libgw/policy/verdict.h"

namespace gw::routing {

/// Where one api is served.
struct ApiMapping {
    ApiKind kind = ApiKind::http;
    std::vector<std::string> hosts;  ///< "api.example.com", "*.example.com" (one label), "[::1]"; empty: any
    std::string base_path;           ///< "" or "/orders/v1"
    std::string stage = "$default";  ///< any other is a prefix of the path, after the base path
};

/// The api that a request is for, and the path that is left for its routes.
struct Selection {
    std::uint32_t api = 0;  ///< position in the list that the map was made from
    RequestPath path;
};

/// All apis by host, base path and stage. Immutable.
/// An exact host name comes before a wildcard and a wildcard before any, and there is no way back: a domain is one
/// thing. In it the longest base path wins, segment by segment; only base paths count, not routes. Then the stage: an
/// explicit one is the next segment ("/dev" and "/dev/" are both its root), else the api with the stage $default.
class HostMap {
  public:
    /// Errc::config for a host, base path or stage that is not one, and for two apis at the same place.
    static Result<HostMap> make(std::span<const ApiMapping> apis);

    /// `authority` is RequestHead::authority; its port does not count. Refuses with route.host, route.base_path or
    /// route.stage: 404 Not Found in HTTP APIs, 403 Forbidden in REST APIs. `answer_as` is the kind of the api that was
    /// found or, for a refusal, REST only when all apis that could have been meant are.
    [[nodiscard]] Verdict<Selection> select(std::string_view authority, const RequestPath& path,
                                            ApiKind& answer_as) const;

  private:
    struct Place {
        std::vector<std::string> base;  // segments, canonical
        std::string stage;              // "" for $default
        std::uint32_t api = 0;
        ApiKind kind = ApiKind::http;
    };
    struct Domain {
        std::string name;  // exact; the part after '*' of a wildcard; "" for any
        bool all_rest = true;
        std::vector<Place> places;  // longest base path first
    };
    [[nodiscard]] const Domain* find_domain(std::string_view host) const;

    std::vector<Domain> exact_;     // by name
    std::vector<Domain> wildcard_;  // by name, ".example.com"
    std::vector<Domain> any_;       // none or one
    bool all_rest_ = true;
};

}  // namespace gw::routing
