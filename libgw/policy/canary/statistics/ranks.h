#pragma once
// Few values of two arms, by their ranks alone: no distribution is assumed. Each test is a sum of scores of the
// canary's values, and its probability that of the sum when the labels are dealt out anew; so ties need no correction,
// and the same code serves all. Exact for few values, normal with the exact mean and variance for many: Lehmann,
// "Nonparametrics: statistical methods based on ranks" (1975), §1.4 and appendix §3.

#include <array>
#include <cstdint>
#include <string_view>

#include "libgw/policy/canary/sample.h"

namespace gw::canary {

enum class RankTest : std::uint8_t {
    location,  ///< the canary's values are larger: Wilcoxon; Mann, Whitney (Annals of Mathematical Statistics 18, 1947)
    spread,    ///< they lie otherwise about the middle of all: Ansari, Bradley (31, 1960); two-sided
    tail,      ///< more of them are among the largest twentieth
    extremes   ///< more of them are above all of stable's: Rosenbaum (25, 1954)
};
inline constexpr std::array<RankTest, 4> kRankTests = {RankTest::location, RankTest::spread, RankTest::tail,
                                                       RankTest::extremes};
/// "Mann-Whitney", "Ansari-Bradley", "largest twentieth", "Rosenbaum"
std::string_view to_text(RankTest test);

/// What the test makes of two arms: the probability of such a difference, or a greater one, between two that are
/// alike. 1 when an arm is empty or all values are the same. Up to `counted` values all ways of dealing out are
/// counted.
double rank_p(RankTest test, const Values& stable, const Values& canary, std::uint64_t counted = 60);

/// All tests together: the smallest probability, times how many tests there are (Bonferroni).
struct RankVerdict {
    RankTest test = RankTest::location;
    double p = 1;
};
RankVerdict compare_ranks(const Values& stable, const Values& canary);

/// What of alpha may be spent at the k-th of looks without end: 6/(π²k²) of it, which sums up to all of it.
/// Requires: look >= 1.
double alpha_at(double alpha, std::uint64_t look);

}  // namespace gw::canary
