#pragma once
// Requests through limits: what run and compare have in common.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "apps/gw-throttle-sim/court.h"
#include "apps/gw-throttle-sim/log_source.h"
#include "apps/gw-throttle-sim/options.h"
#include "libgw/policy/throttle/simulate.h"

namespace gw::sim {

/// Whether a log says that it was decided so.
struct Recorded {
    std::uint64_t agree = 0;
    std::uint64_t differ = 0;
    std::uint64_t rejected = 0;  ///< answered 429
};

/// What came of it.
struct Trial {
    std::unique_ptr<Court> court;
    throttle::Figures figures;
    std::string requests;        ///< the traffic as it was written, or the log's name
    Nanoseconds length{0};       ///< of the traffic
    std::uint64_t given_up = 0;  ///< requests of clients
    LogFacts facts;
    std::optional<Date> began;  ///< of a log
    std::optional<Recorded> recorded;
};

/// The requests of the options before `counts`, which decide by the limits of the model. `bin` 0: as Recorder likes.
/// `what` is being done is told behind the bar. Errc::usage; Errc::not_found, Errc::io where a log cannot be read.
Result<Trial> try_limits(program::World& world, const Options& options, config::Model model,
                         std::shared_ptr<store::Counts> counts, std::uint64_t seed, Nanoseconds bin,
                         std::string_view what);

}  // namespace gw::sim
