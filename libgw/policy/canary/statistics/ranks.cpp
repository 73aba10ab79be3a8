#include "libgw/policy/canary/statistics/ranks.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <vector>

#include "libgw/policy/canary/statistics/chance.h"

namespace gw::canary {
namespace {

/// Values that are equal, and their score.
struct Tie {
    std::uint64_t stable = 0;
    std::uint64_t canary = 0;
    double score = 0;
    [[nodiscard]] std::uint64_t count() const { return stable + canary; }
};

std::vector<Tie> ties_of(const Values& stable, const Values& canary) {
    std::map<double, Tie> ties;
    for (const auto& [value, count] : stable) ties[value].stable += count;
    for (const auto& [value, count] : canary) ties[value].canary += count;
    std::vector<Tie> all;
    all.reserve(ties.size());
    for (const auto& [value, tie] : ties)
        if (tie.count() != 0) all.push_back(tie);
    return all;
}

/// The sum over ranks first … last, of which there are `all`, of min(rank, all + 1 - rank).
double distance_sum(double first, double last, double all) {
    const auto up_to = [all](double rank) {
        const double half = std::floor(all / 2);
        const double rising = std::min(rank, half);
        double sum = rising * (rising + 1) / 2;
        if (rank > half) {
            const double falling = rank - half;
            const double from = all - half;
            sum += falling * (from + (from - falling + 1)) / 2;
        }
        return sum;
    };
    return up_to(last) - up_to(first - 1);
}

/// Equal values share the mean of their scores.
void score(RankTest test, std::vector<Tie>& ties) {
    double all = 0;
    for (const Tie& tie : ties) all += static_cast<double>(tie.count());
    double before = 0;
    for (Tie& tie : ties) {
        const double first = before + 1;
        before += static_cast<double>(tie.count());
        if (test == RankTest::location)
            tie.score = (first + before) / 2;
        else
            tie.score = distance_sum(first, before, all) / static_cast<double>(tie.count());
    }
}

struct Tails {
    double upper = 1;  ///< of such a sum or a larger one
    double lower = 1;
};

/// Counts all choices of the canary's values, by the sum of their scores.
Tails count_tails(const std::vector<Tie>& ties, std::uint64_t drawn) {
    // Scores in millionths. Sums that differ by no more than their rounding are taken to be equal, which can make the
    // probability larger only.
    std::vector<std::map<std::int64_t, double>> ways(drawn + 1);
    constexpr double kGrain = 1e6;
    ways[0][0] = 1;
    std::uint64_t seen = 0;
    double observed = 0;
    for (const Tie& tie : ties) {
        observed += static_cast<double>(tie.canary) * std::round(tie.score * kGrain);
        const auto unit = static_cast<std::int64_t>(std::round(tie.score * kGrain));
        for (std::uint64_t i = 0; i < tie.count(); ++i) {
            ++seen;
            for (std::uint64_t m = std::min(seen, drawn); m >= 1; --m)
                for (const auto& [sum, count] : ways[m - 1]) ways[m][sum + unit] += count;
        }
    }
    const auto at = static_cast<std::int64_t>(observed);
    const auto rounding = static_cast<std::int64_t>(drawn);
    double total = 0;
    double upper = 0;
    double lower = 0;
    for (const auto& [sum, count] : ways[drawn]) {
        total += count;
        if (sum >= at - rounding) upper += count;
        if (sum <= at + rounding) lower += count;
    }
    return {upper / total, lower / total};
}

Tails normal_tails(const std::vector<Tie>& ties, double all, double drawn) {
    double mean = 0;
    double observed = 0;
    for (const Tie& tie : ties) {
        mean += static_cast<double>(tie.count()) * tie.score / all;
        observed += static_cast<double>(tie.canary) * tie.score;
    }
    double squares = 0;
    for (const Tie& tie : ties) squares += static_cast<double>(tie.count()) * (tie.score - mean) * (tie.score - mean);
    const double variance = drawn * (all - drawn) / (all * (all - 1)) * squares;
    if (!(variance > 0)) return {};
    const double z = (observed - drawn * mean) / std::sqrt(variance);
    return {normal_tail(z), normal_tail(-z)};
}

/// How many of the canary's are above all of stable's, each such run of labels being as likely as any other. Equal
/// values make it less likely, so the probability is never too small.
double extremes_p(const std::vector<Tie>& ties, std::uint64_t all, std::uint64_t drawn) {
    std::uint64_t above = 0;
    for (auto tie = ties.rbegin(); tie != ties.rend() && tie->stable == 0; ++tie) above += tie->canary;
    if (above > drawn) return 1;
    return std::exp(log_choose(all - above, drawn - above) - log_choose(all, drawn));
}

/// The largest twentieth, with all that equal the smallest of it.
double tail_p(const std::vector<Tie>& ties, std::uint64_t all, std::uint64_t drawn) {
    const std::uint64_t wanted = (all + 19) / 20;
    std::uint64_t marked = 0;
    std::uint64_t bad = 0;
    for (auto tie = ties.rbegin(); tie != ties.rend() && marked < wanted; ++tie) {
        marked += tie->count();
        bad += tie->canary;
    }
    return hypergeometric_tail(all, marked, drawn, bad);
}

}  // namespace

std::string_view to_text(RankTest test) {
    switch (test) {
        case RankTest::location: return "Mann-Whitney";
        case RankTest::spread: return "Ansari-Bradley";
        case RankTest::tail: return "largest twentieth";
        case RankTest::extremes: return "Rosenbaum";
    }
    return {};
}

double rank_p(RankTest test, const Values& stable, const Values& canary, std::uint64_t counted) {
    std::vector<Tie> ties = ties_of(stable, canary);
    const std::uint64_t drawn = count_of(canary);
    const std::uint64_t all = count_of(stable) + drawn;
    if (drawn == 0 || drawn == all || ties.size() < 2) return 1;
    if (test == RankTest::extremes) return extremes_p(ties, all, drawn);
    if (test == RankTest::tail) return tail_p(ties, all, drawn);
    score(test, ties);
    const Tails tails = all <= counted ? count_tails(ties, drawn)
                                       : normal_tails(ties, static_cast<double>(all), static_cast<double>(drawn));
    if (test == RankTest::location) return tails.upper;
    return std::min(1.0, 2 * std::min(tails.upper, tails.lower));
}

RankVerdict compare_ranks(const Values& stable, const Values& canary) {
    RankVerdict verdict;
    for (const RankTest test : kRankTests) {
        const double p = rank_p(test, stable, canary) * static_cast<double>(kRankTests.size());
        if (p < verdict.p) verdict = {test, p};
    }
    return verdict;
}

double alpha_at(double alpha, std::uint64_t look) {
    const auto k = static_cast<double>(look);
    return alpha * 6 / (std::numbers::pi * std::numbers::pi * k * k);
}

}  // namespace gw::canary
