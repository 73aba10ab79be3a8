// probe: a server's limit from what it answered.

#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include "apps/gw-throttle-sim/commands.h"
#include "apps/gw-throttle-sim/log_source.h"
#include "libgw/base/json.h"
#include "libgw/base/units.h"
#include "libgw/policy/throttle/fit.h"

namespace gw::sim {
namespace {

constexpr double kEnough = 0.95;  // of the answers have to be explained

}  // namespace

Result<int> probe_command(program::World& world, const Options& options) {
    std::vector<throttle::Answer> answers;
    std::uint64_t refused = 0;
    const auto source = TRY(open_log(world, options, [](const log::Entry& entry) -> std::optional<throttle::Sender> {
        // what was turned away for another reason may never have come to the limit
        const bool other = entry.status < 200 || (entry.status >= 400 && entry.status < 500);
        if (entry.status != kThrottled && other) return std::nullopt;
        return throttle::Sender();
    }));
    program::ProgressBar bar(world);
    std::array<throttle::Arrival, 256> arrivals;
    while (const std::size_t count = source->next(arrivals)) {
        for (const throttle::Arrival& arrival : std::span(arrivals).first(count)) {
            answers.push_back({arrival.at.time_since_epoch().count(), arrival.client == kThrottled});
            refused += arrival.client == kThrottled ? 1 : 0;
        }
        show(bar, source->share(), "answers read", answers.size());
    }
    if (source->error()) return *source->error();
    tell_facts(world, source->facts());
    std::stable_sort(answers.begin(), answers.end(),
                     [](const throttle::Answer& a, const throttle::Answer& b) { return a.at < b.at; });
    const auto probed = throttle::probe(
        answers, [&](double done) { show(bar, done, "answers, limits tried on them", answers.size()); });
    bar.clear();
    const auto cannot_tell = [&](const std::string& why) {
        *world.err << fmt::format("{}: cannot tell: {}\n", world.name, why) << std::flush;
        return program::kCannotTell;
    };
    if (!probed)
        return cannot_tell(
            fmt::format("{} answers, {} of them 429: at least {} of either are needed, and some time "
                        "between refusals",
                        answers.size(), refused, throttle::kLeastAnswers));
    const double share = static_cast<double>(probed->agree) / static_cast<double>(answers.size());
    if (options.json) {
        *world.out << to_json(Value(Object{{"schema", "gw-throttle-sim/1"},
                                           {"command", "probe"},
                                           {"answers", answers.size()},
                                           {"refused", refused},
                                           {"rate", to_rate_text(probed->limit.rate())},
                                           {"burst", probed->limit.burst()},
                                           {"rate_least", probed->low},
                                           {"rate_most", probed->high},
                                           {"agree", probed->agree},
                                           {"differ", probed->differ},
                                           {"certain", share >= kEnough}}))
                   << '\n';
    } else {
        *world.out << fmt::format(
            "{} answers, {} of them 429\nrate   {}   ({:.5g}/s to {:.5g}/s explain them as well)\nburst  {}\n"
            "agree  {:.2f}%: {} answers differ\n",
            answers.size(), refused, to_rate_text(probed->limit.rate()), probed->low, probed->high,
            probed->limit.burst(), share * 100, probed->differ);
    }
    if (share < kEnough) return cannot_tell("no single token bucket explains the answers");
    return program::kYes;
}

}  // namespace gw::sim
