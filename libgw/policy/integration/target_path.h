#pragma once
// From the path that was matched to the path that goes up.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/result.h"
#include "libgw/policy/kind.h"
#include "libgw/policy/routing/router.h"

namespace gw::integration {

/// Path and query of a request to a target. Views of the request or of the scratch string.
struct UpstreamPath {
    std::string_view path;   ///< starts with '/'
    std::string_view query;  ///< from its '?' on, or empty
};

/// How one route's requests are addressed at its target.
/// A target without a path takes the path as it was sent. A target with one that names no parameter takes the place of
/// the route's literal prefix: "/pets/{id}=http://h/animals" sends /pets/7 to /animals/7. A target that names
/// parameters has them filled in, and a {name+} that it does not name is appended. The query is kept, after the
/// target's own. Invariant: what comes out starts with the target's literal beginning and never climbs out of it.
class TargetPath {
  public:
    /// `path` is "" or starts with '/', `query` is without '?'. Errc::config for a parameter that the route does not
    /// have, a brace that stands alone, and dot segments.
    static Result<TargetPath> make(ApiKind kind, const routing::RouteKey& route, std::string_view path,
                                   std::optional<std::string_view> query = std::nullopt);

    /// Composes into `scratch` where something has to be composed. Nothing when a value hides a way up
    /// ("..%2f", double encoding): the request is to be refused.
    [[nodiscard]] std::optional<UpstreamPath> compose(const routing::RequestPath& path,
                                                      const routing::RouteMatch& match, std::string& scratch) const;

  private:
    enum class Mode : std::uint8_t { as_sent, replace_prefix, fill_in };
    // A piece of the target's path and the parameter after it.
    struct Piece {
        std::string text;
        std::size_t parameter;  // kNone: none
    };
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

    Mode mode_ = Mode::as_sent;
    bool rest_ = false;           // REST: a slash at the end is not carried on
    bool keeps_slash_ = false;    // the route takes what follows a slash, even nothing
    std::size_t prefix_ = 0;      // literal segments of the route
    std::size_t append_ = kNone;  // the greedy parameter that the target does not name
    std::vector<Piece> pieces_;
    std::string query_;  // "?a=b" of the target
};

}  // namespace gw::integration
