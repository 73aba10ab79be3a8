#pragma once
// The path of a route: literal segments, {name} for one segment, {name+} for the rest.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/error.h"
#include "libgw/base/result.h"
#include "libgw/wire/http/method.h"

namespace gw::routing {

/// One segment of a template.
struct Segment {
    enum class Kind : std::uint8_t { literal, parameter, greedy };
    Kind kind = Kind::literal;
    std::string text;  ///< a literal in the canonical form of http::Path, or the parameter's name without braces
    friend bool operator==(const Segment&, const Segment&) = default;
};

/// "/pets/{id}/{proxy+}", parsed.
/// Invariant: a greedy segment is the last one; names differ; no segment is empty; "/" has no segments.
class PathTemplate {
  public:
    static constexpr std::size_t kMaxSegments = 32;
    static constexpr std::size_t kMaxParameters = 16;

    /// Parses. Errc::config, pointing at the column where it went wrong, for: no slash in front or one at the end, an
    /// empty segment, a dot segment, a parameter that is not a whole segment, a bad or repeated name, a greedy
    /// parameter that is not last, characters that a path cannot hold (RFC 3986 §3.3), too many segments or parameters.
    /// `where` is the place of the text's first character.
    static Result<PathTemplate> parse(std::string_view text, const Location& where = {});
    /// The root.
    PathTemplate() : text_("/") {}

    /// As written.
    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] const std::vector<Segment>& segments() const { return segments_; }
    /// The names in order; their values stand in RouteMatch::values in the same order.
    [[nodiscard]] const std::vector<std::string>& parameters() const { return parameters_; }
    [[nodiscard]] bool is_greedy() const {
        return !segments_.empty() && segments_.back().kind == Segment::Kind::greedy;
    }
    /// How many literal segments stand before the first parameter.
    [[nodiscard]] std::size_t literal_prefix() const;

  private:
    std::string text_;
    std::vector<Segment> segments_;
    std::vector<std::string> parameters_;
};

/// What a route answers to: "GET /pets/{id}", "ANY /{proxy+}", "/pets" (any method), "$default".
struct RouteKey {
    http::Method method = http::Method::other;  ///< meaningful unless `any` or `is_default`
    bool any = false;
    bool is_default = false;  ///< "$default": every request that no other route takes; method and path are not used
    PathTemplate path;

    /// Errc::config with the column, as PathTemplate::parse; methods are the seven of AWS and ANY.
    static Result<RouteKey> parse(std::string_view text, const Location& where = {});
    /// The canonical writing.
    [[nodiscard]] std::string text() const;
};

}  // namespace gw::routing
