// sim: the procedure of run, thousands of times.

#include <algorithm>
#include <cmath>
#include <ostream>

#include <fmt/format.h>

#include "apps/gw-canary/commands.h"
#include "apps/support/progress.h"
#include "apps/support/svg.h"
#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/io/process/file.h"
#include "libgw/policy/canary/simulate.h"
#include "libgw/policy/canary/statistics/chance.h"
#include "libgw/term/plot.h"
#include "libgw/term/table.h"

namespace gw::release {
namespace {

using canary::Answer;
using canary::Simulated;

struct Row {
    canary::Method method = canary::Method::msprt;
    double canary = 0;  ///< its rate
    Simulated simulated;
};

/// What run does: each look takes a step, and the last one is held until the end.
Result<canary::Rollout> rollout_of(const Options& options) {
    canary::Rollout rollout;
    rollout.stable = TRY(parse_part("--base", options.base, true));
    rollout.canary = TRY(parse_part("--canary", options.canary_rate, true));
    rollout.per_second = TRY(parse_per_second(options.rps));
    rollout.every = TRY(parse_time("--every", options.every));
    const Nanoseconds longest = TRY(parse_time("--max", options.max));
    const canary::Settings settings = TRY(settings_of(options));
    rollout.question.detect = settings.detect;
    rollout.question.alpha_worse = rollout.question.alpha_fine = settings.alpha;
    for (const double share : TRY(parse_parts("--weights", options.weights)))
        if (share < 1) rollout.shares.push_back(share);
    const auto usage = [](std::string message, std::string hint) {
        return Error{Errc::usage, std::move(message), std::move(hint), {}};
    };
    if (rollout.shares.empty()) return usage("--weights: at 100% nobody is left to be compared with", "less than 100%");
    const std::int64_t looks = longest / rollout.every;
    if (looks < static_cast<std::int64_t>(rollout.shares.size()))
        return usage(
            fmt::format("--max {} is less than a look for each of {} weights", options.max, rollout.shares.size()),
            "a longer --max, or a shorter --every");
    if (looks > 100'000) return usage("more than 100000 looks", "a shorter --max, or a longer --every");
    rollout.shares.resize(static_cast<std::size_t>(looks), rollout.shares.back());
    return rollout;
}

Result<std::vector<canary::Method>> methods_of(const Options& options) {
    std::vector<canary::Method> methods;
    for (const std::string_view name : split(options.methods, ',')) {
        const auto method = canary::parse_method(trim_ows(name));
        if (!method)
            return Error{
                Errc::usage, fmt::format("--method: '{}' is none", name), "msprt, gst, naive, mannwhitney", {}};
        methods.push_back(*method);
    }
    return methods;
}

double part_of(std::uint64_t count, std::uint64_t runs) {
    return static_cast<double>(count) / static_cast<double>(runs);
}

/// "0.42% (0.3 to 0.57)": with the limits of 95 %.
std::string share_text(std::uint64_t count, std::uint64_t runs) {
    const canary::Limits limits = canary::binomial_limits(runs, count, 0.05);
    return fmt::format("{:.3g}% ({:.3g} to {:.3g})", 100 * part_of(count, runs), 100 * limits.low, 100 * limits.high);
}

std::optional<Nanoseconds> until(const Row& row, double part, const canary::Rollout& rollout) {
    const auto looks = row.simulated.looks_until(part);
    if (!looks) return std::nullopt;
    return static_cast<std::int64_t>(*looks) * rollout.every;
}

std::string until_text(const Row& row, double part, const canary::Rollout& rollout) {
    const auto time = until(row, part, rollout);
    return time ? time_text(*time) : std::string("-");
}

Value row_value(const Row& row, const canary::Rollout& rollout) {
    const Simulated& all = row.simulated;
    const auto share = [&](std::uint64_t count) {
        const canary::Limits limits = canary::binomial_limits(all.runs, count, 0.05);
        return Value(Object{
            {"share", number(part_of(count, all.runs))}, {"low", number(limits.low)}, {"high", number(limits.high)}});
    };
    const auto time = [&](double part) {
        const auto found = until(row, part, rollout);
        return found ? Value(std::chrono::duration<double>(*found).count()) : Value();
    };
    return Value(Object{{"method", Value(canary::to_text(row.method))},
                        {"canary", number(row.canary)},
                        {"harmful", Value(row.canary > rollout.stable)},
                        {"runs", Value(all.runs)},
                        {"promoted", share(all.promoted)},
                        {"rolled_back", share(all.rolled_back)},
                        {"undecided", share(all.undecided())},
                        {"requests", Value(all.requests)},
                        {"canary_requests", number(part_of(all.canary_requests, all.runs))},
                        {"canary_bad", number(part_of(all.canary_bad, all.runs))},
                        {"seconds_to_half", time(0.5)},
                        {"seconds_to_nine_tenths", time(0.9)}});
}

std::string table_of(const std::vector<Row>& rows, const canary::Rollout& rollout, const term::Style& style) {
    term::Table table({{"CANARY", term::Align::right},
                       {"METHOD"},
                       {"PROMOTED"},
                       {"ROLLED BACK"},
                       {"UNDECIDED", term::Align::right},
                       {"BAD SERVED", term::Align::right},
                       {"HALF IN", term::Align::right},
                       {"90% IN", term::Align::right}});
    for (const Row& row : rows) {
        const Simulated& all = row.simulated;
        const bool harmful = row.canary > rollout.stable;
        const auto wrong = [](bool is) { return is ? term::Paint::red : term::Paint::plain; };
        table.add({part_text(row.canary), std::string(canary::to_text(row.method)),
                   term::Cell(share_text(all.promoted, all.runs), wrong(harmful)),
                   term::Cell(share_text(all.rolled_back, all.runs), wrong(!harmful)),
                   fmt::format("{:.3g}%", 100 * part_of(all.undecided(), all.runs)),
                   fmt::format("{:.4g}", part_of(all.canary_bad, all.runs)), until_text(row, 0.5, rollout),
                   until_text(row, 0.9, rollout)});
    }
    return table.text({0, style});
}

/// How many runs have which answer after so many looks.
struct Decided {
    std::vector<double> promoted;
    std::vector<double> rolled_back;
};
Decided decided(const Simulated& all) {
    Decided sums;
    double promoted = 0;
    double rolled_back = 0;
    for (std::size_t i = 0; i < all.promotions.size(); ++i) {
        promoted += part_of(all.promotions[i], all.runs) * 100;
        rolled_back += part_of(all.rollbacks[i], all.runs) * 100;
        sums.promoted.push_back(promoted);
        sums.rolled_back.push_back(rolled_back);
    }
    return sums;
}

std::string plot_of(const Row& row, const canary::Rollout& rollout, const program::World& world,
                    const Options& options) {
    const Decided sums = decided(row.simulated);
    std::vector<term::Bar> bars;
    for (std::size_t i = 0; i < sums.promoted.size(); ++i) bars.push_back({sums.promoted[i], sums.rolled_back[i]});
    term::PlotFrame frame;
    frame.width = world.out_is_terminal && world.width > 0 ? std::min<std::size_t>(world.width, 120) : 80;
    frame.height = 8;
    frame.left = time_text(rollout.every);
    frame.right = time_text(static_cast<std::int64_t>(rollout.all_looks()) * rollout.every);
    frame.style = term::Style(program::wants_colour(world, options.color, world.out_is_terminal));
    return fmt::format("\n{} with {}, percent of the releases: █ promoted ▒ rolled back by then\n",
                       canary::to_text(row.method), part_text(row.canary)) +
           term::plot_bars(bars, frame);
}

std::string svg_of(const std::vector<Row>& rows, const canary::Rollout& rollout) {
    program::SvgPlot plot("releases that are decided");
    plot.head(
        fmt::format("stable {}, canary {}, {:g} requests/s: percent of the releases that are decided in that time",
                    part_text(rollout.stable), part_text(rollout.canary), rollout.per_second));
    plot.head("lines: rolled back; dashed: promoted");
    plot.scale(0, 100, [](double value) { return fmt::format("{:g}%", value); });
    const auto looks = static_cast<double>(rollout.all_looks());
    std::vector<std::string> times;
    for (int i = 0; i <= 5; ++i)
        times.push_back(time_text(std::chrono::duration_cast<Nanoseconds>(
            std::chrono::duration<double>(std::chrono::duration<double>(rollout.every).count() * looks * i / 5))));
    plot.across(looks, times);
    constexpr std::array<std::string_view, 4> kColours = {"#2b6cb0", "#2f855a", "#c05621", "#805ad5"};
    for (const Row& row : rows) {
        if (row.canary != rollout.canary) continue;
        const Decided sums = decided(row.simulated);
        const std::string_view colour = kColours[static_cast<std::size_t>(row.method)];
        std::vector<program::SvgPlot::Point> back{{0, 0}};
        std::vector<program::SvgPlot::Point> on{{0, 0}};
        for (std::size_t i = 0; i < sums.promoted.size(); ++i) {
            back.push_back({static_cast<double>(i + 1), sums.rolled_back[i]});
            on.push_back({static_cast<double>(i + 1), sums.promoted[i]});
        }
        plot.line(back, colour);
        plot.line(on, colour, true);
        plot.mark({looks * 0.9, back.back().y}, canary::to_text(row.method), colour);
    }
    return plot.text();
}

}  // namespace

Result<int> sim_command(program::World& world, const Options& options) {
    canary::Rollout rollout = TRY(rollout_of(options));
    const auto methods = TRY(methods_of(options));
    const std::uint64_t seed = TRY(seed_of(options));
    std::vector<double> canaries{rollout.canary};
    // what does no harm is wrongly rolled back: who asks about a harmful one wants to know that too
    if (rollout.canary > rollout.stable) canaries.push_back(rollout.stable);
    std::vector<Row> rows;
    program::ProgressBar bar(world);
    const auto all = static_cast<double>(canaries.size() * methods.size());
    for (const double rate : canaries)
        for (const canary::Method method : methods) {
            canary::Rollout tried = rollout;
            tried.canary = rate;
            const auto show = [&](std::uint64_t runs) {
                const double done = (static_cast<double>(rows.size()) + part_of(runs, options.runs)) / all;
                bar.show(done, [&](double) {
                    return fmt::format("{} with {}, {} of {} releases", canary::to_text(method), part_text(rate), runs,
                                       options.runs);
                });
                return true;
            };
            rows.push_back({method, rate, canary::simulate(tried, method, options.runs, seed, show)});
        }
    bar.clear();
    if (!options.svg.empty()) TRY(process::write_file(options.svg, svg_of(rows, rollout)));
    if (options.json) {
        Array list;
        for (const Row& row : rows) list.push_back(row_value(row, rollout));
        *world.out << to_json(
                          Value(Object{{"schema", Value("gw-canary/1")},
                                       {"command", Value("sim")},
                                       {"stable", number(rollout.stable)},
                                       {"canary", number(rollout.canary)},
                                       {"rps", Value(rollout.per_second)},
                                       {"every_seconds", Value(std::chrono::duration<double>(rollout.every).count())},
                                       {"looks", Value(rollout.all_looks())},
                                       {"seed", Value(seed)},
                                       {"results", Value(std::move(list))}}))
                   << '\n';
        return program::kYes;
    }
    const term::Style style(program::wants_colour(world, options.color, world.out_is_terminal));
    *world.out << fmt::format(
                      "stable {}, canary {}, {:g} requests/s, a look each {}, {} looks, {} releases   seed {}\n\n",
                      part_text(rollout.stable), part_text(rollout.canary), rollout.per_second,
                      time_text(rollout.every), rollout.all_looks(), options.runs, seed)
               << table_of(rows, rollout, style)
               << "\nin brackets: limits of 95%. BAD SERVED: requests of one release that the canary answered badly.\n"
               << plot_of(rows.front(), rollout, world, options);
    return program::kYes;
}

}  // namespace gw::release
