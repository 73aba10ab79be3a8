#include "apps/gw-throttle-sim/report.h"

#include <algorithm>
#include <cerrno>
#include <cmath>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "apps/gw-throttle-sim/limits.h"
#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/base/time_text.h"
#include "libgw/base/units.h"
#include "libgw/term/plot.h"
#include "libgw/term/table.h"
#include "libgw/term/width.h"

namespace gw::sim {
namespace {

constexpr std::size_t kShownKeys = 40;

double seconds(Nanoseconds time) { return static_cast<double>(time.count()) / 1e9; }

/// Whole nanoseconds are too many digits for a point in a plot: microseconds do.
double rounded(Nanoseconds time) { return std::round(static_cast<double>(time.count()) / 1e3) / 1e6; }

std::string percent(const throttle::Count& count) {
    return fmt::format("{:.2f}%", std::round(count.share() * 1e4) / 100);
}

std::string per_second(std::uint64_t count, Nanoseconds length) {
    if (length.count() <= 0) return "";
    return fmt::format("{:.4g}/s over {}", static_cast<double>(count) / seconds(length), time_text(length));
}

Value moment(const throttle::Figures& figures, Instant at) {
    if (figures.all.rejected == 0) return {};
    return rounded(at - figures.start);
}

}  // namespace

std::string time_text(Nanoseconds time) {
    using namespace std::chrono_literals;
    const Nanoseconds unit = time < 1us ? 1ns : time < 1ms ? 1us : time < 1s ? 10us : time < 10min ? 1ms : 1s;
    return to_duration_text(std::chrono::duration_cast<Nanoseconds>((time + unit / 2) / unit * unit));
}

std::string limits_text(const std::vector<std::string>& limits) {
    std::string out;
    for (std::size_t i = 0; i < limits.size(); ++i)
        out += fmt::format("{}{}\n", i == 0 ? "limits    " : "          ", term::printable(limits[i]));
    return out;
}

std::string text_of(const program::World& world, const Options& options, const Report& report) {
    const throttle::Figures& figures = report.figures;
    const term::Style style(program::wants_colour(world, options.color, world.out_is_terminal));
    std::string out = fmt::format("requests  {}{}\n", term::printable(report.requests),
                                  report.seed ? fmt::format("   seed {}", *report.seed) : "");
    out += limits_text(report.limits);
    out += "\n";
    const throttle::Count& all = figures.all;
    const auto row = [&](std::string_view what, std::uint64_t count, const std::string& more) {
        std::string line = fmt::format("{:<9} {:>12}", what, count);
        if (!more.empty()) line += "   " + more;
        out += line + "\n";
    };
    row("offered", all.offered, per_second(all.offered, report.length));
    row("accepted", all.accepted(),
        all.offered == 0 ? "" : fmt::format("{:.2f}%", 100 - std::round(all.share() * 1e4) / 100));
    std::string when = percent(all);
    if (all.rejected > 0)
        when += fmt::format("   first at {}, last at {}", time_text(figures.first_rejected - figures.start),
                            time_text(figures.last_rejected - figures.start));
    row("rejected", all.rejected, all.offered == 0 ? "" : when);
    for (const Named& layer : report.layers)
        if (layer.count.rejected > 0) row("  by", layer.count.rejected, layer.name);
    if (figures.repeated > 0) row("repeated", figures.repeated, "were sent again after a refusal");
    if (report.given_up > 0) row("given up", report.given_up, "");
    if (report.uncounted > 0) row("left out", report.uncounted, "no limit is asked about them");
    if (report.overflowed > 0)
        row("shared", report.overflowed, "found no place in the table of keys: throttling.keys, gw-config(5)");
    if (report.recorded)
        row("agree", report.recorded->agree,
            fmt::format("with what the log says; {} differ, {} were answered 429", report.recorded->differ,
                        report.recorded->rejected));
    if (report.nodes > 0) {
        row("nodes", report.nodes, "which share the limits; requests go to them in turn");
        for (const NodeCounts::Over& over : report.over)
            row("  over", over.over,
                fmt::format("more than burst + rate * t where that was most, by design at most {}: {}", over.bound,
                            over.limit));
    }
    if (all.offered > 0) {
        std::vector<term::Bar> bars;
        bars.reserve(figures.bins.size());
        for (const throttle::Count& bin : figures.bins)
            bars.push_back({static_cast<double>(bin.accepted()) / seconds(figures.bin),
                            static_cast<double>(bin.rejected) / seconds(figures.bin)});
        term::PlotFrame frame;
        frame.width = world.out_is_terminal && world.width > 0 ? std::min<std::size_t>(world.width, 120) : 80;
        frame.left = "0s";
        frame.right = time_text(static_cast<std::int64_t>(figures.bins.size()) * figures.bin);
        frame.style = style;
        out += "\nrequests a second: █ accepted ▒ rejected\n" + term::plot_bars(bars, frame);
    }
    if (options.per_key) {
        term::Table table({{"key", term::Align::left, 12},
                           {"offered", term::Align::right},
                           {"accepted", term::Align::right},
                           {"rejected", term::Align::right},
                           {"", term::Align::right}});
        for (std::size_t i = 0; i < std::min(kShownKeys, report.keys.size()); ++i) {
            const Named& key = report.keys[i];
            table.add({term::Cell(key.name), fmt::format("{}", key.count.offered),
                       fmt::format("{}", key.count.accepted()), fmt::format("{}", key.count.rejected),
                       percent(key.count)});
        }
        out += "\n" + table.text({0, style});
        if (report.keys.size() > kShownKeys)
            out += fmt::format("and {} more, refused less: --json has them all\n", report.keys.size() - kShownKeys);
    }
    return out;
}

std::string json_of(const Report& report, bool bins) {
    const throttle::Figures& figures = report.figures;
    Object layers;
    for (const Named& layer : report.layers)
        layers.push_back({layer.name, Value(Object{{"rejected", layer.count.rejected}})});
    Object keys;
    for (const Named& key : report.keys)
        keys.push_back({key.name, Value(Object{{"offered", key.count.offered},
                                               {"accepted", key.count.accepted()},
                                               {"rejected", key.count.rejected}})});
    Array limits;
    for (const std::string& limit : report.limits) limits.emplace_back(limit);
    Object out{{"schema", "gw-throttle-sim/1"},
               {"command", "run"},
               {"requests", report.requests},
               {"limits", Value(std::move(limits))},
               {"seed", report.seed ? Value(*report.seed) : Value()},
               {"length", rounded(report.length)},
               {"offered", figures.all.offered},
               {"accepted", figures.all.accepted()},
               {"rejected", figures.all.rejected},
               {"rejected_share", figures.all.share()},
               {"repeated", figures.repeated},
               {"given_up", report.given_up},
               {"first_rejected_at", moment(figures, figures.first_rejected)},
               {"last_rejected_at", moment(figures, figures.last_rejected)},
               {"layers", Value(std::move(layers))},
               {"key_count", report.key_count},
               {"keys", Value(std::move(keys))},
               {"shared", report.overflowed}};
    if (report.began) {
        out.push_back({"began", Value(std::string(to_iso8601_milliseconds(*report.began)))});
        out.push_back({"left_out", report.uncounted});
    }
    if (report.nodes > 0) {
        Array over;
        for (const NodeCounts::Over& one : report.over)
            over.emplace_back(Object{{"limit", one.limit}, {"over", one.over}, {"bound", one.bound}});
        out.push_back({"nodes", report.nodes});
        out.push_back({"over_admission", Value(std::move(over))});
    }
    if (report.recorded)
        out.push_back({"recorded", Value(Object{{"agree", report.recorded->agree},
                                                {"differ", report.recorded->differ},
                                                {"rejected", report.recorded->rejected}})});
    if (bins) {
        Array list;
        for (std::size_t i = 0; i < figures.bins.size(); ++i)
            list.emplace_back(Object{{"at", rounded(static_cast<std::int64_t>(i) * figures.bin)},
                                     {"offered", figures.bins[i].offered},
                                     {"accepted", figures.bins[i].accepted()},
                                     {"rejected", figures.bins[i].rejected}});
        out.push_back({"bin", rounded(figures.bin)});
        out.push_back({"bins", Value(std::move(list))});
    }
    return to_json(Value(std::move(out))) + "\n";
}

std::string csv_of(const Report& report) {
    std::string out = "at,offered,accepted,rejected\n";
    const throttle::Figures& figures = report.figures;
    for (std::size_t i = 0; i < figures.bins.size(); ++i) {
        const throttle::Count& bin = figures.bins[i];
        out += fmt::format("{},{},{},{}\n", rounded(static_cast<std::int64_t>(i) * figures.bin), bin.offered,
                           bin.accepted(), bin.rejected);
    }
    return out;
}

}  // namespace gw::sim
