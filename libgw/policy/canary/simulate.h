#pragma once
// The whole procedure of a canary, thousands of times: what it decides, when, and what it costs.

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "libgw/base/clock.h"
#include "libgw/base/random.h"
#include "libgw/policy/canary/compare.h"
#include "libgw/policy/canary/rivals.h"

namespace gw::canary {

/// A canary that is shown to so much of the traffic, step by step, until somebody answers or the last step is over.
struct Rollout {
    double stable = 0;  ///< rates of what goes badly
    double canary = 0;
    double per_second = 1;       ///< requests
    std::vector<double> shares;  ///< 0 … 1, one a step
    std::uint32_t looks = 1;     ///< of each step
    Nanoseconds every = std::chrono::seconds(30);
    Question question;

    [[nodiscard]] std::uint64_t requests_a_look() const;
    [[nodiscard]] std::size_t all_looks() const { return shares.size() * looks; }
};

struct Simulated {
    std::uint64_t runs = 0;
    std::uint64_t promoted = 0;
    std::uint64_t rolled_back = 0;
    std::uint64_t requests = 0;             ///< that were simulated
    std::uint64_t canary_requests = 0;      ///< of them, that met the canary
    std::uint64_t canary_bad = 0;           ///< of those, that went badly
    std::vector<std::uint64_t> promotions;  ///< by the look that decided; the first is at 0
    std::vector<std::uint64_t> rollbacks;
    [[nodiscard]] std::uint64_t undecided() const { return runs - promoted - rolled_back; }
    /// So many looks until that part of all runs had the answer (inconclusive: either); nothing when fewer ever had.
    [[nodiscard]] std::optional<std::uint64_t> looks_until(double part, Answer answer = Answer::inconclusive) const;
};

/// Told after some runs how many there were; false stops.
using SimulationProgress = std::function<bool(std::uint64_t runs)>;

/// Each run has a generator of its own, so that methods with one seed see the same traffic as long as they look on.
/// Requires: shares and looks; fewer than 2³² looks in all.
Simulated simulate(const Rollout& rollout, Method method, std::uint64_t runs, std::uint64_t seed,
                   const SimulationProgress& progress = {});

}  // namespace gw::canary
