#include "libgw/policy/canary/judge.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace gw::canary {
namespace {

std::uint64_t count_above(const Values& values, double threshold) {
    std::uint64_t count = 0;
    for (auto it = values.upper_bound(threshold); it != values.end(); ++it) count += it->second;
    return count;
}

/// So much worse than `value`. Latencies are known by the bounds of their buckets: up to the next one, so that nobody
/// is called slower for what a bucket hides.
double worse_by(const Metric& metric, double value, double part) {
    if (part == 0) return value;
    const double worse = value + std::abs(value) * part;
    if (metric.kind != Metric::Kind::latency) return worse;
    const auto duration = std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>(worse));
    return std::chrono::duration<double>(Latencies::bound_of(Latencies::bucket_of(duration))).count();
}

Quantiles quantiles_of(const Values& stable, const Values& canary, double quantile, double alpha) {
    Quantiles all;
    const auto bounds = [&](const Values& values, double& low, double& high) {
        const std::uint64_t count = count_of(values);
        const Ranks ranks = quantile_ranks(count, quantile, alpha);
        low = ranks.low == 0 ? values.begin()->first : value_at(values, ranks.low);
        high = ranks.high > count ? std::numeric_limits<double>::infinity() : value_at(values, ranks.high);
    };
    all.stable = quantile_of(stable, quantile);
    all.canary = quantile_of(canary, quantile);
    bounds(stable, all.stable_low, all.stable_high);
    bounds(canary, all.canary_low, all.canary_high);
    return all;
}

std::string percent(double part) { return fmt::format("{:.3g} %", part * 100); }

std::string number(const Metric& metric, double value) {
    if (std::isinf(value)) return "no bound";
    return metric.kind == Metric::Kind::latency ? fmt::format("{:.4g} ms", value * 1e3) : fmt::format("{:.4g}", value);
}

/// Of a rate: "canary 1.1 % of 4000, stable 0.5 % of 36000: +0.6 pp (95 % at any time: +0.2 to +1.1)".
std::string tell_rates(const Finding& finding, double alpha) {
    std::string text =
        fmt::format("canary {} of {}, stable {} of {}", percent(finding.counts.canary.rate()),
                    finding.counts.canary.count, percent(finding.counts.stable.rate()), finding.counts.stable.count);
    if (!finding.effect) return text;
    const bool points = finding.effect->kind == Margin::Kind::absolute;
    const auto signed_text = [](double value) {
        return std::isinf(value) ? std::string("no bound") : fmt::format("{:+.3g}", value * 100);
    };
    return text + fmt::format(": {} {} ({} at any time: {} to {})", signed_text(finding.effect->estimate),
                              points ? "pp" : "%", percent(1 - alpha), signed_text(finding.effect->low),
                              signed_text(finding.effect->high));
}

std::string tell_quantiles(const Finding& finding, double alpha) {
    if (!finding.quantiles) return "no values";
    const Quantiles& q = *finding.quantiles;
    const Metric& metric = finding.metric;
    return fmt::format("canary {} ({} to {}), stable {} ({} to {}); {} at any time", number(metric, q.canary),
                       number(metric, q.canary_low), number(metric, q.canary_high), number(metric, q.stable),
                       number(metric, q.stable_low), number(metric, q.stable_high), percent(1 - alpha));
}

}  // namespace

std::string to_odds_text(double log_evidence) {
    if (log_evidence <= 0) return "none";
    return fmt::format("1 in {:.3g}", std::exp(std::min(log_evidence, 690.0)));
}

Judge::Judge(std::vector<Metric> metrics, const Settings& settings) : settings_(settings) {
    courses_.reserve(metrics.size());
    const double part = settings.alpha / static_cast<double>(metrics.size());
    for (Metric& metric : metrics) {
        Question question;
        question.alpha_fine = settings.alpha;
        if (metric.is_rate()) {
            question.max_worse = metric.max_worse;
            question.detect = settings.detect;
            question.alpha_worse = part;
            courses_.push_back({std::move(metric), Comparison(question), {}, {}, {}, {}, {}, false, {}, {}});
            continue;
        }
        // the margin is in the thresholds; ranks have the other half
        question.alpha_worse = part / 2;
        courses_.push_back({std::move(metric),
                            Comparison(question),
                            Evidence(Evidence::Side::fine, Margin{}),
                            {},
                            {},
                            {},
                            {},
                            false,
                            {},
                            {}});
    }
}

double Judge::alpha_worse(const Metric& metric) const {
    const double part = settings_.alpha / static_cast<double>(courses_.size());
    return metric.is_rate() ? part : part / 2;
}

bool Judge::is_missing(const Course& course) const {
    return course.counts.stable.count < settings_.min_samples || course.counts.canary.count < settings_.min_samples;
}

void Judge::look_at_rate(Course& course, const Sample& stable, const Sample& canary) {
    const Block block{trials_of(course.metric, stable), trials_of(course.metric, canary)};
    course.counts = course.counts + block;
    course.comparison.add(block);
    course.blocks.push_back(block);
    if (!is_missing(course)) course.answer = course.comparison.answer();
}

void Judge::look_at_quantile(Course& course, const Sample& stable, const Sample& canary) {
    const Values of_stable = values_of(course.metric, stable);
    const Values of_canary = values_of(course.metric, canary);
    Block block{{count_of(of_stable), 0}, {count_of(of_canary), 0}};
    if (!course.stable.empty()) {
        const double threshold = quantile_of(course.stable, course.metric.quantile);
        block.stable.bad = count_above(of_stable, threshold);
        const double allowed = course.metric.max_worse ? course.metric.max_worse->value : 0;
        block.canary.bad = count_above(of_canary, worse_by(course.metric, threshold, allowed));
        course.comparison.add(block);
        Block fine = block;
        fine.canary.bad =
            count_above(of_canary, worse_by(course.metric, threshold, allowed == 0 ? kLeastSlower : allowed));
        course.fine->add(fine);
    }
    course.counts = course.counts + block;
    for (const auto& [value, count] : of_stable) course.stable[value] += count;
    for (const auto& [value, count] : of_canary) course.canary[value] += count;
    course.ranks = compare_ranks(course.stable, course.canary);
    // a canary whose values are smaller is not worse for lying otherwise
    const bool smaller = course.ranks->test == RankTest::spread &&
                         rank_p(RankTest::location, course.canary, course.stable) < settings_.alpha;
    if (course.answer == Answer::rollback || is_missing(course)) return;
    const bool few = std::min(course.counts.stable.count, course.counts.canary.count) < kFew;
    course.by_ranks =
        few && !course.metric.max_worse && !smaller && course.ranks->p <= alpha_at(alpha_worse(course.metric), looks_);
    if (course.by_ranks || course.comparison.log_worse() >= course.comparison.needed_worse())
        course.answer = Answer::rollback;
    else if (course.fine->log_peak() >= course.comparison.needed_fine())
        course.answer = Answer::promote;
}

void Judge::look(const Sample& stable, const Sample& canary, std::optional<double> share) {
    ++looks_;
    stable_ += stable.requests;
    canary_ += canary.requests;
    if (share) split_.add(stable.requests, canary.requests, *share);
    split_peak_ = std::max(split_peak_, split_.log_value());
    for (Course& course : courses_) {
        if (course.metric.is_rate())
            look_at_rate(course, stable, canary);
        else
            look_at_quantile(course, stable, canary);
    }
}

Finding Judge::finding(const Course& course) const {
    Finding finding;
    finding.metric = course.metric;
    finding.counts = course.counts;
    finding.missing = is_missing(course);
    finding.answer = course.answer;
    finding.log_worse = course.comparison.log_worse();
    finding.needed_worse = course.comparison.needed_worse();
    finding.needed_fine = course.comparison.needed_fine();
    finding.test = "e-process";
    if (course.metric.is_rate()) {
        finding.log_fine = course.comparison.log_fine();
        const Margin::Kind kind = course.metric.max_worse ? course.metric.max_worse->kind : Margin::Kind::absolute;
        finding.effect = effect_of(course.blocks, kind, settings_.alpha);
        finding.more = course.comparison.more();
        finding.why = tell_rates(finding, settings_.alpha);
    } else {
        finding.log_fine = course.fine->log_value();
        finding.ranks = course.ranks;
        if (!course.stable.empty() && !course.canary.empty())
            finding.quantiles = quantiles_of(course.stable, course.canary, course.metric.quantile, settings_.alpha / 2);
        finding.why = tell_quantiles(finding, settings_.alpha);
        if (course.by_ranks) {
            finding.test = to_text(course.ranks->test);
            finding.why += fmt::format("; {}: p = {:.2g}", finding.test, course.ranks->p);
        }
    }
    if (finding.missing) {
        finding.why += fmt::format("; fewer than {} in an arm say nothing", settings_.min_samples);
        finding.more.reset();
        return finding;
    }
    if (finding.answer == Answer::inconclusive && finding.more)
        finding.why += fmt::format("; about {:.0f} more requests", *finding.more);
    return finding;
}

Verdict Judge::verdict() const {
    Verdict verdict;
    verdict.log_split = split_.log_value();
    for (const Course& course : courses_) verdict.findings.push_back(finding(course));
    if (split_peak_ >= -std::log(settings_.split_alpha)) {
        verdict.mismatch = true;
        verdict.why = fmt::format(
            "the split is broken: {} of {} requests met the canary, which at the share it was given happens {} times",
            canary_, canary_ + stable_, to_odds_text(split_peak_));
        return verdict;
    }
    std::vector<std::string> worse;
    std::vector<std::string> missing;
    std::vector<std::string> open;
    const bool any_critical =
        std::any_of(courses_.begin(), courses_.end(), [](const Course& course) { return course.metric.critical; });
    for (const Finding& finding : verdict.findings) {
        const std::string name = to_text(finding.metric);
        if (finding.answer == Answer::rollback) worse.push_back(name);
        if (finding.missing) missing.push_back(name);
        if (finding.answer == Answer::inconclusive && (finding.metric.critical || !any_critical)) open.push_back(name);
    }
    verdict.missing = !missing.empty();
    if (!worse.empty()) {
        verdict.answer = Answer::rollback;
        verdict.why = fmt::format("worse: {}", fmt::join(worse, ", "));
    } else if (verdict.missing) {
        const bool back = settings_.no_data == NoData::rollback;
        verdict.answer = back ? Answer::rollback : Answer::inconclusive;
        verdict.why = fmt::format("too little data: {}", fmt::join(missing, ", "));
    } else if (open.empty()) {
        verdict.answer = Answer::promote;
        verdict.why = "shown to be fine";
    } else {
        verdict.why = fmt::format("cannot tell yet: {}", fmt::join(open, ", "));
    }
    return verdict;
}

}  // namespace gw::canary
