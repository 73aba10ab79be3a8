#include "libgw/policy/canary/rivals.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "libgw/policy/canary/statistics/chance.h"
#include "libgw/policy/canary/statistics/ranks.h"

namespace gw::canary {
namespace {

constexpr std::array<std::pair<Method, std::string_view>, 4> kNames = {
    {{Method::msprt, "msprt"}, {Method::gst, "gst"}, {Method::naive, "naive"}, {Method::mannwhitney, "mannwhitney"}}};

/// How far the canary is above the margin, in standard deviations; nothing while nobody can tell.
std::optional<double> z_of(const Block& block, const Margin& margin) {
    if (block.stable.count == 0 || block.canary.count == 0) return std::nullopt;
    const double factor = margin.kind == Margin::Kind::relative ? 1 + margin.value : 1;
    const auto stable_count = static_cast<double>(block.stable.count);
    const auto canary_count = static_cast<double>(block.canary.count);
    double stable = block.stable.rate();
    double canary = block.canary.rate();
    const double above = canary - margin.above(stable);
    if (margin.value == 0) stable = canary = (block.stable + block.canary).rate();
    const double variance =
        factor * factor * stable * (1 - stable) / stable_count + canary * (1 - canary) / canary_count;
    if (!(variance > 0)) return std::nullopt;
    return above / std::sqrt(variance);
}

/// Where a promotion begins, for those who know one margin only.
Margin promotion_margin(const Question& question, double stable) {
    if (question.max_worse) return *question.max_worse;
    if (question.detect) return *question.detect;
    return Comparison::kLeastPart.above(stable) > Comparison::kLeastHarm.above(stable) ? Comparison::kLeastPart
                                                                                       : Comparison::kLeastHarm;
}

class Sequential final : public Arbiter {
  public:
    explicit Sequential(const Question& question) : question_(question), comparison_(question) {}
    void begin() override { comparison_ = Comparison(question_); }
    Answer add(const Block& block) override {
        comparison_.add(block);
        return comparison_.answer();
    }

  private:
    Question question_;
    Comparison comparison_;
};

/// z of all that was seen, against a boundary for each look and side.
class Bounded final : public Arbiter {
  public:
    Bounded(const Question& question, double stable, std::vector<double> worse, std::vector<double> fine)
        : harm_(question.max_worse.value_or(Margin{})),
          least_(promotion_margin(question, stable)),
          worse_(std::move(worse)),
          fine_(std::move(fine)) {}
    void begin() override {
        all_ = {};
        look_ = 0;
    }
    Answer add(const Block& block) override {
        all_ = all_ + block;
        const std::size_t look = std::min(look_++, worse_.size() - 1);
        const auto worse = z_of(all_, harm_);
        if (worse && *worse >= worse_[look]) return Answer::rollback;
        const auto fine = z_of(all_, least_);
        if (fine && -*fine >= fine_[look]) return Answer::promote;
        return Answer::inconclusive;
    }

  private:
    Margin harm_;
    Margin least_;
    std::vector<double> worse_;
    std::vector<double> fine_;
    Block all_;
    std::size_t look_ = 0;
};

/// Rates of looks as values; who was not found guilty until the last is innocent.
class Ranked final : public Arbiter {
  public:
    Ranked(const Question& question, std::size_t looks) : alpha_(question.alpha_worse), looks_(looks) {}
    void begin() override {
        stable_.clear();
        canary_.clear();
        look_ = 0;
    }
    Answer add(const Block& block) override {
        ++look_;
        if (block.stable.count != 0) ++stable_[block.stable.rate()];
        if (block.canary.count != 0) ++canary_[block.canary.rate()];
        constexpr std::uint64_t kCounted = 12;
        if (rank_p(RankTest::location, stable_, canary_, kCounted) <= alpha_) return Answer::rollback;
        return look_ == looks_ ? Answer::promote : Answer::inconclusive;
    }

  private:
    double alpha_;
    std::size_t looks_;
    std::size_t look_ = 0;
    Values stable_;
    Values canary_;
};

std::vector<double> information_of(const std::vector<Block>& expected) {
    std::vector<double> information;
    Block all;
    for (const Block& block : expected) {
        all = all + block;
        const auto stable = static_cast<double>(all.stable.count);
        const auto canary = static_cast<double>(all.canary.count);
        information.push_back(stable + canary > 0 ? stable * canary / (stable + canary) : 0);
    }
    for (double& part : information) part /= information.back();
    return information;
}

}  // namespace

std::string_view to_text(Method method) { return kNames[static_cast<std::size_t>(method)].second; }

std::optional<Method> parse_method(std::string_view text) {
    for (const auto& [method, name] : kNames)
        if (name == text) return method;
    return std::nullopt;
}

std::vector<double> spending_boundaries(const std::vector<double>& information, double alpha) {
    constexpr double kNever = std::numeric_limits<double>::infinity();
    constexpr int kPoints = 400;
    constexpr double kLowest = -8;
    const double quantile = normal_quantile(alpha / 2);
    std::vector<double> boundaries;
    // density of the score (z·√information) of those who have not crossed, at the middles of equal cells
    std::vector<double> points;
    std::vector<double> density;
    double cell = 0;
    double spent = 0;
    double before = 0;
    for (const double now : information) {
        const double step = std::sqrt(std::max(0.0, now - before));
        const double to_spend = 2 * normal_tail(quantile / std::sqrt(now)) - spent;
        if (!(step > 0) || to_spend < 1e-12) {
            // nobody crosses, and the next look has this one's information too
            boundaries.push_back(kNever);
            continue;
        }
        const auto crossing = [&](double score) {
            if (points.empty()) return normal_tail(score / std::sqrt(now));
            double sum = 0;
            for (std::size_t i = 0; i < points.size(); ++i) sum += density[i] * normal_tail((score - points[i]) / step);
            return sum * cell;
        };
        double low = 0;
        double high = 9 * std::sqrt(now);
        for (int i = 0; i < 50; ++i) {
            const double middle = (low + high) / 2;
            (crossing(middle) > to_spend ? low : high) = middle;
        }
        const double bound = (low + high) / 2;
        spent += to_spend;
        boundaries.push_back(bound / std::sqrt(now));
        const double bottom = kLowest * std::sqrt(now);
        const double new_cell = (bound - bottom) / kPoints;
        std::vector<double> new_points(kPoints);
        std::vector<double> new_density(kPoints);
        constexpr double kRootTwoPi = 2.5066282746310002;
        for (std::size_t i = 0; i < kPoints; ++i) {
            const double at = bottom + (static_cast<double>(i) + 0.5) * new_cell;
            new_points[i] = at;
            if (points.empty()) {
                new_density[i] = std::exp(-at * at / (2 * now)) / (kRootTwoPi * std::sqrt(now));
                continue;
            }
            double sum = 0;
            for (std::size_t j = 0; j < points.size(); ++j) {
                const double z = (at - points[j]) / step;
                if (std::abs(z) < 9) sum += density[j] * std::exp(-z * z / 2);
            }
            new_density[i] = sum * cell / (step * kRootTwoPi);
        }
        points = std::move(new_points);
        density = std::move(new_density);
        cell = new_cell;
        before = now;
    }
    return boundaries;
}

std::unique_ptr<Arbiter> make_arbiter(Method method, const Question& question, const Schedule& schedule) {
    switch (method) {
        case Method::msprt: return std::make_unique<Sequential>(question);
        case Method::gst: {
            const std::vector<double> information = information_of(schedule.expected);
            return std::make_unique<Bounded>(question, schedule.stable,
                                             spending_boundaries(information, question.alpha_worse),
                                             spending_boundaries(information, question.alpha_fine));
        }
        case Method::naive:
            return std::make_unique<Bounded>(question, schedule.stable,
                                             std::vector<double>{normal_quantile(question.alpha_worse)},
                                             std::vector<double>{normal_quantile(question.alpha_fine)});
        case Method::mannwhitney: return std::make_unique<Ranked>(question, schedule.expected.size());
    }
    return nullptr;
}

}  // namespace gw::canary
