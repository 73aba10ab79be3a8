#include "libgw/policy/canary/statistics/ranks.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "libgw/base/random.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::canary;

namespace {

Values values_of(const std::vector<double>& list) {
    Values values;
    for (const double value : list) ++values[value];
    return values;
}

/// All ways of choosing the canary's values, by hand: the part of them whose statistic is at least as large.
template <class Statistic>
double by_hand(const std::vector<double>& stable, const std::vector<double>& canary, Statistic statistic) {
    std::vector<double> all = stable;
    all.insert(all.end(), canary.begin(), canary.end());
    const double observed = statistic(stable, canary);
    int count = 0;
    int as_large = 0;
    for (std::uint32_t mask = 0; mask < (1U << all.size()); ++mask) {
        std::vector<double> one;
        std::vector<double> other;
        for (std::size_t i = 0; i < all.size(); ++i) ((mask >> i & 1U) != 0 ? other : one).push_back(all[i]);
        if (other.size() != canary.size()) continue;
        ++count;
        as_large += statistic(one, other) >= observed - 1e-9 ? 1 : 0;
    }
    return static_cast<double>(as_large) / count;
}

/// Mann and Whitney's U: pairs in which the canary's is larger, ties half.
double pairs(const std::vector<double>& stable, const std::vector<double>& canary) {
    double sum = 0;
    for (const double a : stable)
        for (const double b : canary) sum += b > a ? 1 : b == a ? 0.5 : 0;
    return sum;
}

/// The sum of Ansari and Bradley's scores, ties sharing theirs.
double ansari(const std::vector<double>& stable, const std::vector<double>& canary) {
    std::vector<double> all = stable;
    all.insert(all.end(), canary.begin(), canary.end());
    std::sort(all.begin(), all.end());
    double sum = 0;
    for (const double value : canary) {
        const auto [first, last] = std::equal_range(all.begin(), all.end(), value);
        double scores = 0;
        for (auto it = first; it != last; ++it) {
            const auto rank = static_cast<double>(it - all.begin() + 1);
            scores += std::min(rank, static_cast<double>(all.size()) + 1 - rank);
        }
        sum += scores / static_cast<double>(last - first);
    }
    return sum;
}

// The two cases that Mann-Whitney passes: spinnaker/kayenta issue 780 and a comment on its twin.
const std::vector<double> kOnes(10, 1.0);
const std::vector<double> kSevenOfTen = {100, 100, 100, 100, 100, 100, 100, 1, 1, 1};
const std::vector<double> kWide = {1, 100, 4, 101, 5, 102, 6, 103, 7, 104, 8, 105, 9, 106, 17};
const std::vector<double> kNarrow = {10,   10.1, 10.2, 10.3, 10.4, 10.5, 10.6, 17,
                                     17.1, 17.2, 17.3, 17.4, 17.5, 17.6, 17.7};

}  // namespace

TEST_CASE("canary ranks: probabilities are those of counting all ways by hand, with ties and without",
          "[policy][canary]") {
    Random random(8);
    for (int i = 0; i < 40; ++i) {
        std::vector<double> stable(3 + random.below(3));
        std::vector<double> canary(2 + random.below(4));
        const std::uint64_t range = i % 2 == 0 ? 4 : 1000;
        for (double& value : stable) value = static_cast<double>(random.below(range));
        for (double& value : canary) value = static_cast<double>(random.below(range) + random.below(3));
        const Values a = values_of(stable);
        const Values b = values_of(canary);
        if (a.size() + b.size() < 3) continue;
        CHECK(rank_p(RankTest::location, a, b) == Approx(by_hand(stable, canary, pairs)));
        const double upper = by_hand(stable, canary, ansari);
        const double lower = by_hand(stable, canary, [](const auto& x, const auto& y) { return -ansari(x, y); });
        CHECK(rank_p(RankTest::spread, a, b) == Approx(std::min(1.0, 2 * std::min(upper, lower))));
        const auto extremes = [](const std::vector<double>& x, const std::vector<double>& y) {
            const double most = *std::max_element(x.begin(), x.end());
            return static_cast<double>(std::count_if(y.begin(), y.end(), [most](double v) { return v > most; }));
        };
        CHECK(rank_p(RankTest::extremes, a, b) >= by_hand(stable, canary, extremes) - 1e-12);
        if (range == 1000 && a.size() == stable.size() && b.size() == canary.size())
            CHECK(rank_p(RankTest::extremes, a, b) <= 1);
    }
}

TEST_CASE("canary ranks: seven of ten values at a hundred times are a failure", "[policy][canary]") {
    const RankVerdict verdict = compare_ranks(values_of(kOnes), values_of(kSevenOfTen));
    CHECK(verdict.p < 0.01);
    CHECK(compare_ranks(values_of(kOnes), values_of(kOnes)).p == 1);
}

TEST_CASE("canary ranks: another variance about the same centre is a failure, either way round", "[policy][canary]") {
    CHECK(rank_p(RankTest::location, values_of(kWide), values_of(kNarrow)) > 0.3);
    for (const bool wider : {false, true}) {
        const RankVerdict verdict = wider ? compare_ranks(values_of(kNarrow), values_of(kWide))
                                          : compare_ranks(values_of(kWide), values_of(kNarrow));
        CHECK(verdict.test == RankTest::spread);
        CHECK(verdict.p < 0.001);
    }
}

TEST_CASE("canary ranks: few values and many are judged alike where both ways can be gone", "[policy][canary]") {
    // 60 values are counted, 62 reckoned
    Random random(12);
    std::vector<double> stable;
    std::vector<double> canary;
    for (int i = 0; i < 30; ++i) {
        stable.push_back(random.unit());
        canary.push_back(random.unit() * 1.3);
    }
    const double counted = rank_p(RankTest::location, values_of(stable), values_of(canary));
    const double spread = rank_p(RankTest::spread, values_of(stable), values_of(canary));
    stable.push_back(0.5);
    canary.push_back(0.51);
    CHECK(rank_p(RankTest::location, values_of(stable), values_of(canary)) == Approx(counted).epsilon(0.15));
    CHECK(rank_p(RankTest::spread, values_of(stable), values_of(canary)) == Approx(spread).epsilon(0.25));
}

TEST_CASE("canary ranks: arms that are alike are told apart as seldom as was said", "[policy][canary]") {
    Random random(14);
    for (const int size : {8, 100}) {
        constexpr int kRuns = 400;
        int alarms = 0;
        for (int i = 0; i < kRuns; ++i) {
            Values stable;
            Values canary;
            for (int j = 0; j < size; ++j) {
                ++stable[static_cast<double>(random.below(50))];
                ++canary[static_cast<double>(random.below(50))];
            }
            alarms += compare_ranks(stable, canary).p <= 0.05 ? 1 : 0;
        }
        CHECK(alarms <= 32);  // 20 are expected at most; one run in 200 would have more by chance
    }
}

TEST_CASE("canary ranks: a slower tail is found where the centre is the same", "[policy][canary]") {
    Random random(15);
    Values stable;
    Values canary;
    for (int i = 0; i < 2000; ++i) {
        ++stable[random.unit()];
        ++canary[random.below(50) == 0 ? 5 + random.unit() : random.unit()];
    }
    CHECK(rank_p(RankTest::location, stable, canary) > 0.001);
    CHECK(rank_p(RankTest::extremes, stable, canary) < 1e-6);
    CHECK(rank_p(RankTest::tail, stable, canary) < 1e-3);
}

TEST_CASE("canary ranks: an empty arm, or one value for all, says nothing", "[policy][canary]") {
    for (const RankTest test : kRankTests) {
        CHECK(rank_p(test, {}, values_of(kWide)) == 1);
        CHECK(rank_p(test, values_of(kWide), {}) == 1);
        CHECK(rank_p(test, Values{{3.0, 1'000'000'000'000}}, Values{{3.0, 1'000'000}}) == 1);
        const double p = rank_p(test, Values{{1.0, 1'000'000'000'000}, {2.0, 1'000'000'000}},
                                Values{{1.0, 1'000'000'000}, {2.0, 1'000'000}});
        CHECK(p >= 0);
        CHECK(p <= 1);
    }
}

TEST_CASE("canary ranks: what is spent over all looks is alpha", "[policy][canary]") {
    double sum = 0;
    for (std::uint64_t look = 1; look < 100000; ++look) sum += alpha_at(0.05, look);
    CHECK(sum < 0.05);
    CHECK(sum > 0.0499);
}
