#include "libgw/policy/canary/compare.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "libgw/base/random.h"
#include "libgw/policy/canary/statistics/chance.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::canary;

namespace {

using Side = Evidence::Side;
constexpr Margin::Kind kAbsolute = Margin::Kind::absolute;
constexpr Margin::Kind kRelative = Margin::Kind::relative;

double probability(std::uint64_t count, std::uint64_t hits, double p) {
    return std::exp(log_choose(count, hits)) * std::pow(p, static_cast<double>(hits)) *
           std::pow(1 - p, static_cast<double>(count - hits));
}

bool is_null(Side side, const Margin& margin, double stable, double canary) {
    const double line = margin.above(stable);
    return side == Side::worse ? canary <= line + 1e-12 : canary >= line - 1e-12;
}

/// The expectation of `value` over all outcomes of a block.
template <class Value>
double expectation(std::uint64_t stable_count, std::uint64_t canary_count, double stable, double canary, Value value) {
    double sum = 0;
    for (std::uint64_t a = 0; a <= stable_count; ++a)
        for (std::uint64_t b = 0; b <= canary_count; ++b)
            sum += probability(stable_count, a, stable) * probability(canary_count, b, canary) *
                   value(Block{{stable_count, a}, {canary_count, b}});
    return sum;
}

Block draw(Random& random, std::uint64_t count, double share, double stable, double canary) {
    const std::uint64_t of_canary = draw_binomial(random, count, share);
    return {{count - of_canary, draw_binomial(random, count - of_canary, stable)},
            {of_canary, draw_binomial(random, of_canary, canary)}};
}

/// Runs with a look behind every block, and how many of them each answer ended.
struct Tally {
    std::uint64_t runs = 0;
    std::uint64_t promoted = 0;
    std::uint64_t rolled_back = 0;
};
Tally run(const Question& question, double stable, double canary, std::uint64_t runs, int looks, std::uint64_t size,
          std::uint64_t seed) {
    Random random(seed);
    Tally tally{runs, 0, 0};
    for (std::uint64_t i = 0; i < runs; ++i) {
        Comparison comparison(question);
        for (int look = 0; look < looks && comparison.answer() == Answer::inconclusive; ++look)
            comparison.add(draw(random, size, 0.3, stable, canary));
        tally.promoted += comparison.answer() == Answer::promote ? 1 : 0;
        tally.rolled_back += comparison.answer() == Answer::rollback ? 1 : 0;
    }
    return tally;
}

const std::vector<Margin> kMargins = {{kAbsolute, 0},    {kAbsolute, 0.05}, {kAbsolute, 0.4},  {kAbsolute, -0.1},
                                      {kRelative, 0.05}, {kRelative, 1},    {kRelative, -0.5}, {kRelative, 4}};

}  // namespace

TEST_CASE("canary compare: of each alternative the expectation is at most 1 wherever the null hypothesis holds",
          "[policy][canary]") {
    double most = 0;
    std::uint64_t cases = 0;
    for (const Margin& margin : kMargins)
        for (const Side side : {Side::worse, Side::fine})
            for (const auto& [stable_count, canary_count] : {std::pair{1U, 1U}, {5U, 2U}, {2U, 6U}})
                for (const Rates alternative :
                     {Rates{0.01, 0.02}, Rates{0.3, 0.7}, Rates{0.6, 0.1}, Rates{0.2, 0.95}}) {
                    const double line = margin.above(alternative.stable);
                    if (side == Side::worse ? alternative.canary <= line : alternative.canary >= line) continue;
                    for (int a = 0; a <= 10; ++a)
                        for (int b = 0; b <= 10; ++b) {
                            if (!is_null(side, margin, a / 10.0, b / 10.0)) continue;
                            ++cases;
                            most = std::max(
                                most,
                                expectation(stable_count, canary_count, a / 10.0, b / 10.0, [&](const Block& block) {
                                    return std::exp(log_e_variable(block, alternative, margin));
                                }));
                        }
                }
    CHECK(cases > 2000);
    CHECK(most <= 1 + 1e-9);
    CHECK(most > 0.999);  // it is not for being far from the bound
}

TEST_CASE("canary compare: of two blocks the expectation of the evidence is at most 1, whatever the rates of each are",
          "[policy][canary]") {
    // the second block is judged by what the first taught
    double most = 0;
    for (const Margin& margin : {Margin{kAbsolute, 0}, Margin{kAbsolute, 0.2}, Margin{kRelative, 0.5}})
        for (const Side side : {Side::worse, Side::fine})
            for (const double first : {0.0, 0.1, 0.5})
                for (const double second : {0.05, 0.4, 0.8}) {
                    const auto on_line = [&](double stable) { return std::clamp(margin.above(stable), 0.0, 1.0); };
                    if (side == Side::fine && (margin.above(first) > 1 || margin.above(second) > 1)) continue;
                    most = std::max(most, expectation(60, 2, first, on_line(first), [&](const Block& one) {
                                        // of the first block only what could be seen; the rest has no weight
                                        if (probability(60, one.stable.bad, first) < 1e-5) return 0.0;
                                        return expectation(2, 2, second, on_line(second), [&](const Block& two) {
                                            Evidence evidence(side, margin, Margin{});
                                            evidence.add(one);
                                            evidence.add(two);
                                            return std::exp(evidence.log_value());
                                        });
                                    }));
                }
    CHECK(most <= 1 + 1e-9);
    CHECK(most > 0.9);
}

TEST_CASE("canary compare: the nearest rates are where the divergence is least", "[policy][canary]") {
    const auto divergence = [](double p, double q) {
        return p * std::log(p / q) + (1 - p) * std::log((1 - p) / (1 - q));
    };
    Random random(5);
    for (int i = 0; i < 3000; ++i) {
        const Margin& margin = kMargins[random.below(kMargins.size())];
        const Rates rates{0.001 + random.unit() * 0.99, 0.001 + random.unit() * 0.99};
        const double stable_count = 1 + std::floor(random.unit() * 1000);
        const double canary_count = 1 + std::floor(random.unit() * 1000);
        const Rates nearest = project(stable_count, canary_count, rates, margin);
        REQUIRE(nearest.stable > 0);
        REQUIRE(nearest.stable < 1);
        REQUIRE(nearest.canary > 0);
        REQUIRE(nearest.canary < 1);
        CHECK(std::abs(margin.above(nearest.stable) - nearest.canary) < 1e-12);
        const auto sum = [&](double stable) {
            return stable_count * divergence(rates.stable, stable) +
                   canary_count * divergence(rates.canary, margin.above(stable));
        };
        const double least = sum(nearest.stable);
        for (const double step : {-1e-4, 1e-4, -1e-2, 1e-2}) {
            const double other = nearest.stable * (1 + step);
            if (other >= 1 || margin.above(other) <= 0 || margin.above(other) >= 1) continue;
            CHECK(sum(other) >= least - 1e-9);
        }
    }
}

TEST_CASE("canary compare: a canary that is alike is rolled back at most as often as was said, looking each time",
          "[policy][canary]") {
    for (const auto& [question, canary] : {std::pair{Question{}, 0.02},
                                           {Question{Margin{kAbsolute, 0.01}, {}, 0.05, 0.05}, 0.03},
                                           {Question{Margin{kRelative, 0.2}, {}, 0.05, 0.05}, 0.024}}) {
        const Tally tally = run(question, 0.02, canary, 400, 60, 400, 17);
        // more than 5 % would have to be likely to be told from what was seen
        CHECK(binomial_limits(tally.runs, tally.rolled_back, 0.01).low <= 0.05);
        CHECK(static_cast<double>(tally.rolled_back) / static_cast<double>(tally.runs) <= 0.05);
    }
}

TEST_CASE("canary compare: a canary that does harm is promoted at most as often as was said, looking each time",
          "[policy][canary]") {
    for (const Question& question :
         {Question{Margin{kAbsolute, 0.01}, {}, 0.05, 0.05}, Question{{}, Margin{kAbsolute, 0.01}, 0.05, 0.05},
          Question{{}, Margin{kRelative, 0.5}, 0.05, 0.05}, Question{}}) {
        const Tally tally = run(question, 0.02, 0.03, 400, 60, 400, 23);
        CHECK(binomial_limits(tally.runs, tally.promoted, 0.01).low <= 0.05);
        CHECK(static_cast<double>(tally.promoted) / static_cast<double>(tally.runs) <= 0.05);
    }
}

TEST_CASE("canary compare: naive peeking would be found out by the same simulation", "[policy][canary]") {
    Random random(17);
    std::uint64_t rolled_back = 0;
    for (int i = 0; i < 400; ++i) {
        Block all;
        for (int look = 0; look < 60; ++look) {
            all = all + draw(random, 400, 0.3, 0.02, 0.02);
            const Trials both = all.stable + all.canary;
            const double variance =
                both.rate() * (1 - both.rate()) *
                (1 / static_cast<double>(all.stable.count) + 1 / static_cast<double>(all.canary.count));
            if (variance <= 0 || normal_tail((all.canary.rate() - all.stable.rate()) / std::sqrt(variance)) > 0.05)
                continue;
            ++rolled_back;
            break;
        }
    }
    CHECK(binomial_limits(400, rolled_back, 0.01).low > 0.15);
}

TEST_CASE("canary compare: harm is found and its absence is shown", "[policy][canary]") {
    const Question question{{}, Margin{kAbsolute, 0.02}, 0.05, 0.05};
    CHECK(run(question, 0.02, 0.04, 200, 60, 400, 29).rolled_back >= 180);
    CHECK(run(question, 0.02, 0.02, 200, 60, 400, 31).promoted >= 180);
    // twice the harm takes less than half of the time
    CHECK(run(question, 0.02, 0.06, 200, 25, 400, 37).rolled_back >= 180);
}

TEST_CASE("canary compare: a base rate that wanders for both arms alike alarms nobody", "[policy][canary]") {
    Random random(41);
    std::uint64_t rolled_back = 0;
    for (int i = 0; i < 300; ++i) {
        Comparison comparison(Question{});
        for (int look = 0; look < 40; ++look) {
            // an outage of what both depend on, now and then
            const double rate = random.below(8) == 0 ? 0.3 : 0.01;
            comparison.add(draw(random, 400, 0.3, rate, rate));
        }
        rolled_back += comparison.answer() == Answer::rollback ? 1 : 0;
    }
    CHECK(rolled_back <= 15);
}

TEST_CASE("canary compare: the more goes badly, the more evidence there is", "[policy][canary]") {
    double worse = -1e9;
    double fine = 1e9;
    for (std::uint64_t bad = 0; bad <= 100; bad += 5) {
        Evidence of_harm(Side::worse, Margin{});
        Evidence of_none(Side::fine, Margin{kAbsolute, 0.02});
        for (Evidence* evidence : {&of_harm, &of_none}) {
            evidence->add({{10000, 100}, {1000, 10}});
            evidence->add({{10000, 100}, {1000, bad}});
        }
        if (bad > 10) CHECK(of_harm.log_value() > worse);
        if (bad > 10) CHECK(of_none.log_value() < fine);
        worse = of_harm.log_value();
        fine = of_none.log_value();
    }
    CHECK(worse > std::log(20));
}

TEST_CASE("canary compare: an arm without requests says nothing and loses nothing", "[policy][canary]") {
    Evidence whole(Side::worse, Margin{});
    Evidence parts(Side::worse, Margin{});
    parts.add({{500, 5}, {0, 0}});
    CHECK(parts.log_value() == Approx(0).margin(1e-12));
    parts.add({{0, 0}, {100, 9}});
    whole.add({{500, 5}, {100, 9}});
    CHECK(parts.log_value() == whole.log_value());
    Comparison nobody{Question{}};
    for (int i = 0; i < 10; ++i) nobody.add({{1000, 10}, {0, 0}});
    CHECK(nobody.answer() == Answer::inconclusive);
    CHECK(!nobody.more());
    CHECK(!effect_of(std::vector<Block>{{{1000, 10}, {0, 0}}}, kAbsolute, 0.05));
}

TEST_CASE("canary compare: without errors at all a canary can be promoted, and with nothing but errors as well",
          "[policy][canary]") {
    for (const bool bad : {false, true}) {
        Comparison comparison{Question{}};
        for (int i = 0; i < 60; ++i) comparison.add({{1000, bad ? 1000U : 0U}, {200, bad ? 200U : 0U}});
        CHECK(std::isfinite(comparison.log_worse()));
        CHECK(comparison.log_worse() < 1);
        CHECK(comparison.answer() == Answer::promote);
    }
    Comparison harm{Question{}};
    for (int i = 0; i < 3; ++i) harm.add({{1000, 0}, {200, 200}});
    CHECK(harm.answer() == Answer::rollback);
}

TEST_CASE("canary compare: counts near the end of their type overflow nothing", "[policy][canary]") {
    constexpr std::uint64_t kHuge = std::uint64_t{1} << 62U;
    for (const bool harm : {false, true}) {
        Comparison comparison{Question{}};
        comparison.add({{kHuge, kHuge / 100}, {kHuge / 2, harm ? kHuge / 50 : kHuge / 200}});
        CHECK(std::isfinite(comparison.log_worse()));
        CHECK(std::isfinite(comparison.log_fine()));
        CHECK(comparison.answer() == (harm ? Answer::rollback : Answer::promote));
    }
}

TEST_CASE("canary compare: the limits hold the effect at every look, in points and in percent", "[policy][canary]") {
    Random random(43);
    for (const Margin::Kind kind : {kAbsolute, kRelative}) {
        const double truth = kind == kAbsolute ? 0.02 : 0.4;
        int outside = 0;
        constexpr int kRuns = 20;
        for (int i = 0; i < kRuns; ++i) {
            std::vector<Block> blocks;
            bool held = true;
            for (int look = 0; look < 8; ++look) {
                blocks.push_back(draw(random, 500, 0.4, 0.05, 0.07));
                const auto effect = effect_of(blocks, kind, 0.05);
                REQUIRE(effect);
                CHECK(effect->low <= effect->estimate);
                CHECK(effect->estimate <= effect->high);
                held = held && effect->low <= truth && truth <= effect->high;
            }
            outside += held ? 0 : 1;
        }
        CHECK(binomial_limits(kRuns, static_cast<std::uint64_t>(outside), 0.01).low <= 0.05);
    }
}

TEST_CASE("canary compare: the limits come nearer as requests are counted", "[policy][canary]") {
    std::vector<Block> blocks;
    double width = 3;
    for (int i = 0; i < 6; ++i) {
        for (int j = 0; j < (1 << i); ++j) blocks.push_back({{1000, 20}, {1000, 20}});
        const auto effect = effect_of(blocks, kAbsolute, 0.05);
        REQUIRE(effect);
        CHECK(effect->low < 0);
        CHECK(effect->high > 0);
        CHECK(effect->high - effect->low < width);
        width = effect->high - effect->low;
    }
    CHECK(width < 0.02);
    const auto none = effect_of(std::vector<Block>{{{100, 0}, {100, 0}}}, kAbsolute, 0.05);
    REQUIRE(none);
    CHECK(none->low < 0);
    CHECK(none->high > 0);
    CHECK(!effect_of(std::vector<Block>{{{100, 0}, {100, 5}}}, kRelative, 0.05));
}

TEST_CASE("canary compare: how many more requests is told until there is an answer", "[policy][canary]") {
    Comparison comparison(Question{{}, Margin{kAbsolute, 0.01}, 0.05, 0.05});
    double before = 1e15;
    int told = 0;
    for (int i = 0; i < 200 && comparison.answer() == Answer::inconclusive; ++i) {
        comparison.add({{700, 14}, {300, 6}});
        if (const auto more = comparison.more(); more && i >= 2) {
            CHECK(*more < before);
            before = *more;
            ++told;
        }
    }
    CHECK(comparison.answer() == Answer::promote);
    CHECK(told > 3);
    CHECK(!comparison.more());
}

TEST_CASE("canary compare: evidence grows as fast as was reckoned", "[policy][canary]") {
    const Margin margin{kAbsolute, 0.01};
    Evidence evidence(Side::fine, margin, Margin{});
    for (int i = 0; i < 100; ++i) evidence.add({{700, 14}, {300, 6}});
    const double half = evidence.log_value();
    for (int i = 0; i < 100; ++i) evidence.add({{700, 14}, {300, 6}});
    const double reckoned = growth(Side::fine, margin, {0.02, 0.02}, 0.3) * 100'000;
    CHECK(evidence.log_value() - half == Approx(reckoned).epsilon(0.1));
    CHECK(growth(Side::worse, margin, {0.02, 0.02}, 0.3) == 0);
    CHECK(growth(Side::fine, margin, {0.02, 0.02}, 0) == 0);
}
