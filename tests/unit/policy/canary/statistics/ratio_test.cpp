#include "libgw/policy/canary/statistics/ratio.h"

#include <cmath>

#include "libgw/base/random.h"
#include "libgw/policy/canary/statistics/chance.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::canary;

TEST_CASE("canary ratio: the expectation of the evidence is 1 when the split is right", "[policy][canary]") {
    for (const double share : {0.01, 0.1, 0.5, 0.9}) {
        double sum = 0;
        for (std::uint64_t canary = 0; canary <= 30; ++canary) {
            SplitEvidence evidence;
            evidence.add(30 - canary, canary, share);
            sum += std::exp(log_choose(30, canary) + static_cast<double>(canary) * std::log(share) +
                            static_cast<double>(30 - canary) * std::log1p(-share) + evidence.log_value());
        }
        CHECK(sum == Approx(1));
    }
}

TEST_CASE("canary ratio: a split that keeps its shares is not suspected, whatever they are", "[policy][canary]") {
    Random random(21);
    int alarms = 0;
    for (int i = 0; i < 2000; ++i) {
        SplitEvidence evidence;
        bool alarm = false;
        for (const double share : {0.05, 0.1, 0.25, 0.5})
            for (int look = 0; look < 10; ++look) {
                const std::uint64_t canary = draw_binomial(random, 1500, share);
                evidence.add(1500 - canary, canary, share);
                alarm = alarm || evidence.log_value() >= std::log(100);
            }
        alarms += alarm ? 1 : 0;
    }
    CHECK(alarms <= 35);  // at most 20 are expected at 1 %
}

TEST_CASE("canary ratio: a split that gives too much or too little is found", "[policy][canary]") {
    Random random(22);
    for (const double given : {0.08, 0.12, 0.0, 1.0}) {
        SplitEvidence evidence;
        for (int look = 0; look < 20; ++look) {
            const std::uint64_t canary = draw_binomial(random, 1500, given);
            evidence.add(1500 - canary, canary, 0.1);
        }
        CHECK(evidence.log_value() >= std::log(1000));
    }
}

TEST_CASE("canary ratio: where nothing is split nothing is said", "[policy][canary]") {
    SplitEvidence evidence;
    evidence.add(100, 0, 0);
    evidence.add(0, 100, 1);
    evidence.add(100, 3, std::nan(""));
    evidence.add(0, 0, 0.5);
    CHECK(evidence.log_value() == Approx(0).margin(1e-12));
    SplitEvidence huge;
    huge.add(std::uint64_t{1} << 62U, std::uint64_t{1} << 60U, 0.2);
    CHECK(std::isfinite(huge.log_value()));
    CHECK(huge.log_value() < 0);
}

TEST_CASE("canary ratio: a quantile lies between its ranks at all times", "[policy][canary]") {
    Random random(24);
    for (const double quantile : {0.5, 0.95}) {
        int outside = 0;
        constexpr int kRuns = 400;
        for (int i = 0; i < kRuns; ++i) {
            std::uint64_t below = 0;
            bool held = true;
            for (std::uint64_t n = 1; n <= 400; ++n) {
                // of values of which the quantile is not one, so many are below it
                below += random.unit() < quantile ? 1 : 0;
                if (n % 5 != 0) continue;
                const Ranks ranks = quantile_ranks(n, quantile, 0.05);
                held = held && ranks.low <= below && below < ranks.high;
            }
            outside += held ? 0 : 1;
        }
        CHECK(binomial_limits(kRuns, static_cast<std::uint64_t>(outside), 0.01).low <= 0.05);
    }
}

TEST_CASE("canary ratio: ranks come nearer the quantile with more values, and few bound nothing", "[policy][canary]") {
    const Ranks none = quantile_ranks(0, 0.9, 0.05);
    CHECK(none.low == 0);
    CHECK(none.high == 1);
    const Ranks few = quantile_ranks(5, 0.99, 0.05);
    CHECK(few.high == 6);
    double width = 2;
    for (const std::uint64_t count : {100U, 1000U, 10000U, 1000000U}) {
        const Ranks ranks = quantile_ranks(count, 0.9, 0.05);
        const double now = static_cast<double>(ranks.high - ranks.low) / static_cast<double>(count);
        CHECK(static_cast<double>(ranks.low) < 0.9 * static_cast<double>(count));
        CHECK(static_cast<double>(ranks.high) > 0.9 * static_cast<double>(count));
        CHECK(now < width);
        width = now;
    }
    CHECK(width < 0.003);
}
