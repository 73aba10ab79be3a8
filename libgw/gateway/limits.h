#pragma once
// How often whom: the meters and tallies of a configuration, worked out once.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libgw/config/model.h"
#include "libgw/io/store/counts.h"

namespace gw::gateway {

/// What one route's requests are counted in.
struct RouteLimit {
    std::shared_ptr<store::Meter> meter;  ///< null: nothing
    config::ThrottleBy by;
    std::string_view reason;  ///< when it says no
};

/// What one API key is counted in, by its usage plan.
struct KeyLimits {
    const config::UsagePlan* plan = nullptr;
    std::shared_ptr<store::Meter> meter;  ///< null: none
    std::shared_ptr<store::Tally> tally;  ///< null: none
    std::unordered_map<const config::Route*, std::shared_ptr<store::Meter>> methods;
};

/// The same for a whole configuration.
struct Limits {
    std::shared_ptr<store::Counts> counts;
    std::shared_ptr<store::Meter> account;            ///< null: none
    std::unordered_map<std::string, KeyLimits> keys;  ///< by the id of the API key; without a plan not in here

    /// Requires: `route` is one of `api`.
    [[nodiscard]] Result<RouteLimit> of(const config::Api& api, const config::Route& route, Instant now) const;
};

/// What a key of that name is counted in under the plan, which is one of `model`.
Result<KeyLimits> limits_of_key(store::Counts& counts, const config::Model& model, const config::UsagePlan& plan,
                                std::string_view id, Instant now, Date date);

/// Builds it over counts that are there (Errc::config).
Result<Limits> make_limits(const config::Model& model, std::shared_ptr<store::Counts> counts, Instant now, Date date);

/// Opens the place where the counts of a process live; in memory there is nothing to open: null. Errc::config, busy,
/// io: it cannot be used, and will not be by trying again. A database that does not answer is none of these.
Result<std::shared_ptr<store::Counts>> open_counts(
    const config::Model& model, const std::function<Result<std::string>(const std::string& path)>& read_file);

/// Builds it. Counts go on where `previous` has the same name, unless `model` wants a table of another size
/// (Errc::config).
Result<Limits> make_limits(const config::Model& model, const Limits* previous, const config::Model* previous_model,
                           Instant now, Date date);

}  // namespace gw::gateway
