#pragma once
// What an api allows pages of other origins: AWS's corsConfiguration of HTTP APIs.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/result.h"

namespace gw::cors {

/// As it is written. Absent is not empty: an absent list leaves it to the request.
struct PolicySpec {
    std::vector<std::string> origins = {};                 ///< exact ones, "*", "https://*", "http://*"
    std::optional<std::vector<std::string>> methods = {};  ///< or "*"; absent: those that the routes of the path have
    std::optional<std::vector<std::string>> headers = {};  ///< or "*"; absent: any that is asked for
    std::vector<std::string> expose = {};                  ///< or "*"
    bool credentials = false;
    std::optional<std::int32_t> max_age = {};  ///< seconds, -1 to 86400; absent: the browser's 5
    friend bool operator==(const PolicySpec&, const PolicySpec&) = default;
};

/// The longest that AWS takes, and Firefox keeps.
inline constexpr std::int32_t kMostMaxAge = 86400;

/// Errors of one entry, for whoever reads a configuration. Errc::config with a hint.
Result<void> check_origin(std::string_view text);
Result<void> check_method(std::string_view text);
Result<void> check_header(std::string_view text);

/// Checked and ready to be asked. Immutable.
class Policy {
  public:
    /// Errc::config: a bad entry, no origin at all, "*" with credentials: any page could then use the session of
    /// whoever visits it; "*" exposed with credentials, which browsers take for a header of that name.
    static Result<Policy> make(PolicySpec spec);

    /// Whether pages of this origin may read answers. `origin` is the Origin field; "null" never may, unless everybody
    /// may.
    [[nodiscard]] bool permits_origin(std::string_view origin) const;
    /// Whether they may use the method; `of_route`: the methods that the path has, asked when the policy names none.
    [[nodiscard]] bool permits_method(std::string_view method, const std::vector<std::string>& of_route) const;
    /// Whether they may send the field. "*" stands for Authorization too, whatever browsers take it for: see respond.h.
    [[nodiscard]] bool permits_header(std::string_view name) const;
    /// Answers say the same to every origin.
    [[nodiscard]] bool any_origin() const { return any_origin_; }
    [[nodiscard]] bool any_method() const { return any_method_; }
    [[nodiscard]] bool any_header() const { return any_header_; }
    [[nodiscard]] const PolicySpec& spec() const { return spec_; }

  private:
    Policy() = default;
    PolicySpec spec_;
    bool any_origin_ = false;
    bool any_https_ = false;
    bool any_http_ = false;
    bool any_method_ = false;
    bool any_header_ = false;
};

}  // namespace gw::cors
