// plan: how long it takes to know.

#include "libgw/policy/canary/plan.h"

#include <cmath>
#include <ostream>

#include <fmt/format.h>

#include "apps/gw-canary/commands.h"
#include "apps/support/progress.h"
#include "libgw/base/json.h"
#include "libgw/term/table.h"

namespace gw::release {
namespace {

struct Row {
    double share = 0;
    canary::Needed needed;
    std::optional<double> found;  ///< the smallest harm within --max
};

Nanoseconds time_of(double requests, double per_second) {
    return std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>(requests / per_second));
}

std::string needed_text(std::optional<std::uint64_t> requests, double per_second) {
    if (!requests) return "-";
    return time_text(time_of(static_cast<double>(*requests), per_second));
}

std::string requests_text(std::optional<std::uint64_t> requests) { return requests ? count_text(*requests) : "-"; }

Value needed_value(std::optional<std::uint64_t> requests, double share, double per_second) {
    if (!requests) return {};
    const auto all = static_cast<double>(*requests);
    return Value(Object{{"requests", Value(*requests)},
                        {"canary_requests", Value(static_cast<std::uint64_t>(std::llround(all * share)))},
                        {"seconds", number(all / per_second)}});
}

}  // namespace

Result<int> plan_command(program::World& world, const Options& options) {
    canary::Wanted wanted;
    wanted.base = TRY(parse_part("--base", options.base));
    wanted.detect = TRY(canary::parse_margin(options.detect).in("--detect"));
    wanted.alpha = TRY(parse_part("--alpha", options.alpha));
    wanted.power = TRY(parse_part("--power", options.power));
    const double per_second = TRY(parse_per_second(options.rps));
    const Nanoseconds longest = TRY(parse_time("--max", options.max));
    const auto shares = TRY(parse_parts("--weights", options.weights));
    wanted.seed = TRY(seed_of(options));
    const double harm = wanted.detect.above(wanted.base);
    const auto usage = [](std::string message, std::string hint) {
        return Error{Errc::usage, std::move(message), std::move(hint), {}};
    };
    if (wanted.base >= 1) return usage("--base: stable cannot get worse", "less than 100%");
    if (harm >= 1) return usage("--detect: that is more than all requests", "a smaller harm");
    if (wanted.alpha >= 0.5) return usage("--alpha: that is a coin that is tossed", "less than 50%");
    if (wanted.power >= 1) return usage("--power: nothing is certain", "less than 100%");
    program::ProgressBar bar(world);
    std::vector<Row> rows;
    for (const double share : shares) {
        bar.show(static_cast<double>(rows.size()) / static_cast<double>(shares.size()),
                 [&](double) { return fmt::format("share {}", part_text(share)); });
        if (share >= 1) continue;  // nobody is left to be compared with
        wanted.share = share;
        const double requests = per_second * std::chrono::duration<double>(longest).count();
        rows.push_back({share, canary::plan(wanted),
                        canary::detectable(wanted, static_cast<std::uint64_t>(std::min(requests, 1e15)))});
    }
    if (rows.empty()) return usage("--weights: at 100% nobody is left to be compared with", "less than 100%");
    bar.clear();
    if (options.json) {
        Array list;
        for (const Row& row : rows)
            list.push_back(Value(Object{{"weight", number(row.share)},
                                        {"canary_per_second", number(row.share * per_second)},
                                        {"rollback", needed_value(row.needed.rollback, row.share, per_second)},
                                        {"promote", needed_value(row.needed.promote, row.share, per_second)},
                                        {"detectable_pp", row.found ? number(*row.found * 100) : Value()}}));
        *world.out << to_json(Value(Object{{"schema", Value("gw-canary/1")},
                                           {"command", Value("plan")},
                                           {"base", number(wanted.base)},
                                           {"harm", number(harm)},
                                           {"rps", Value(per_second)},
                                           {"alpha", number(wanted.alpha)},
                                           {"power", number(wanted.power)},
                                           {"max_seconds", Value(std::chrono::duration<double>(longest).count())},
                                           {"seed", Value(wanted.seed)},
                                           {"weights", Value(std::move(list))}}))
                   << '\n';
        return program::kYes;
    }
    const term::Style style(program::wants_colour(world, options.color, world.out_is_terminal));
    *world.out << fmt::format("stable {}, a harm of {} ({}), {:g} requests/s, alpha {}, power {}   seed {}\n\n",
                              part_text(wanted.base), to_text(wanted.detect), part_text(harm), per_second,
                              part_text(wanted.alpha), part_text(wanted.power), wanted.seed);
    term::Table table({{"WEIGHT", term::Align::right},
                       {"CANARY/S", term::Align::right},
                       {"ROLLED BACK IN", term::Align::right},
                       {"REQUESTS", term::Align::right},
                       {"PROMOTED IN", term::Align::right},
                       {"REQUESTS", term::Align::right},
                       {fmt::format("FOUND IN {}", time_text(longest)), term::Align::right}});
    for (const Row& row : rows)
        table.add({part_text(row.share), fmt::format("{:.4g}", row.share * per_second),
                   needed_text(row.needed.rollback, per_second), requests_text(row.needed.rollback),
                   needed_text(row.needed.promote, per_second), requests_text(row.needed.promote),
                   row.found ? fmt::format("+{:.2g}pp", *row.found * 100) : std::string("-")});
    *world.out
        << table.text({0, style})
        << "\nRequests are those of both arms. ROLLED BACK: a canary with just that harm; PROMOTED: one without any;\n"
        << fmt::format(
               "in {} of the releases it takes no longer. FOUND: the smallest harm that is rolled back in time.\n",
               part_text(wanted.power));
    return program::kYes;
}

}  // namespace gw::release
