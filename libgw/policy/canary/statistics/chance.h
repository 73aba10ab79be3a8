#pragma once
// The binomial and the normal distribution, as numbers and as draws.

#include <cstdint>

#include "libgw/base/random.h"

namespace gw::canary {

/// The probability that a standard normal variable is larger.
double normal_tail(double z);
/// Where that probability is `tail`. Requires: 0 < tail < 1.
double normal_quantile(double tail);
/// Logarithm of n choose k. Requires: k <= n.
double log_choose(std::uint64_t n, std::uint64_t k);
/// The probability of `bad` or more of `drawn` when `marked` of `all` are. Hypergeometric; Fisher's exact test.
double hypergeometric_tail(std::uint64_t all, std::uint64_t marked, std::uint64_t drawn, std::uint64_t bad);
/// A probability from trials: Clopper, Pearson (Biometrika 26, 1934), each limit exceeded with probability alpha/2.
struct Limits {
    double low = 0;
    double high = 1;
};
Limits binomial_limits(std::uint64_t count, std::uint64_t hits, double alpha);

/// How many of `count` independent trials succeed, exact but for the rounding of doubles: by inversion where few are
/// expected, else by transformed rejection (Hörmann, "The generation of binomial random variates", Journal of
/// Statistical Computation and Simulation 46, 1993). Requires: 0 <= p <= 1.
std::uint64_t draw_binomial(Random& random, std::uint64_t count, double p);

}  // namespace gw::canary
