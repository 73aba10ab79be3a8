#include "libgw/policy/canary/statistics/chance.h"

#include <cmath>
#include <vector>

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::canary;

TEST_CASE("canary chance: draws follow the binomial distribution, few expected or many", "[policy][canary]") {
    Random random(3);
    for (const auto& [count, p] :
         {std::pair{20U, 0.1}, {1000U, 0.003}, {40U, 0.5}, {300U, 0.2}, {300U, 0.85}, {2000U, 0.02}, {1U, 0.3}}) {
        INFO(count << " " << p);
        constexpr int kDraws = 40000;
        std::vector<int> seen(count + 1);
        for (int i = 0; i < kDraws; ++i) {
            const std::uint64_t drawn = draw_binomial(random, count, p);
            REQUIRE(drawn <= count);
            ++seen[drawn];
        }
        // chi-square over those that are expected ten times; the others together
        double chi = 0;
        int freedom = -1;
        double rest_expected = 0;
        double rest_seen = 0;
        for (std::uint64_t k = 0; k <= count; ++k) {
            const double expected = kDraws * std::exp(log_choose(count, k) + static_cast<double>(k) * std::log(p) +
                                                      static_cast<double>(count - k) * std::log1p(-p));
            if (expected < 10) {
                rest_expected += expected;
                rest_seen += seen[k];
                continue;
            }
            chi += (seen[k] - expected) * (seen[k] - expected) / expected;
            ++freedom;
        }
        if (rest_expected > 5) {
            chi += (rest_seen - rest_expected) * (rest_seen - rest_expected) / rest_expected;
            ++freedom;
        }
        // mean and variance of chi-square are its degrees of freedom and twice those
        CHECK(chi < freedom + 5 * std::sqrt(2.0 * freedom));
    }
}

TEST_CASE("canary chance: the ends of a binomial are certain, and large counts have their mean and spread",
          "[policy][canary]") {
    Random random(4);
    CHECK(draw_binomial(random, 0, 0.5) == 0);
    CHECK(draw_binomial(random, 1000, 0) == 0);
    CHECK(draw_binomial(random, 1000, 1) == 1000);
    constexpr std::uint64_t kCount = 1'000'000'000'000;
    double sum = 0;
    double squares = 0;
    constexpr int kDraws = 4000;
    for (int i = 0; i < kDraws; ++i) {
        const double z = (static_cast<double>(draw_binomial(random, kCount, 0.3)) - 0.3 * static_cast<double>(kCount)) /
                         std::sqrt(0.21 * static_cast<double>(kCount));
        sum += z;
        squares += z * z;
    }
    CHECK(std::abs(sum / kDraws) < 0.08);
    CHECK(squares / kDraws == Approx(1).margin(0.12));
    Random one(9);
    Random other(9);
    for (int i = 0; i < 100; ++i) CHECK(draw_binomial(one, 5000, 0.01) == draw_binomial(other, 5000, 0.01));
}

TEST_CASE("canary chance: the normal distribution and its inverse", "[policy][canary]") {
    CHECK(normal_tail(0) == Approx(0.5));
    CHECK(normal_tail(1.959963984540054) == Approx(0.025));
    CHECK(normal_quantile(0.05) == Approx(1.6448536269514722));
    for (const double tail : {1e-12, 1e-3, 0.3, 0.9}) CHECK(normal_tail(normal_quantile(tail)) == Approx(tail));
}

TEST_CASE("canary chance: Fisher's tea, and the ends of the hypergeometric distribution", "[policy][canary]") {
    // four cups of eight have the milk first; all four are told, or three
    CHECK(hypergeometric_tail(8, 4, 4, 4) == Approx(1.0 / 70));
    CHECK(hypergeometric_tail(8, 4, 4, 3) == Approx(17.0 / 70));
    CHECK(hypergeometric_tail(8, 4, 4, 0) == 1);
    CHECK(hypergeometric_tail(8, 6, 4, 2) == 1);
    CHECK(hypergeometric_tail(8, 4, 4, 5) == 0);
}

TEST_CASE("canary chance: limits of a probability hold it, and are those of Clopper and Pearson", "[policy][canary]") {
    const Limits none = binomial_limits(10, 0, 0.05);
    CHECK(none.low == 0);
    CHECK(none.high == Approx(1 - std::pow(0.025, 0.1)));
    const Limits all = binomial_limits(10, 10, 0.05);
    CHECK(all.high == 1);
    CHECK(all.low == Approx(std::pow(0.025, 0.1)));
    // at the limit the tail is alpha/2
    const Limits some = binomial_limits(400, 13, 0.05);
    double upper = 0;
    double lower = 0;
    for (std::uint64_t k = 0; k <= 400; ++k) {
        const auto at = [k](double p) {
            return std::exp(log_choose(400, k) + static_cast<double>(k) * std::log(p) +
                            static_cast<double>(400 - k) * std::log1p(-p));
        };
        if (k >= 13) upper += at(some.low);
        if (k <= 13) lower += at(some.high);
    }
    CHECK(upper == Approx(0.025));
    CHECK(lower == Approx(0.025));
}
