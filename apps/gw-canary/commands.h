#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/gw-canary/options.h"
#include "libgw/base/clock.h"
#include "libgw/base/value.h"
#include "libgw/policy/canary/judge.h"

namespace gw::release {

// ── one for each command: the exit code ──
Result<int> plan_command(program::World& world, const Options& options);
Result<int> sim_command(program::World& world, const Options& options);
Result<int> judge_command(program::World& world, const Options& options);
Result<int> run_command(program::World& world, const Options& options);
/// set, promote, abort, status
Result<int> ask_command(program::World& world, const Options& options);
Result<int> split_command(program::World& world, const Options& options);

// ── what options mean; Errc::usage ──
/// "10%" or "10", as a part of 1: more than 0 unless `zero` is good, at most 1.
Result<double> parse_part(std::string_view option, std::string_view text, bool zero = false);
/// "5,10,25,50" or with percent signs: each more than the one before.
Result<std::vector<double>> parse_parts(std::string_view option, std::string_view text);
/// At least a millisecond.
Result<Nanoseconds> parse_time(std::string_view option, std::string_view text);
/// "50" or "50/s".
Result<double> parse_per_second(std::string_view text);
/// --metric; those of `otherwise` where there are none.
Result<std::vector<canary::Metric>> metrics_of(const Options& options, std::vector<std::string> otherwise);
/// --alpha, --detect, --min-samples, --no-data.
Result<canary::Settings> settings_of(const Options& options);
/// --seed, or one that was drawn.
Result<std::uint64_t> seed_of(const Options& options);

/// A number of JSON, to six digits; null where it is none.
Value number(double value);
/// "2.5%"
std::string part_text(double part);
/// "2h 17m", "35s": two units, as much as a person reads.
std::string time_text(Nanoseconds time);
/// "12.3k"
std::string count_text(std::uint64_t count);

}  // namespace gw::release
