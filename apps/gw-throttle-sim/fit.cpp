// fit: limits that a log would have kept.

#include "libgw/policy/throttle/fit.h"

#include <algorithm>
#include <ostream>
#include <unordered_map>

#include <fmt/format.h>

#include "apps/gw-throttle-sim/commands.h"
#include "apps/gw-throttle-sim/limits.h"
#include "apps/gw-throttle-sim/log_source.h"
#include "apps/gw-throttle-sim/report.h"
#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/base/units.h"
#include "libgw/config/document.h"
#include "libgw/gateway/counted.h"
#include "libgw/term/table.h"

namespace gw::sim {
namespace {

constexpr std::uint64_t kLeastRequests = 100;

using Kind = config::ThrottleBy::Kind;

Result<config::ThrottleBy> by_of(const Options& options) {
    config::ThrottleBy by{Kind::stage, {}};
    if (options.by.empty()) return by;
    if (options.by == "key") return config::ThrottleBy{Kind::key, {}};
    if (options.by == "ip") return config::ThrottleBy{Kind::ip, {}};
    if (options.by.starts_with("claim:") && options.by.size() > 6)
        return config::ThrottleBy{Kind::claim, options.by.substr(6)};
    return Error{Errc::usage,
                 fmt::format("--by: '{}' is nothing that requests are counted by", options.by),
                 "key, ip or claim:NAME",
                 {}};
}

/// Limits as a configuration that gw-serve loads; its target is an example.
config::Model model_of(const throttle::Limit& limit, const config::ThrottleBy& by) {
    config::Model model;
    config::Api api;
    config::Route route;
    route.route_key = "$default";
    route.integration.kind = config::Integration::Kind::http;
    route.integration.text = "http://127.0.0.1:3000";
    api.routes.push_back(std::move(route));
    config::Throttle throttle;
    throttle.rate = limit.rate();
    throttle.burst = limit.burst();
    if (by.kind == Kind::key) {
        model.usage_plans.push_back({"fitted", throttle, std::nullopt, {}, {}});
        api.auth = std::string(config::kAuthNone);
    } else {
        throttle.by = by;
        api.throttle = throttle;
    }
    model.apis.push_back(std::move(api));
    return model;
}

std::string aws_of(const throttle::Limit& limit) {
    const auto operation = [](std::string_view path, std::string value) {
        return Value(Object{{"op", "replace"}, {"path", path}, {"value", std::move(value)}});
    };
    Array operations;
    const std::string rate = to_rate_text(limit.rate());  // a round number a second
    operations.push_back(operation("/throttle/rateLimit", rate.substr(0, rate.find('/'))));
    operations.push_back(operation("/throttle/burstLimit", fmt::format("{}", limit.burst())));
    return to_pretty_json(Value(Object{{"patchOperations", Value(std::move(operations))}})) + "\n";
}

}  // namespace

Result<int> fit_command(program::World& world, const Options& options) {
    if (options.json + options.yaml + options.aws > 1)
        return Error{Errc::usage, "--json, --yaml and --aws exclude each other", {}, {}};
    const config::ThrottleBy by = TRY(by_of(options));
    const double percent = TRY(parse_percent(options.max_reject).in("--max-reject"));
    if (options.aws && by.kind != Kind::key)
        return Error{Errc::usage, "a usage plan of AWS limits API keys", "--by key", {}};
    throttle::Times times;
    std::unordered_map<std::string, std::uint32_t> known;
    std::uint64_t anonymous = 0;
    Options reading = options;
    if (by.kind == Kind::claim) reading.key_field = field_of(options, by.name);
    std::string storage;
    const auto source = TRY(open_log(world, reading, [&](const log::Entry& entry) -> std::optional<throttle::Sender> {
        std::string_view key;
        switch (by.kind) {
            case Kind::ip: key = gateway::address_key(entry.ip, storage); break;
            case Kind::key: key = options.key_field.empty() ? entry.api_key_id : entry.key; break;
            case Kind::claim:
                key = entry.key;
                if (key.empty() && by.name == "sub") key = entry.subject;
                break;
            default: break;
        }
        if (by.kind != Kind::stage && key.empty()) {
            ++anonymous;
            return std::nullopt;
        }
        const auto [at, is_new] = known.emplace(key, static_cast<std::uint32_t>(times.size()));
        if (is_new) times.emplace_back();
        return throttle::Sender{at->second, 0};
    }));
    program::ProgressBar bar(world);
    std::array<throttle::Arrival, 256> arrivals;
    std::uint64_t offered = 0;
    while (const std::size_t count = source->next(arrivals)) {
        for (const throttle::Arrival& arrival : std::span(arrivals).first(count))
            times[arrival.group].push_back(arrival.at.time_since_epoch().count());
        offered += count;
        show(bar, source->share(), "requests read", offered);
    }
    if (source->error()) return *source->error();
    tell_facts(world, source->facts());
    if (anonymous > 0)
        program::warn(world, fmt::format("{} requests do not say who sent them, and are left out", anonymous));
    if (offered < kLeastRequests) {
        *world.err << fmt::format("{}: {} requests are too few to tell: {} are needed\n", world.name, offered,
                                  kLeastRequests)
                   << std::flush;
        return program::kCannotTell;
    }
    for (auto& key : times) std::sort(key.begin(), key.end());
    const throttle::Fitted fitted =
        throttle::fit(times, percent / 100, [&](double share) { show(bar, share, "requests, fitting", offered); });
    if (fitted.all.empty()) return Error{Errc::internal, "no limit fits", {}, {}};
    const throttle::Fit& best = fitted.all[fitted.best];
    if (options.yaml) {
        if (by.kind == Kind::key)
            program::warn(world,
                          "the plan holds when API keys have it: auth: key, and apiKeys: [{hash: …, plan: fitted}]");
        *world.out << config::write_document(model_of(best.limit, by));
        return program::kYes;
    }
    if (options.aws) {
        *world.out << aws_of(best.limit);
        return program::kYes;
    }
    if (options.json) {
        Array list;
        for (const throttle::Fit& one : fitted.all)
            list.emplace_back(Object{{"rate", to_rate_text(one.limit.rate())},
                                     {"burst", one.limit.burst()},
                                     {"rejected", one.count.rejected},
                                     {"most_in_a_minute", one.in_a_minute()}});
        *world.out << to_json(Value(Object{{"schema", "gw-throttle-sim/1"},
                                           {"command", "fit"},
                                           {"requests", offered},
                                           {"keys", times.size()},
                                           {"rate", to_rate_text(best.limit.rate())},
                                           {"burst", best.limit.burst()},
                                           {"rejected", best.count.rejected},
                                           {"rejected_share", best.count.share()},
                                           {"limits", Value(std::move(list))}}))
                   << '\n';
        return program::kYes;
    }
    *world.out << fmt::format("{} requests of {} {}; at most {} may be refused\n\n", offered, times.size(),
                              by.kind == Kind::stage ? "log, counted together"
                              : times.size() == 1    ? "client"
                                                     : "clients, each with a bucket",
                              to_percent_text(percent));
    term::Table table({{""},
                       {"rate", term::Align::right},
                       {"burst", term::Align::right},
                       {"rejected", term::Align::right},
                       {"", term::Align::right},
                       {"most in a minute", term::Align::right}});
    for (std::size_t i = 0; i < fitted.all.size(); ++i) {
        const throttle::Fit& one = fitted.all[i];
        table.add({term::Cell(i == fitted.best ? "->" : ""), to_rate_text(one.limit.rate()),
                   fmt::format("{}", one.limit.burst()), fmt::format("{}", one.count.rejected),
                   fmt::format("{:.3f}%", one.count.share() * 100), fmt::format("{:.0f}", one.in_a_minute())});
    }
    *world.out << table.text({0, term::Style(program::wants_colour(world, options.color, world.out_is_terminal))})
               << fmt::format("\n--rate {} --burst {}\n", to_rate_text(best.limit.rate()), best.limit.burst());
    return program::kYes;
}

}  // namespace gw::sim
