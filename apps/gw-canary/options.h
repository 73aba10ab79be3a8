#pragma once
// The command line of gw-canary. Declared here and in options*.cpp only; the man page and the completions are held
// against it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/support/world.h"

namespace gw::release {

enum class Command : std::uint8_t { none, plan, sim, judge, run, set, promote, abort, status, split };

struct Options {
    Command command = Command::none;
    // the gateway
    std::string admin;
    std::string admin_token;
    std::optional<std::uint16_t> port;
    std::string api;
    std::string share;  ///< of set
    // how is judged
    std::vector<std::string> metrics;
    std::string alpha = "5%";
    std::string detect;
    std::uint64_t min_samples = 10;
    std::string no_data = "inconclusive";
    // logs
    std::string stable_file;
    std::string canary_file;
    std::string log;
    std::string arm_field;
    std::string arm_value;
    std::string format = "auto";
    std::string time_field;
    std::string latency_field;
    std::string weight;
    // run
    std::string steps;
    std::string every = "30s";
    std::string max = "30m";
    std::string on_promote;
    std::string on_rollback;
    bool dry_run = false;
    // what is only thought of
    std::string base;
    std::string canary_rate;
    std::string rps;
    std::string weights = "5,10,25,50";
    std::string power = "80%";
    std::uint64_t runs = 10'000;
    std::string methods = "msprt,gst,naive,mannwhitney";
    std::string sticky;
    std::uint64_t clients = 100'000;
    std::optional<std::uint64_t> seed;
    // output
    bool json = false;
    std::string svg;
    std::string color = "auto";
};

/// Fills `options`, or tells that there is nothing more to do (help, version, completions) with the exit code.
/// Errc::usage for a command line that makes no sense.
Result<std::optional<int>> parse_options(program::World& world, Options& options);

}  // namespace gw::release
