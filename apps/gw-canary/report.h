#pragma once
// What a judge has found, in words, plots and JSON.

#include <optional>
#include <string>
#include <vector>

#include "apps/gw-canary/options.h"
#include "libgw/base/value.h"
#include "libgw/policy/canary/judge.h"

namespace gw::release {

/// What was known at one look.
struct Glance {
    double at = 0;     ///< looks, or seconds, since the beginning
    double share = 0;  ///< the canary's, 0 … 1
    double low = 0;    ///< of how much worse the canary is: limits and estimate; NaN while nobody knows
    double estimate = 0;
    double high = 0;
};

/// Look by look, of the first metric.
struct History {
    std::string metric;
    bool points = true;  ///< percentage points; else percent of what stable has
    std::vector<Glance> glances;

    explicit History(const canary::Metric& first);
    void add(double at, double share, const canary::Verdict& verdict);
};

/// The verdict, a line for each metric, and why; `wide` with the evidence.
std::string text_of(const canary::Verdict& verdict, const canary::Settings& settings, const program::World& world,
                    const Options& options);
/// Plots of it: the share, and the interval that narrows. "" when there is less than two looks to show. `left` and
/// `right` stand below its ends.
std::string plots_of(const History& history, const std::string& left, const std::string& right,
                     const program::World& world, const Options& options);
/// Both in one. `title` is what the verdict says.
std::string svg_of(const History& history, const std::string& title, const std::vector<std::string>& times);
/// "promote", "rollback", "inconclusive" and all that the verdict holds; the members of an object.
Object members_of(const canary::Verdict& verdict);
Value value_of(const History& history);

/// 0, 1, 3; 5 for a split that is broken.
int exit_of(const canary::Verdict& verdict);
/// "promote", "roll back", "inconclusive", "split broken"
std::string_view word_of(const canary::Verdict& verdict);
/// The same for programs: "promote", "rollback", "inconclusive", "mismatch".
std::string_view key_of(const canary::Verdict& verdict);

}  // namespace gw::release
