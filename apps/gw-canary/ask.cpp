// set, promote, abort, status: what a gateway is told, and what it says.

#include <ostream>

#include <fmt/format.h>

#include "apps/gw-canary/commands.h"
#include "apps/gw-canary/gateway.h"
#include "libgw/base/json.h"
#include "libgw/base/units.h"
#include "libgw/term/table.h"
#include "libgw/term/width.h"

namespace gw::release {
namespace {

std::string quantile_text(const canary::Sample& sample, double quantile) {
    if (sample.latencies.empty()) return "-";
    return fmt::format("{:.4g}ms", canary::quantile_of(canary::latency_values(sample), quantile) * 1e3);
}

std::string errors_text(const canary::Sample& sample) {
    if (sample.requests == 0) return "-";
    return fmt::format("{} ({:.3g}%)", sample.errors(),
                       100 * static_cast<double>(sample.errors()) / static_cast<double>(sample.requests));
}

/// What of all requests met the canary; "-" before the first.
std::string met_text(const Standing& standing) {
    const std::uint64_t all = standing.stable.requests + standing.canary.requests;
    if (all == 0) return "-";
    return fmt::format("{:.3g}%", 100 * static_cast<double>(standing.canary.requests) / static_cast<double>(all));
}

std::string table_of(const std::vector<Standing>& all, const term::Screen& screen) {
    std::string text;
    for (const Standing& one : all) {
        text += fmt::format("{}  {}  {} of the requests, {} of those so far{}\n", term::printable(one.api), one.phase,
                            to_percent_text(one.percent), met_text(one),
                            one.sticky.empty() ? "" : "  sticky " + term::printable(one.sticky));
        term::Table table({{"ARM"},
                           {"REQUESTS", term::Align::right},
                           {"ERRORS", term::Align::right},
                           {"P50", term::Align::right},
                           {"P95", term::Align::right},
                           {"P99", term::Align::right}});
        for (const auto& [name, sample] : {std::pair("stable", &one.stable), std::pair("canary", &one.canary)})
            table.add({name, fmt::format("{}", sample->requests), errors_text(*sample), quantile_text(*sample, 0.5),
                       quantile_text(*sample, 0.95), quantile_text(*sample, 0.99)});
        text += table.text(screen);
    }
    return text;
}

Value arm_value(const canary::Sample& sample) {
    const auto quantile = [&](double part) {
        return sample.latencies.empty() ? Value()
                                        : number(canary::quantile_of(canary::latency_values(sample), part) * 1e3);
    };
    Object statuses;
    for (const auto& [status, count] : sample.statuses) statuses.push_back({std::to_string(status), Value(count)});
    return Value(Object{{"requests", Value(sample.requests)},
                        {"errors", Value(sample.errors())},
                        {"broken", Value(sample.broken)},
                        {"statuses", Value(std::move(statuses))},
                        {"p50_ms", quantile(0.5)},
                        {"p95_ms", quantile(0.95)},
                        {"p99_ms", quantile(0.99)}});
}

std::string json_of(std::string_view command, const std::vector<Standing>& all) {
    Array canaries;
    for (const Standing& one : all)
        canaries.push_back(Value(Object{{"api", Value(one.api)},
                                        {"phase", Value(one.phase)},
                                        {"percentTraffic", Value(one.percent)},
                                        {"sticky", one.sticky.empty() ? Value() : Value(one.sticky)},
                                        {"stable", arm_value(one.stable)},
                                        {"canary", arm_value(one.canary)}}));
    return to_json(Value(Object{{"schema", Value("gw-canary/1")},
                                {"command", Value(command)},
                                {"canaries", Value(std::move(canaries))}})) +
           "\n";
}

Result<std::vector<Standing>> standings_of(const Gateway& gateway, const Options& options, const Value& document) {
    std::vector<Standing> all;
    const Value* list = document.find("canaries");
    if (!options.api.empty() || list == nullptr || list->if_array() == nullptr || list->if_array()->empty()) {
        all.push_back(TRY(gateway.choose(document)));
        return all;
    }
    for (const Value& one : *list->if_array()) all.push_back(TRY(parse_standing(one)));
    return all;
}

}  // namespace

Result<int> ask_command(program::World& world, const Options& options) {
    // before anybody is asked
    const double percent = options.command == Command::set ? 100 * TRY(parse_part("PERCENT", options.share, true)) : 0;
    net::Loop loop;
    Gateway gateway(loop, TRY(Gateway::place_of(world, options)), options.api);
    const auto ask = [&]() -> Result<Reply> {
        switch (options.command) {
            case Command::set: return gateway.set(percent);
            case Command::promote: return gateway.order("promote");
            case Command::abort: return gateway.order("abort");
            default: return gateway.get("/canary");
        }
    };
    const Reply reply = TRY(ask());
    if (reply.refusal) {
        program::tell(world, *reply.refusal);
        return reply.code;
    }
    const term::Screen screen{world.out_is_terminal ? world.width : 0,
                              term::Style(program::wants_colour(world, options.color, world.out_is_terminal))};
    if (options.command == Command::status) {
        const auto all = TRY(standings_of(gateway, options, reply.document));
        *world.out << (options.json ? json_of("status", all) : table_of(all, screen));
        return program::kYes;
    }
    const Standing now = TRY(parse_standing(reply.document));
    constexpr std::array<std::string_view, 3> kNames = {"set", "promote", "abort"};
    const std::string_view name =
        kNames[static_cast<std::size_t>(options.command) - static_cast<std::size_t>(Command::set)];
    if (options.json)
        *world.out << json_of(name, {now});
    else if (now.phase == "promoted")
        *world.out << fmt::format("{}: promoted, everybody meets the canary\n", term::printable(now.api));
    else if (now.phase == "aborted")
        *world.out << fmt::format("{}: aborted, nobody meets the canary\n", term::printable(now.api));
    else
        *world.out << fmt::format("{}: {} of the requests meet the canary\n", term::printable(now.api),
                                  to_percent_text(now.percent));
    return program::kYes;
}

}  // namespace gw::release
