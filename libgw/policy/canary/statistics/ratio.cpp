#include "libgw/policy/canary/statistics/ratio.h"

#include <algorithm>
#include <cmath>

namespace gw::canary {
namespace {

constexpr double kLeastShift = 0.01;

double log_beta(double a, double b) { return std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b); }

}  // namespace

SplitEvidence::SplitEvidence() { logs_.fill(-std::log(static_cast<double>(logs_.size()))); }

void SplitEvidence::add(std::uint64_t stable, std::uint64_t canary, double share) {
    if (!(share > 0 && share < 1)) return;
    for (std::size_t i = 0; i < logs_.size(); ++i) {
        const double size = kLeastShift * std::exp2(static_cast<double>(i % kShifts) / 2);
        const double factor = std::exp(i < kShifts ? size : -size);
        // of the alternative, the canary's part is share·factor and stable's what it was, both over their sum
        const double log_sum = std::log1p(share * (factor - 1));
        logs_[i] += static_cast<double>(canary) * (std::log(factor) - log_sum) - static_cast<double>(stable) * log_sum;
    }
}

double SplitEvidence::log_value() const {
    const double most = *std::max_element(logs_.begin(), logs_.end());
    double sum = 0;
    for (const double log : logs_) sum += std::exp(log - most);
    return most + std::log(sum);
}

Ranks quantile_ranks(std::uint64_t count, double quantile, double alpha) {
    // a mixture that is tightest at some hundreds of values
    constexpr double kConcentration = 30;
    const double a = kConcentration * quantile;
    const double b = kConcentration * (1 - quantile);
    const double needed = std::log(1 / alpha);
    const double n = static_cast<double>(count);
    const auto is_refuted = [&](std::uint64_t below) {
        const double k = static_cast<double>(below);
        return log_beta(a + k, b + n - k) - log_beta(a, b) - k * std::log(quantile) - (n - k) * std::log1p(-quantile) >=
               needed;
    };
    // The evidence is convex in how many are below, so what is not refuted lies together about the expected number.
    const auto middle = static_cast<std::uint64_t>(std::min(n, std::max(0.0, std::round(n * quantile))));
    std::uint64_t least = middle;
    for (std::uint64_t low = 0; low < least;) {
        const std::uint64_t probe = low + (least - low) / 2;
        if (is_refuted(probe))
            low = probe + 1;
        else
            least = probe;
    }
    std::uint64_t most = middle;
    for (std::uint64_t high = count; most < high;) {
        const std::uint64_t probe = high - (high - most) / 2;
        if (is_refuted(probe))
            high = probe - 1;
        else
            most = probe;
    }
    // with k values at or below it, the quantile lies from the k-th to the one behind
    return {least, most + 1};
}

}  // namespace gw::canary
