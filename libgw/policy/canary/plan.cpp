#include "libgw/policy/canary/plan.h"

#include <algorithm>
#include <cmath>

#include "libgw/policy/canary/simulate.h"

namespace gw::canary {
namespace {

constexpr std::uint64_t kRuns = 400;
/// Looks in which an answer is to come; finer ones change little.
constexpr double kLooks = 40;
constexpr double kMost = 1e13;

Rollout rollout_of(const Wanted& wanted, double canary, double size, std::uint32_t looks) {
    Rollout rollout;
    rollout.stable = wanted.base;
    rollout.canary = canary;
    rollout.every = std::chrono::seconds(1);
    rollout.per_second = std::ceil(size);
    rollout.shares = {wanted.share};
    rollout.looks = looks;
    rollout.question.detect = wanted.detect;
    rollout.question.alpha_worse = wanted.alpha;
    rollout.question.alpha_fine = wanted.alpha;
    return rollout;
}

/// The look by which that part of all runs has this answer.
std::optional<std::uint64_t> looks_for(const Rollout& rollout, const Wanted& wanted, Answer answer) {
    return simulate(rollout, Method::msprt, kRuns, wanted.seed).looks_until(wanted.power, answer);
}

std::optional<std::uint64_t> requests_for(const Wanted& wanted, double canary, double speed, Answer answer) {
    if (!(speed > 0)) return std::nullopt;
    for (double size = std::max(1.0, -std::log(wanted.alpha) / speed / kLooks); size <= kMost; size *= 2) {
        const Rollout rollout = rollout_of(wanted, canary, size, static_cast<std::uint32_t>(4 * kLooks));
        if (const auto looks = looks_for(rollout, wanted, answer)) return *looks * rollout.requests_a_look();
    }
    return std::nullopt;
}

}  // namespace

Needed plan(const Wanted& wanted) {
    const double harm = wanted.detect.above(wanted.base);
    return {requests_for(wanted, harm, growth(Evidence::Side::worse, {}, {wanted.base, harm}, wanted.share),
                         Answer::rollback),
            requests_for(wanted, wanted.base,
                         growth(Evidence::Side::fine, wanted.detect, {wanted.base, wanted.base}, wanted.share),
                         Answer::promote)};
}

std::optional<double> detectable(const Wanted& wanted, std::uint64_t requests) {
    const double size = std::max(1.0, static_cast<double>(requests) / kLooks);
    const auto looks =
        static_cast<std::uint32_t>(std::clamp(static_cast<double>(requests) / std::ceil(size), 1.0, kLooks));
    const auto is_found = [&](double harm) {
        Wanted asked = wanted;
        asked.detect = {Margin::Kind::absolute, harm};
        return looks_for(rollout_of(asked, wanted.base + harm, size, looks), asked, Answer::rollback).has_value();
    };
    double high = (1 - wanted.base) * 0.999;
    if (!is_found(high)) return std::nullopt;
    double low = wanted.base * 1e-4;
    for (int i = 0; i < 14; ++i) {
        const double middle = std::sqrt(low * high);
        (is_found(middle) ? high : low) = middle;
    }
    return high;
}

}  // namespace gw::canary
