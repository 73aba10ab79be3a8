#include "apps/gw-canary/report.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "apps/gw-canary/commands.h"
#include "libgw/base/json.h"
#include "libgw/term/plot.h"
#include "libgw/term/table.h"
#include "libgw/term/width.h"

namespace gw::release {
namespace {

using canary::Answer;
using canary::Finding;
using canary::Margin;
using canary::Verdict;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

std::string_view key_of(Answer answer) {
    switch (answer) {
        case Answer::promote: return "promote";
        case Answer::rollback: return "rollback";
        case Answer::inconclusive: break;
    }
    return "inconclusive";
}

term::Paint paint_of(Answer answer) {
    switch (answer) {
        case Answer::promote: return term::Paint::green;
        case Answer::rollback: return term::Paint::red;
        case Answer::inconclusive: break;
    }
    return term::Paint::yellow;
}

/// "1 in 3.2 of 1 in 40": what it is, and what it has to be.
std::string evidence_text(double log, double needed) {
    return fmt::format("{} (of {})", canary::to_odds_text(log), canary::to_odds_text(needed));
}

std::string name_of(const canary::Metric& metric) {
    std::string name = to_text(metric);
    if (metric.critical) name += ",critical";
    if (metric.max_worse) name += fmt::format(",max-worse={}", to_text(*metric.max_worse));
    return name;
}

Value arm_value(const canary::Trials& trials) {
    return Value(Object{{"count", Value(trials.count)}, {"bad", Value(trials.bad)}});
}

Value value_of(const Finding& finding) {
    Object out{{"metric", Value(to_text(finding.metric))},
               {"critical", Value(finding.metric.critical)},
               {"max_worse", finding.metric.max_worse ? Value(to_text(*finding.metric.max_worse)) : Value()},
               {"answer", Value(key_of(finding.answer))},
               {"missing", Value(finding.missing)},
               {"stable", arm_value(finding.counts.stable)},
               {"canary", arm_value(finding.counts.canary)}};
    if (finding.effect)
        out.push_back({"effect", Value(Object{{"unit", finding.effect->kind == Margin::Kind::absolute ? "pp" : "%"},
                                              {"estimate", number(finding.effect->estimate * 100)},
                                              {"low", number(finding.effect->low * 100)},
                                              {"high", number(finding.effect->high * 100)}})});
    if (finding.quantiles) {
        const canary::Quantiles& q = *finding.quantiles;
        const double unit = finding.metric.kind == canary::Metric::Kind::latency ? 1e3 : 1;
        const auto arm = [&](double value, double low, double high) {
            return Value(
                Object{{"value", number(value * unit)}, {"low", number(low * unit)}, {"high", number(high * unit)}});
        };
        out.push_back({"quantiles", Value(Object{{"unit", unit == 1 ? Value() : Value("ms")},
                                                 {"stable", arm(q.stable, q.stable_low, q.stable_high)},
                                                 {"canary", arm(q.canary, q.canary_low, q.canary_high)}})});
    }
    if (finding.ranks)
        out.push_back(
            {"ranks", Value(Object{{"test", Value(to_text(finding.ranks->test))}, {"p", number(finding.ranks->p)}})});
    out.push_back({"test", Value(finding.test)});
    out.push_back({"evidence", Value(Object{{"worse", number(finding.log_worse)},
                                            {"worse_needed", number(finding.needed_worse)},
                                            {"fine", number(finding.log_fine)},
                                            {"fine_needed", number(finding.needed_fine)}})});
    out.push_back({"more_requests", finding.more ? Value(std::round(*finding.more)) : Value()});
    out.push_back({"why", Value(finding.why)});
    return Value(std::move(out));
}

/// What a plot shows when nobody knows: all there is.
Glance whole(Glance glance, bool points) {
    if (std::isnan(glance.estimate)) glance.estimate = 0;
    if (std::isnan(glance.low)) glance.low = -1;
    if (std::isnan(glance.high) || std::isinf(glance.high)) glance.high = points ? 1 : 10;
    return glance;
}

}  // namespace

int exit_of(const Verdict& verdict) {
    if (verdict.mismatch) return program::kRefused;
    switch (verdict.answer) {
        case Answer::promote: return program::kYes;
        case Answer::rollback: return program::kNo;
        case Answer::inconclusive: break;
    }
    return program::kCannotTell;
}

std::string_view word_of(const Verdict& verdict) {
    return verdict.mismatch ? "split broken" : canary::to_text(verdict.answer);
}

std::string_view key_of(const Verdict& verdict) { return verdict.mismatch ? "mismatch" : key_of(verdict.answer); }

History::History(const canary::Metric& first) : metric(to_text(first)) {
    points = first.is_rate() && !(first.max_worse && first.max_worse->kind == Margin::Kind::relative);
}

void History::add(double at, double share, const Verdict& verdict) {
    Glance glance{at, share, kUnknown, kUnknown, kUnknown};
    const Finding& first = verdict.findings.front();
    if (first.effect) {
        glance.low = first.effect->low;
        glance.estimate = first.effect->estimate;
        glance.high = first.effect->high;
    } else if (first.quantiles && first.quantiles->stable > 0) {
        const canary::Quantiles& q = *first.quantiles;
        glance.estimate = q.canary / q.stable - 1;
        glance.low = q.canary_low / q.stable_high - 1;
        glance.high = q.stable_low > 0 ? q.canary_high / q.stable_low - 1 : kUnknown;
    }
    glances.push_back(glance);
}

std::string text_of(const Verdict& verdict, const canary::Settings& settings, const program::World& world,
                    const Options& options) {
    const term::Style style(program::wants_colour(world, options.color, world.out_is_terminal));
    const term::Paint paint = verdict.mismatch ? term::Paint::red : paint_of(verdict.answer);
    std::string out = style.paint(paint, word_of(verdict)) + ": " + term::printable(verdict.why) + "\n\n";
    term::Table table({{"METRIC"}, {"ANSWER"}, {"WORSE"}, {"FINE"}, {"BY"}});
    for (const Finding& finding : verdict.findings)
        table.add({term::Cell(name_of(finding.metric)),
                   term::Cell(std::string(canary::to_text(finding.answer)), paint_of(finding.answer)),
                   evidence_text(finding.log_worse, finding.needed_worse),
                   evidence_text(finding.log_fine, finding.needed_fine), finding.test});
    out += table.text({0, style});
    for (const Finding& finding : verdict.findings)
        out += fmt::format("\n{}\n  {}\n", to_text(finding.metric), term::printable(finding.why));
    if (verdict.log_split > 0 || verdict.mismatch)
        out += fmt::format("\nsplit\n  evidence against it: {} (of {})\n", canary::to_odds_text(verdict.log_split),
                           canary::to_odds_text(-std::log(settings.split_alpha)));
    return out;
}

std::string plots_of(const History& history, const std::string& left, const std::string& right,
                     const program::World& world, const Options& options) {
    if (history.glances.size() < 2) return {};
    term::PlotFrame frame;
    frame.width = world.out_is_terminal && world.width > 0 ? std::min<std::size_t>(world.width, 120) : 80;
    frame.left = left;
    frame.right = right;
    frame.style = term::Style(program::wants_colour(world, options.color, world.out_is_terminal));
    std::vector<double> shares;
    std::vector<term::Span> spans;
    for (const Glance& glance : history.glances) {
        const Glance known = whole(glance, history.points);
        shares.push_back(glance.share * 100);
        spans.push_back({known.low * 100, known.estimate * 100, known.high * 100});
    }
    std::vector<term::Bar> bars;
    for (const double share : shares) bars.push_back({share, 0});
    const char* unit = history.points ? "pp" : "%";
    std::string out = fmt::format("\n{}: how much worse the canary is, in {}\n", history.metric,
                                  history.points ? "percentage points" : "percent of stable");
    out += term::plot_spans(spans, frame, [&](double value) {
        return value == 0 ? fmt::format("0{}", unit) : fmt::format("{:+.3g}{}", value, unit);
    });
    frame.height = 4;
    frame.left = left;
    out += "\nthe canary's share, in percent\n" + term::plot_bars(bars, frame);
    return out;
}

Object members_of(const Verdict& verdict) {
    Array findings;
    for (const Finding& finding : verdict.findings) findings.push_back(value_of(finding));
    return {{"answer", Value(key_of(verdict))},
            {"why", Value(verdict.why)},
            {"mismatch", Value(verdict.mismatch)},
            {"missing", Value(verdict.missing)},
            {"split_evidence", number(verdict.log_split)},
            {"metrics", Value(std::move(findings))}};
}

Value value_of(const History& history) {
    Array glances;
    for (const Glance& glance : history.glances)
        glances.push_back(Value(Object{{"at", number(glance.at)},
                                       {"share", number(glance.share)},
                                       {"low", number(glance.low * 100)},
                                       {"estimate", number(glance.estimate * 100)},
                                       {"high", number(glance.high * 100)}}));
    return Value(std::move(glances));
}

}  // namespace gw::release
