#include "libgw/policy/canary/compare.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace gw::canary {
namespace {

/// Part of each block that nothing is wagered of: a bad guess of stable's rate costs log(1/kKept) at most.
constexpr double kKept = 0.005;
/// As long as fewer trials of stable are known, its rate is one of these.
constexpr std::uint64_t kLeastKnown = 50;
constexpr std::array<double, 6> kUnknown = {0.0005, 0.003, 0.02, 0.1, 0.3, 0.6};
/// Effects in log-odds: 0.02 and up, by the root of 2 each.
constexpr double kLeastShift = 0.02;

double logit(double p) { return std::log(p) - std::log1p(-p); }
double logistic(double x) { return 1 / (1 + std::exp(-x)); }

double log_sum(double a, double b) {
    const double most = std::max(a, b);
    if (std::isinf(most)) return most;
    return most + std::log1p(std::exp(std::min(a, b) - most));
}

/// Slope and curvature of the divergence of `p` from `q`, in q.
struct Bend {
    double slope;
    double curvature;
};
Bend bend(double p, double q) {
    const double bad = p / q;
    const double good = (1 - p) / (1 - q);
    return {good - bad, good / (1 - q) + bad / q};
}

double divergence(double p, double q) { return p * std::log(p / q) + (1 - p) * (std::log1p(-p) - std::log1p(-q)); }

double log_ratio(const Trials& trials, double p, double q) {
    return static_cast<double>(trials.bad) * std::log(p / q) +
           static_cast<double>(trials.count - trials.bad) * (std::log1p(-p) - std::log1p(-q));
}

/// Whether the null hypothesis allows them.
bool is_allowed(Evidence::Side side, const Margin& margin, const Rates& rates) {
    const double line = margin.above(rates.stable);
    return side == Evidence::Side::worse ? rates.canary <= line : rates.canary >= line;
}

}  // namespace

Rates project(double stable_count, double canary_count, const Rates& alternative, const Margin& margin) {
    const double all = stable_count + canary_count;
    const double stable_part = stable_count / all;
    const double canary_part = canary_count / all;
    if (margin.value == 0) {
        const double rate = stable_part * alternative.stable + canary_part * alternative.canary;
        return {rate, rate};
    }
    const bool relative = margin.kind == Margin::Kind::relative;
    const double slope = relative ? 1 + margin.value : 1;
    const double offset = relative ? 0 : margin.value;
    // between where the line has stable's rate and where it has the canary's, and where both are rates
    const double least = std::max(0.0, -offset / slope);
    const double most = std::min(1.0, (1 - offset) / slope);
    const double other = (alternative.canary - offset) / slope;
    double low = std::clamp(std::min(alternative.stable, other), least, most);
    double high = std::clamp(std::max(alternative.stable, other), least, most);
    double at = (low + high) / 2;
    for (int i = 0; i < 100; ++i) {
        const double canary = offset + slope * at;
        const Bend a = bend(alternative.stable, at);
        const Bend b = bend(alternative.canary, canary);
        const double steepness = stable_part * a.slope + slope * canary_part * b.slope;
        const double curvature = stable_part * a.curvature + slope * slope * canary_part * b.curvature;
        if (steepness > 0)
            high = at;
        else
            low = at;
        double next = at - steepness / curvature;
        if (!(next > low && next < high)) next = (low + high) / 2;
        const double moved = std::abs(next - at);
        at = next;
        if (moved <= 1e-13 * std::min(at, 1 - at) || high - low <= 1e-15 * at) break;
    }
    return {at, offset + slope * at};
}

double log_e_variable(const Block& block, const Rates& alternative, const Margin& margin) {
    const Rates nearest =
        project(static_cast<double>(block.stable.count), static_cast<double>(block.canary.count), alternative, margin);
    return log_ratio(block.stable, alternative.stable, nearest.stable) +
           log_ratio(block.canary, alternative.canary, nearest.canary);
}

Evidence::Evidence(Side side, const Margin& margin, const std::optional<Margin>& expected)
    : side_(side), margin_(margin), expected_(expected) {
    logs_.fill(-std::log(expected ? 2.0 * kGrid : 1.0 * kGrid));
    logs_[kGrid] = expected ? -std::log(2.0) : -std::numeric_limits<double>::infinity();
}

std::optional<Rates> Evidence::alternative(std::size_t index, double stable) const {
    const double line = margin_.above(stable);
    if (index == kGrid) {
        const Rates rates{stable, expected_->above(stable)};
        if (rates.canary <= 0 || rates.canary >= 1 || is_allowed(side_, margin_, rates)) return std::nullopt;
        return rates;
    }
    // where the line leaves the unit square all the canary's rates are on one side
    if (side_ == Side::worse ? line >= 1 : line <= 0) return std::nullopt;
    const double from = std::clamp(line, stable / 20, 1 - (1 - stable) / 20);
    const double shift = kLeastShift * std::exp2(static_cast<double>(index) / 2);
    const Rates rates{stable, logistic(logit(from) + (side_ == Side::worse ? shift : -shift))};
    if (!(rates.canary > 0 && rates.canary < 1) || is_allowed(side_, margin_, rates)) return std::nullopt;
    return rates;
}

double Evidence::log_factor(std::size_t index, const Block& block) const {
    const auto factor = [&](double stable) {
        const auto rates = alternative(index, stable);
        return rates ? log_e_variable(block, *rates, margin_) : 0;
    };
    if (known_.count >= kLeastKnown)
        return factor((static_cast<double>(known_.bad) + 0.5) / (static_cast<double>(known_.count) + 1));
    double sum = -std::numeric_limits<double>::infinity();
    for (const double stable : kUnknown) sum = log_sum(sum, factor(stable));
    return sum - std::log(static_cast<double>(kUnknown.size()));
}

void Evidence::add(const Block& block) {
    waiting_ = waiting_ + block;
    if (waiting_.stable.count == 0 || waiting_.canary.count == 0) return;
    for (std::size_t i = 0; i < (expected_ ? kAlternatives : kGrid); ++i)
        logs_[i] += log_sum(std::log1p(-kKept) + log_factor(i, waiting_), std::log(kKept));
    known_ = known_ + waiting_.stable;
    waiting_ = {};
    peak_ = std::max(peak_, log_value());
}

double Evidence::log_value() const {
    const double most = *std::max_element(logs_.begin(), logs_.end());
    double sum = 0;
    for (const double log : logs_) sum += std::exp(log - most);
    return most + std::log(sum);
}

std::string_view to_text(Answer answer) {
    switch (answer) {
        case Answer::inconclusive: return "inconclusive";
        case Answer::promote: return "promote";
        case Answer::rollback: return "roll back";
    }
    return {};
}

namespace {

/// Where harm is likely to be, if there is any.
Margin likely_harm(const Question& question) {
    if (!question.max_worse) return question.detect.value_or(Comparison::kLeastHarm);
    if (question.detect && question.detect->kind == question.max_worse->kind &&
        question.detect->value > question.max_worse->value)
        return *question.detect;
    return {question.max_worse->kind, 2 * question.max_worse->value};
}

}  // namespace

Comparison::Comparison(const Question& question)
    : question_(question),
      worse_(Evidence::Side::worse, question.max_worse.value_or(Margin{}), likely_harm(question)),
      fine_(Evidence::Side::fine, question.max_worse.value_or(question.detect.value_or(kLeastHarm)), Margin{}) {
    if (!question.max_worse && !question.detect) fine_part_.emplace(Evidence::Side::fine, kLeastPart, Margin{});
}

void Comparison::add(const Block& block) {
    all_ = all_ + block;
    worse_.add(block);
    fine_.add(block);
    if (fine_part_) fine_part_->add(block);
    if (answer_ == Answer::rollback) return;
    if (log_worse() >= needed_worse())
        answer_ = Answer::rollback;
    else if (answer_ == Answer::inconclusive && log_fine() >= needed_fine())
        answer_ = Answer::promote;
}

double Comparison::log_fine() const {
    // what both margins call harm each of them does, so that the evidence against either, or their mean, is good
    if (!fine_part_) return fine_.log_value();
    return log_sum(fine_.log_value(), fine_part_->log_value()) - std::log(2.0);
}

double Comparison::needed_worse() const { return -std::log(question_.alpha_worse); }
double Comparison::needed_fine() const { return -std::log(question_.alpha_fine); }

std::optional<double> Comparison::more() const {
    if (answer_ != Answer::inconclusive || all_.stable.count == 0 || all_.canary.count == 0) return std::nullopt;
    const auto rate = [](const Trials& trials) {
        return (static_cast<double>(trials.bad) + 0.5) / (static_cast<double>(trials.count) + 1);
    };
    const Rates rates{rate(all_.stable), rate(all_.canary)};
    const auto canary = static_cast<double>(all_.canary.count);
    const double share = canary / (canary + static_cast<double>(all_.stable.count));
    const double worse = growth(Evidence::Side::worse, question_.max_worse.value_or(Margin{}), rates, share);
    double fine =
        growth(Evidence::Side::fine, question_.max_worse.value_or(question_.detect.value_or(kLeastHarm)), rates, share);
    if (fine_part_) fine = std::max(fine, growth(Evidence::Side::fine, kLeastPart, rates, share));
    double least = std::numeric_limits<double>::infinity();
    if (worse > 0) least = std::min(least, (needed_worse() - log_worse()) / worse);
    if (fine > 0) least = std::min(least, (needed_fine() - log_fine()) / fine);
    if (!(least < 1e15)) return std::nullopt;
    return std::ceil(least);
}

namespace {

/// Blocks without end would take time without end. Beyond that many, neighbours are put together by twos, then fours:
/// each such partition is a test that is as good, and there are few of them.
constexpr std::size_t kMostBlocks = 256;

std::vector<Block> put_together(std::span<const Block> blocks) {
    std::size_t together = 1;
    while (blocks.size() > kMostBlocks * together) together *= 2;
    std::vector<Block> made((blocks.size() + together - 1) / together);
    for (std::size_t i = 0; i < blocks.size(); ++i) made[i / together] = made[i / together] + blocks[i];
    return made;
}

}  // namespace

std::optional<Effect> effect_of(std::span<const Block> all_blocks, Margin::Kind kind, double alpha) {
    const std::vector<Block> blocks = put_together(all_blocks);
    Block all;
    for (const Block& block : blocks) all = all + block;
    if (all.stable.count == 0 || all.canary.count == 0) return std::nullopt;
    const bool relative = kind == Margin::Kind::relative;
    if (relative && all.stable.bad == 0) return std::nullopt;
    const double stable = all.stable.rate();
    const double canary = all.canary.rate();
    const double estimate = relative ? canary / stable - 1 : canary - stable;
    const double needed = std::log(2 / alpha);
    const auto is_refuted = [&](Evidence::Side side, double value) {
        Evidence evidence(side, {kind, value});
        for (const Block& block : blocks) evidence.add(block);
        return evidence.log_value() >= needed;
    };
    const auto limit = [&](Evidence::Side side) {
        const double end = side == Evidence::Side::worse ? -1 : relative ? std::numeric_limits<double>::infinity() : 1;
        const double sign = side == Evidence::Side::worse ? -1 : 1;
        // outwards until refuted, and back to where that begins
        double within = estimate;
        double step = relative ? 0.01 : 1e-5;
        double beyond = within;
        do {
            within = beyond;
            beyond = estimate + sign * step;
            if (sign < 0 ? beyond <= end : beyond >= end) return end;
            if (step > 1e9) return end;
            step *= 2;
        } while (!is_refuted(side, beyond));
        for (int i = 0; i < 20; ++i) {
            const double middle = (within + beyond) / 2;
            (is_refuted(side, middle) ? beyond : within) = middle;
        }
        return beyond;
    };
    return Effect{kind, estimate, limit(Evidence::Side::worse), limit(Evidence::Side::fine)};
}

double growth(Evidence::Side side, const Margin& margin, const Rates& rates, double share) {
    if (!(share > 0 && share < 1) || is_allowed(side, margin, rates)) return 0;
    const double line = margin.above(rates.stable);
    if (side == Evidence::Side::worse ? line >= 1 : line <= 0) return 0;
    const Rates nearest = project(1 - share, share, rates, margin);
    return (1 - share) * divergence(rates.stable, nearest.stable) + share * divergence(rates.canary, nearest.canary);
}

}  // namespace gw::canary
