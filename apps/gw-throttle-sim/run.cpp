#include <fmt/format.h>

#include "apps/gw-throttle-sim/commands.h"
#include "libgw/base/crypto.h"
#include "libgw/base/text.h"
#include "libgw/base/units.h"
#include "libgw/config/model.h"

namespace gw::sim {
Result<throttle::Limit> limit_of(const Options& options) {
    if (options.rate.empty()) return Error{Errc::usage, "there is no rate", "--rate 100/s --burst 200", {}};
    config::Throttle throttle;
    throttle.rate = TRY(parse_rate(options.rate).in("--rate"));
    if (!options.burst.empty()) {
        throttle.burst = parse_unsigned(options.burst, throttle::Limit::kMostBurst);
        if (!throttle.burst)
            return Error{Errc::usage,
                         fmt::format("--burst: '{}' is not a number of requests", options.burst),
                         "--burst 200",
                         {}};
    }
    return throttle::Limit::make(throttle.rate, config::burst_of(throttle)).in("--rate");
}

Result<throttle::Traffic> traffic_of(const Options& options) { return throttle::parse_traffic(options.traffic); }

Result<std::uint64_t> seed_of(const Options& options) {
    if (options.seed) return *options.seed;
    // short enough to be typed
    return TRY(random_seed()) % 1'000'000;
}

void show(program::ProgressBar& bar, std::optional<double> share, const std::string& what, std::uint64_t count) {
    bar.show(share, [&](double seconds) {
        const double millions = static_cast<double>(count) / 1e6;
        return fmt::format("{:.1f} M {}, {:.1f} M/s", millions, what, millions / seconds);
    });
}

}  // namespace gw::sim

namespace gw::program {

Result<int> run(World& world) {
    sim::Options options;
    if (const auto done = TRY(sim::parse_options(world, options))) return *done;
    switch (options.command) {
        case sim::Command::run: return sim::run_command(world, options);
        case sim::Command::compare: return sim::compare_command(world, options);
        case sim::Command::explain: return sim::explain_command(world, options);
        case sim::Command::fit: return sim::fit_command(world, options);
        case sim::Command::probe: return sim::probe_command(world, options);
        case sim::Command::none: break;
    }
    return Error{Errc::internal, "a command that nobody carries out", {}, {}};
}

}  // namespace gw::program
