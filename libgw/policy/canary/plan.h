#pragma once
// How long a canary has to be shown to be judged: reckoned by letting the very test run.

#include <cstdint>
#include <optional>
#include <vector>

#include "libgw/policy/canary/compare.h"

namespace gw::canary {

struct Wanted {
    double base = 0;  ///< stable's rate
    Margin detect;    ///< the harm that has to be found
    double alpha = 0.05;
    double power = 0.8;  ///< of how many runs an answer is to be had
    double share = 0.5;  ///< the canary's, between 0 and 1
    std::uint64_t seed = 1;
};

/// Requests of both arms until that part of all runs (power) has the right answer.
struct Needed {
    std::optional<std::uint64_t> rollback;  ///< of a canary that does just that harm; nothing when beyond 10¹³
    std::optional<std::uint64_t> promote;   ///< of one that does none
};
/// Requires: 0 < base < 1, and detect above base is less than 1.
Needed plan(const Wanted& wanted);

/// The smallest harm (absolute) that is found with that power within so many requests of both arms; nothing when
/// not even a canary that always fails is.
std::optional<double> detectable(const Wanted& wanted, std::uint64_t requests);

}  // namespace gw::canary
