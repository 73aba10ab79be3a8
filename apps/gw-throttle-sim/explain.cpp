// explain: one bucket, request by request.

#include <ostream>

#include <fmt/format.h>

#include "apps/gw-throttle-sim/commands.h"
#include "apps/gw-throttle-sim/limits.h"
#include "apps/gw-throttle-sim/report.h"
#include "libgw/base/json.h"
#include "libgw/base/random.h"
#include "libgw/base/units.h"
#include "libgw/policy/throttle/token_bucket.h"
#include "libgw/term/table.h"

namespace gw::sim {
namespace {

/// Requests at one moment that end alike.
struct Tick {
    Nanoseconds at{0};
    std::uint64_t count = 0;
    bool admitted = false;
    std::uint64_t before = 0;  ///< tokens
    std::uint64_t after = 0;
    Nanoseconds wait{0};  ///< until the next token
};

/// How full the bucket is, in ten blocks.
std::string gauge(std::uint64_t tokens, std::uint64_t burst) {
    constexpr std::uint64_t kWidth = 10;
    const std::uint64_t full = burst == 0 ? 0 : (tokens * kWidth + burst - 1) / burst;
    std::string out;
    for (std::uint64_t i = 0; i < kWidth; ++i) out += i < full ? "█" : "·";
    return out;
}

/// `more`: there would be more than `most`.
std::vector<Tick> ticks_of(throttle::Source& source, const throttle::Limit& limit, std::size_t most, bool& more) {
    std::vector<Tick> ticks;
    std::array<throttle::Arrival, 1> arrival;
    throttle::TokenBucket bucket(limit, Instant());
    while (source.next(arrival) > 0) {
        const Instant now = arrival[0].at;
        const std::uint64_t before = bucket.tokens(now);
        const throttle::Taken taken = bucket.take(now);
        source.tell(arrival[0], taken.admitted);
        const Nanoseconds at = now.time_since_epoch();
        if (ticks.empty() || ticks.back().at != at || ticks.back().admitted != taken.admitted) {
            more = ticks.size() == most;
            if (more) break;
            ticks.push_back({at, 0, taken.admitted, before, 0, {}});
        }
        Tick& tick = ticks.back();
        ++tick.count;
        tick.after = limit.tokens(taken.missing);
        tick.wait = limit.until_token(taken.missing);
    }
    return ticks;
}

}  // namespace

Result<int> explain_command(program::World& world, const Options& options) {
    const throttle::Limit limit = TRY(limit_of(options));
    throttle::Traffic traffic;
    if (!options.traffic.empty()) {
        traffic = TRY(traffic_of(options));
    } else {
        // all that the bucket holds, then more than it gets back
        throttle::Shape burst;
        burst.kind = throttle::Shape::Kind::spike;
        burst.count = std::max<std::uint64_t>(1, limit.burst());
        throttle::Shape twice;
        twice.first = std::max(1e-3, 2 * limit.rate().per_second());
        twice.length = std::chrono::hours(24 * 365);
        traffic.streams = {{burst, twice}};
    }
    const std::uint64_t seed = TRY(seed_of(options));
    Random random(seed);
    throttle::Arrivals arrivals(traffic, random);
    bool more = false;
    const std::vector<Tick> ticks = ticks_of(arrivals, limit, options.ticks, more);
    const Nanoseconds token =
        Nanoseconds(static_cast<std::int64_t>((limit.cost() + limit.parts() - 1) / limit.parts()));
    const Nanoseconds full = limit.until_full(limit.depth());
    if (options.json) {
        Array list;
        for (const Tick& tick : ticks)
            list.emplace_back(Object{{"at", static_cast<double>(tick.at.count()) / 1e9},
                                     {"requests", tick.count},
                                     {"admitted", tick.admitted},
                                     {"tokens_before", tick.before},
                                     {"tokens_after", tick.after}});
        *world.out << to_json(Value(Object{{"schema", "gw-throttle-sim/1"},
                                           {"command", "explain"},
                                           {"rate", to_rate_text(limit.rate())},
                                           {"burst", limit.burst()},
                                           {"token_every", static_cast<double>(token.count()) / 1e9},
                                           {"full_after", static_cast<double>(full.count()) / 1e9},
                                           {"seed", seed},
                                           {"ticks", Value(std::move(list))}}))
                   << '\n';
        return program::kYes;
    }
    std::string out = fmt::format("{}, burst {}", to_rate_text(limit.rate()), limit.burst());
    if (limit.admits_nothing())
        out += ": nothing passes\n\n";
    else
        out += fmt::format(
            ": a token comes back every {}, an empty bucket is full after {};\nno time t sees more than "
            "{} + {:g}·t requests pass (t in seconds)\n\n",
            time_text(token), time_text(full), limit.burst(), limit.rate().per_second());
    term::Table table({{"at", term::Align::right},
                       {"requests", term::Align::right},
                       {"tokens", term::Align::right},
                       {""},
                       {""},
                       {"next token in", term::Align::right}});
    for (const Tick& tick : ticks)
        table.add({term::Cell(time_text(tick.at)), fmt::format("{}", tick.count),
                   fmt::format("{} -> {}", tick.before, tick.after), gauge(tick.before, limit.burst()),
                   term::Cell(tick.admitted ? "pass" : "429", tick.admitted ? term::Paint::green : term::Paint::red),
                   tick.after > 0           ? std::string("-")
                   : limit.admits_nothing() ? std::string("never")
                                            : time_text(tick.wait)});
    *world.out << out
               << table.text({0, term::Style(program::wants_colour(world, options.color, world.out_is_terminal))});
    // without a traffic there is always more
    if (more && !options.traffic.empty()) *world.out << fmt::format("and so on: -n {} shows more\n", 10 * ticks.size());
    return program::kYes;
}

}  // namespace gw::sim
