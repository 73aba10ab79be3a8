// compare: the same requests under other algorithms.

#include <ostream>

#include <fmt/format.h>

#include "apps/gw-throttle-sim/algorithm_counts.h"
#include "apps/gw-throttle-sim/commands.h"
#include "apps/gw-throttle-sim/limits.h"
#include "apps/gw-throttle-sim/report.h"
#include "apps/gw-throttle-sim/trial.h"
#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/term/table.h"
#include "libgw/term/width.h"

namespace gw::sim {
namespace {

struct Row {
    throttle::Algorithm algorithm;
    throttle::Count all;
    std::size_t most = 0;
    Nanoseconds longest{0};
};

Result<std::vector<throttle::Algorithm>> algorithms_of(const Options& options) {
    std::vector<throttle::Algorithm> list;
    for (const std::string_view name : split(options.algorithms, ',')) {
        const auto algorithm = throttle::parse_algorithm(name);
        if (!algorithm)
            return Error{Errc::usage,
                         fmt::format("--algo: there is no algorithm '{}'", name),
                         "token, gcra, fixed, sliding, leaky",
                         {}};
        list.push_back(*algorithm);
    }
    return list;
}

/// The time in which an empty bucket fills, where there is one limit only; else a second.
Result<Nanoseconds> window_of(const config::Model& model) {
    std::vector<config::Throttle> all;
    const auto add = [&](const std::optional<config::Throttle>& throttle) {
        if (throttle) all.push_back(*throttle);
    };
    add(model.throttling.account);
    for (const config::UsagePlan& plan : model.usage_plans) {
        add(plan.throttle);
        for (const config::ApiStage& stage : plan.api_stages)
            for (const auto& [method, throttle] : stage.throttle) add(throttle);
    }
    for (const config::Api& api : model.apis) {
        add(api.throttle);
        for (const config::Route& route : api.routes) add(route.throttle);
    }
    if (all.size() != 1) return Nanoseconds(std::chrono::seconds(1));
    const auto limit = TRY(throttle::Limit::make(all[0].rate, config::burst_of(all[0])));
    if (limit.admits_nothing()) return Error{Errc::usage, "nothing passes: there is nothing to compare", {}, {}};
    return limit.until_full(limit.depth());
}

std::string json_of(const std::vector<Row>& rows, const std::vector<std::string>& limits, Nanoseconds window,
                    std::optional<std::uint64_t> seed) {
    Array list;
    for (const Row& row : rows)
        list.emplace_back(Object{{"algorithm", throttle::to_text(row.algorithm)},
                                 {"offered", row.all.offered},
                                 {"accepted", row.all.accepted()},
                                 {"rejected", row.all.rejected},
                                 {"rejected_share", row.all.share()},
                                 {"most_in_a_window", row.most},
                                 {"longest_wait", static_cast<double>(row.longest.count()) / 1e9}});
    Array lines;
    for (const std::string& limit : limits) lines.emplace_back(limit);
    return to_json(Value(Object{{"schema", "gw-throttle-sim/1"},
                                {"command", "compare"},
                                {"limits", Value(std::move(lines))},
                                {"window", static_cast<double>(window.count()) / 1e9},
                                {"seed", seed ? Value(*seed) : Value()},
                                {"algorithms", Value(std::move(list))}})) +
           "\n";
}

}  // namespace

Result<int> compare_command(program::World& world, const Options& options) {
    const auto algorithms = TRY(algorithms_of(options));
    const bool log = !options.log.empty();
    if (log && options.log == "-") return Error{Errc::usage, "standard input can be read once only", "--log FILE", {}};
    const auto model = TRY(read_limits(world, options));
    if (!model) return program::kUsage;
    const std::vector<std::string> limits = limit_lines(*model);
    const Nanoseconds window = TRY(window_of(*model));
    const std::uint64_t seed = TRY(seed_of(options));
    std::vector<Row> rows;
    for (const throttle::Algorithm algorithm : algorithms) {
        const auto counts = std::make_shared<AlgorithmCounts>(algorithm, window);
        const Trial trial = TRY(try_limits(world, options, *model, counts, seed, Nanoseconds(0),
                                           fmt::format("requests, {}", throttle::to_text(algorithm))));
        if (trial.began && rows.empty()) tell_facts(world, trial.facts);
        rows.push_back({algorithm, trial.figures.all, counts->most(), counts->longest()});
    }
    if (options.json) {
        *world.out << json_of(rows, limits, window, log ? std::nullopt : std::optional(seed));
        return program::kYes;
    }
    *world.out << fmt::format("requests  {}{}\n", term::printable(log ? options.log : options.traffic),
                              log ? "" : fmt::format("   seed {}", seed))
               << limits_text(limits) << '\n';
    term::Table table({{"algorithm"},
                       {"accepted", term::Align::right},
                       {"rejected", term::Align::right},
                       {"", term::Align::right},
                       {"most in " + time_text(window), term::Align::right},
                       {"longest wait", term::Align::right},
                       {""}});
    for (const Row& row : rows)
        table.add({term::Cell(std::string(throttle::to_text(row.algorithm))), fmt::format("{}", row.all.accepted()),
                   fmt::format("{}", row.all.rejected), fmt::format("{:.2f}%", row.all.share() * 100),
                   fmt::format("{}", row.most), row.longest.count() == 0 ? std::string("-") : time_text(row.longest),
                   std::string(throttle::describe(row.algorithm))});
    *world.out << table.text({0, term::Style(program::wants_colour(world, options.color, world.out_is_terminal))});
    return program::kYes;
}

}  // namespace gw::sim
