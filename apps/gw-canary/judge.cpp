// judge: what logs say.

#include <ostream>

#include <fmt/format.h>

#include "apps/gw-canary/commands.h"
#include "apps/gw-canary/log_arms.h"
#include "apps/gw-canary/report.h"
#include "libgw/base/json.h"
#include "libgw/io/process/file.h"

namespace gw::release {
namespace {

void tell_facts(program::World& world, const Arms& arms) {
    if (arms.skipped > 0)
        program::warn(world, fmt::format("{} of {} lines could not be read, the first {}", arms.skipped, arms.lines,
                                         arms.first_skipped));
    if (arms.left_out > 0)
        program::warn(world, fmt::format("{} of {} requests belong to no arm, or their clients had gone (499)",
                                         arms.left_out, arms.lines));
}

}  // namespace

Result<int> judge_command(program::World& world, const Options& options) {
    auto metrics = TRY(metrics_of(options, {"errors,critical"}));
    const canary::Settings settings = TRY(settings_of(options));
    std::optional<double> share;
    if (!options.weight.empty()) share = TRY(parse_part("--weight", options.weight));
    const Arms arms = TRY(read_arms(world, options, metrics));
    tell_facts(world, arms);
    if (options.metrics.empty() && arms.latencies) metrics.push_back(TRY(canary::parse_metric("latency:p99")));
    History history(metrics.front());
    canary::Judge judge(std::move(metrics), settings);
    for (const Look& look : arms.looks) {
        judge.look(look.stable, look.canary, share);
        const auto all = static_cast<double>(look.stable.requests + look.canary.requests);
        history.add(static_cast<double>(history.glances.size() + 1),
                    all > 0 ? static_cast<double>(look.canary.requests) / all : 0, judge.verdict());
    }
    const canary::Verdict verdict = judge.verdict();
    if (!options.svg.empty())
        TRY(process::write_file(options.svg, svg_of(history, fmt::format("{}: {}", word_of(verdict), verdict.why),
                                                    {"first requests", "last requests"})));
    if (options.json) {
        Object out{{"schema", Value("gw-canary/1")}, {"command", Value("judge")}};
        for (Member& member : members_of(verdict)) out.push_back(std::move(member));
        out.push_back({"looks", value_of(history)});
        out.push_back({"lines", Value(Object{{"read", Value(arms.lines)},
                                             {"skipped", Value(arms.skipped)},
                                             {"left_out", Value(arms.left_out)}})});
        *world.out << to_json(Value(std::move(out))) << '\n';
    } else {
        *world.out << text_of(verdict, settings, world, options)
                   << plots_of(history, "first requests", "last requests", world, options);
    }
    return exit_of(verdict);
}

}  // namespace gw::release
