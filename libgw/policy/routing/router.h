#pragma once
// Which route a request takes.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/policy/kind.h"
#include "libgw/policy/routing/path_template.h"
#include "libgw/policy/routing/request_path.h"
#include "libgw/wire/http/method.h"

namespace gw::routing {

/// The route that was found, and the values of its path parameters as they were sent (still percent-encoded), in the
/// order of PathTemplate::parameters(). The views point into RequestPath::sent.
struct RouteMatch {
    std::uint32_t route = 0;  ///< position in the list that the router was made from
    std::uint8_t count = 0;
    std::array<std::string_view, PathTemplate::kMaxParameters> values;

    [[nodiscard]] std::string_view value(std::size_t index) const {
        return index < count ? values[index] : std::string_view();
    }
};

/// An immutable table of routes. Looking up allocates nothing, and costs at most one visit for each node of the table.
///
/// REST APIs: the most specific path, segment by segment literal before {name} before {name+}, that has the method or
/// else ANY; a path without the method leaves the request to the next one. A slash at the end does not count. ANY
/// stands for the seven methods of AWS. HTTP APIs: a full match before a greedy one before $default; within each the
/// exact method before ANY, then segment by segment as above. A slash at the end counts: "/pets/" is taken by
/// "/pets/{proxy+}" with an empty value and not by "/pets". ANY stands for every method. Both: {name+} takes at least
/// what follows a slash, so "/{proxy+}" does not take "/"; HEAD is not GET; case counts.
class Router {
  public:
    /// Of two routes with the same method and the same form of path the first wins; `find_conflicts` tells.
    static Router make(ApiKind kind, std::vector<RouteKey> routes);

    /// Fills `match` and returns true, or returns false: 404 in HTTP APIs, 403 in REST APIs.
    [[nodiscard]] bool find(http::Method method, const RequestPath& path, RouteMatch& match) const;

    [[nodiscard]] ApiKind kind() const { return kind_; }
    [[nodiscard]] const std::vector<RouteKey>& routes() const { return routes_; }

  private:
    static constexpr std::int32_t kNone = -1;
    static constexpr std::size_t kAny = 7;      // slot of ANY, after the seven methods
    using Slots = std::array<std::int32_t, 8>;  // route by method, or kNone
    struct Edge {
        std::uint32_t text_at;
        std::uint32_t text_size;
        std::uint32_t node;
    };
    struct Node {
        std::uint32_t edges_at = 0;
        std::uint32_t edges = 0;
        std::int32_t parameter = kNone;  // the child that takes any segment
        bool has_full = false;
        bool has_greedy = false;
        Slots full{};
        Slots greedy{};
    };
    struct Candidate;
    struct Search;

    static std::size_t slot_of(http::Method method);
    [[nodiscard]] std::int32_t literal_child(const Node& node, std::string_view segment) const;
    bool consider(const Slots& slots, bool greedy, Search& search) const;
    void walk(Search& search) const;
    void fill(const Search& search, const RequestPath& path, RouteMatch& match) const;

    ApiKind kind_ = ApiKind::http;
    std::vector<RouteKey> routes_;
    std::vector<Node> nodes_;
    std::vector<Edge> edges_;
    std::string literals_;
    std::array<bool, 8> has_method_{};  // some route names this method
    std::int32_t default_ = kNone;
};

}  // namespace gw::routing
