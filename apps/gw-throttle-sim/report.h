#pragma once
// What a run found out: text with a plot, JSON, CSV, SVG.

#include <optional>
#include <string>
#include <vector>

#include "apps/gw-throttle-sim/node_counts.h"
#include "apps/gw-throttle-sim/trial.h"
#include "libgw/base/clock.h"
#include "libgw/base/value.h"
#include "libgw/policy/throttle/simulate.h"

namespace gw::sim {

struct Named {
    std::string name;
    throttle::Count count;
};

struct Report {
    throttle::Figures figures;
    Nanoseconds length{0};  ///< of the traffic
    std::vector<std::string> limits;
    std::vector<Named> layers;  ///< only `rejected` counts
    std::vector<Named> keys;    ///< most refused first; empty unless somebody wants them
    std::uint64_t key_count = 0;
    std::uint64_t overflowed = 0;
    std::uint64_t given_up = 0;
    std::optional<std::uint64_t> seed;  ///< where dice were thrown
    std::string requests;               ///< the traffic as it was written, or the log's name
    std::optional<Date> began;          ///< of a log
    std::uint64_t uncounted = 0;        ///< lines of a log that no limit was asked about
    std::optional<Recorded> recorded;   ///< of a log that has statuses: whether it was decided so
    std::uint32_t nodes = 0;            ///< gateways that shared the limits; 0: none was shared
    std::vector<NodeCounts::Over> over;
};

std::string text_of(const program::World& world, const Options& options, const Report& report);
std::string json_of(const Report& report, bool bins);
std::string csv_of(const Report& report);
std::string svg_of(const Report& report);

/// Lines of limit_lines() below each other, behind the word.
std::string limits_text(const std::vector<std::string>& limits);
/// "1m2.3s": as much as a person reads.
std::string time_text(Nanoseconds time);
}  // namespace gw::sim
