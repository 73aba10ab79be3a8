#include "libgw/policy/canary/statistics/chance.h"

#include <algorithm>
#include <cmath>

namespace gw::canary {
namespace {

/// log(k!) less Stirling's approximation to it about k + 1.
double stirling_rest(double k) {
    if (k < 10) {
        constexpr double kHalfLog2Pi = 0.91893853320467274;
        return std::lgamma(k + 1) - ((k + 0.5) * std::log(k + 1) - (k + 1) + kHalfLog2Pi);
    }
    const double square = (k + 1) * (k + 1);
    return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1);
}

/// Requires: p <= 1/2, few expected.
std::uint64_t invert(Random& random, std::uint64_t count, double p) {
    const double odds = p / (1 - p);
    const double n = static_cast<double>(count);
    double term = std::exp(n * std::log1p(-p));
    double left = random.unit();
    for (std::uint64_t k = 0; k < count; ++k) {
        if (left < term) return k;
        left -= term;
        term *= odds * (n - static_cast<double>(k)) / static_cast<double>(k + 1);
        // what rounding has left over belongs to no number
        if (term < 1e-300) return k;
    }
    return count;
}

/// Requires: p <= 1/2, count * p >= 10.
std::uint64_t reject(Random& random, std::uint64_t count, double p) {
    const double n = static_cast<double>(count);
    const double spread = std::sqrt(n * p * (1 - p));
    const double b = 1.15 + 2.53 * spread;
    const double a = -0.0873 + 0.0248 * b + 0.01 * p;
    const double c = n * p + 0.5;
    const double v_r = 0.92 - 4.2 / b;
    const double alpha = (2.83 + 5.1 / b) * spread;
    const double log_odds = std::log(p / (1 - p));
    const double mode = std::floor((n + 1) * p);
    const double rest = stirling_rest(mode) + stirling_rest(n - mode);
    while (true) {
        double v = random.unit();
        const double u = random.unit() - 0.5;
        const double us = 0.5 - std::abs(u);
        const double k = std::floor((2 * a / us + b) * u + c);
        if (!(k >= 0 && k <= n)) continue;
        if (us >= 0.07 && v <= v_r) return static_cast<std::uint64_t>(k);
        if (v == 0) continue;
        v = std::log(v * alpha / (a / (us * us) + b));
        const double bound = (mode + 0.5) * std::log((mode + 1) / (n - mode + 1)) +
                             (n + 1) * std::log((n - mode + 1) / (n - k + 1)) +
                             (k + 0.5) * std::log((n - k + 1) / (k + 1)) + (k - mode) * log_odds + rest -
                             stirling_rest(k) - stirling_rest(n - k);
        if (v <= bound) return static_cast<std::uint64_t>(k);
    }
}

/// The probability of `hits` or more.
double binomial_tail(std::uint64_t count, std::uint64_t hits, double p) {
    if (hits == 0) return 1;
    if (p <= 0) return 0;
    if (p >= 1) return 1;
    const double n = static_cast<double>(count);
    const auto probability = [&](std::uint64_t k) {
        const double x = static_cast<double>(k);
        return std::exp(log_choose(count, k) + x * std::log(p) + (n - x) * std::log1p(-p));
    };
    // from the end that has fewer
    const bool upper = static_cast<double>(hits) > n * p;
    double sum = 0;
    const double odds = p / (1 - p);
    if (upper) {
        double term = probability(hits);
        for (std::uint64_t k = hits; k <= count && term > sum * 1e-17; ++k) {
            sum += term;
            term *= odds * static_cast<double>(count - k) / static_cast<double>(k + 1);
        }
        return sum;
    }
    double term = probability(hits - 1);
    for (std::uint64_t k = hits - 1;; --k) {
        sum += term;
        if (k == 0 || term <= sum * 1e-17) break;
        term *= static_cast<double>(k) / (odds * static_cast<double>(count - k + 1));
    }
    return 1 - sum;
}

}  // namespace

double normal_tail(double z) { return std::erfc(z / std::sqrt(2.0)) / 2; }

double normal_quantile(double tail) {
    double low = -39;
    double high = 39;
    for (int i = 0; i < 200 && high - low > 1e-14; ++i) {
        const double middle = (low + high) / 2;
        (normal_tail(middle) > tail ? low : high) = middle;
    }
    return (low + high) / 2;
}

double log_choose(std::uint64_t n, std::uint64_t k) {
    return std::lgamma(static_cast<double>(n) + 1) - std::lgamma(static_cast<double>(k) + 1) -
           std::lgamma(static_cast<double>(n - k) + 1);
}

double hypergeometric_tail(std::uint64_t all, std::uint64_t marked, std::uint64_t drawn, std::uint64_t bad) {
    const std::uint64_t most = std::min(marked, drawn);
    const std::uint64_t least = drawn > all - marked ? drawn - (all - marked) : 0;
    if (bad <= least) return 1;
    double sum = 0;
    for (std::uint64_t k = bad; k <= most; ++k) {
        const double term =
            std::exp(log_choose(marked, k) + log_choose(all - marked, drawn - k) - log_choose(all, drawn));
        sum += term;
        const bool falls = static_cast<double>(k) >
                           static_cast<double>(marked) * static_cast<double>(drawn) / static_cast<double>(all);
        if (falls && term < sum * 1e-15) break;
    }
    return std::min(1.0, sum);
}

Limits binomial_limits(std::uint64_t count, std::uint64_t hits, double alpha) {
    Limits limits;
    const auto solve = [&](std::uint64_t k, double tail) {
        double low = 0;
        double high = 1;
        for (int i = 0; i < 60; ++i) {
            const double middle = (low + high) / 2;
            (binomial_tail(count, k, middle) < tail ? low : high) = middle;
        }
        return (low + high) / 2;
    };
    if (hits > 0) limits.low = solve(hits, alpha / 2);
    if (hits < count) limits.high = solve(hits + 1, 1 - alpha / 2);
    return limits;
}

std::uint64_t draw_binomial(Random& random, std::uint64_t count, double p) {
    if (p > 0.5) return count - draw_binomial(random, count, 1 - p);
    if (p <= 0 || count == 0) return 0;
    return static_cast<double>(count) * p < 10 ? invert(random, count, p) : reject(random, count, p);
}

}  // namespace gw::canary
