#pragma once
// The canary of a gateway that runs, as its admin API tells and changes it.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/gw-canary/options.h"
#include "apps/support/admin_client.h"
#include "libgw/base/value.h"
#include "libgw/policy/canary/sample.h"

namespace gw::release {

/// What GET /canary says of one api.
struct Standing {
    std::string api;      ///< NAME/STAGE
    double percent = 0;   ///< percentTraffic
    std::string phase;    ///< running, promoted, aborted
    std::string section;  ///< digest of its canarySettings
    std::string sticky;   ///< "": each request is drawn
    canary::Sample stable;
    canary::Sample canary;
};
/// Errc::io for what gw-serve does not say.
Result<Standing> parse_standing(const Value& value);

/// What the gateway answered: a document, or why it did not do what it was asked for.
struct Reply {
    Value document;
    std::optional<Error> refusal;
    int code = 0;  ///< the exit code that says so: 1 for what it cannot do, 5 when it wants a token
};

/// The admin API as far as it is about canaries. Errors are AdminClient's.
class Gateway {
  public:
    /// Where the options say that it is.
    static Result<program::AdminPlace> place_of(const program::World& world, const Options& options);
    Gateway(net::Loop& loop, program::AdminPlace place, std::string api)
        : client_(loop, std::move(place)), api_(std::move(api)) {}

    Result<Reply> get(std::string_view path);
    Result<Reply> set(double percent);
    /// "promote" or "abort"
    Result<Reply> order(std::string_view what);
    /// The canary that --api names, or the only one, of the document of GET /canary. Errc::usage where there is none,
    /// or nobody says which.
    [[nodiscard]] Result<Standing> choose(const Value& document) const;
    /// From now on this one is meant.
    void settle(std::string api) { api_ = std::move(api); }

  private:
    [[nodiscard]] static Result<Reply> read(Result<net::Answered> answered);
    program::AdminClient client_;
    std::string api_;
};

}  // namespace gw::release
