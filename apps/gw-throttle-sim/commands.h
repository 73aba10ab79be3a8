#pragma once

#include "apps/gw-throttle-sim/options.h"
#include "apps/support/progress.h"
#include "libgw/policy/throttle/limit.h"
#include "libgw/policy/throttle/simulate.h"
#include "libgw/policy/throttle/traffic.h"

namespace gw::sim {

// ── one for each command: the exit code ──
Result<int> run_command(program::World& world, const Options& options);
Result<int> compare_command(program::World& world, const Options& options);
Result<int> explain_command(program::World& world, const Options& options);
Result<int> fit_command(program::World& world, const Options& options);
Result<int> probe_command(program::World& world, const Options& options);

/// What --rate and --burst say, where nothing else is asked. Errc::usage, Errc::parse, Errc::limit.
Result<throttle::Limit> limit_of(const Options& options);
/// The traffic of the options. Errc::usage.
Result<throttle::Traffic> traffic_of(const Options& options);
/// --seed, or one that was drawn.
Result<std::uint64_t> seed_of(const Options& options);

/// "12.4 M requests, 31.0 M/s" behind the bar.
void show(program::ProgressBar& bar, std::optional<double> share, const std::string& what, std::uint64_t count);

}  // namespace gw::sim
