#pragma once
// Counts against a probability that is known: whether the split gives each arm its share, and between which ranks a
// quantile lies. Both may be looked at whenever one likes.

#include <array>
#include <cstdint>

namespace gw::canary {

/// Evidence that the canary gets another share than it was given, from the counts of requests alone: a sample ratio
/// mismatch, which says that the split itself is broken and nothing else can be believed. The share may change from
/// block to block. Lindon, Malek, "Anytime-valid inference for multinomial count data" (NeurIPS 2022), with a grid of
/// shifts of the odds for the mixture. Requests have to be split independently of each other: those of one client who
/// stays with his arm are not.
class SplitEvidence {
  public:
    SplitEvidence();
    /// `share`: the canary's, 0 … 1. With 0 or 1 there is no split, and the block says nothing.
    void add(std::uint64_t stable, std::uint64_t canary, double share);
    /// Natural logarithm; at log(1/alpha) the split is wrong at that level.
    [[nodiscard]] double log_value() const;

  private:
    /// Shifts of the log-odds: 0.01 and up, by the root of 2 each, both ways.
    static constexpr std::size_t kShifts = 20;
    std::array<double, 2 * kShifts> logs_{};
};

/// The ranks (1 is the smallest of all) between which a quantile lies at all times together with probability
/// 1 - alpha; 0 and count + 1 where there is no bound. Howard, Ramdas, "Sequential estimation of quantiles with
/// applications to A/B testing and best-arm identification" (Bernoulli 28, 2022): how many are below the quantile is
/// binomial whatever the distribution. The beta-binomial mixture of Robbins bounds it.
struct Ranks {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
};
Ranks quantile_ranks(std::uint64_t count, double quantile, double alpha);

}  // namespace gw::canary
