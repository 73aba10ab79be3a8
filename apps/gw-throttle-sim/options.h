#pragma once
// The command line of gw-throttle-sim. Declared here and in options.cpp only; the man page and the completions are held
// against it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/support/world.h"

namespace gw::sim {

enum class Command : std::uint8_t { none, run, compare, explain, fit, probe };

struct Options {
    Command command = Command::none;
    // limits
    std::string rate;
    std::string burst;
    std::string throttle_by;
    std::vector<std::string> plans;
    std::vector<std::string> layers;
    std::string config;       ///< -c
    std::uint32_t nodes = 0;  ///< --nodes; 0: one gateway, which shares nothing
    // requests
    std::string traffic;
    std::string log;
    std::string format = "auto";
    std::string speed;
    std::string time_field;
    std::string key_field;
    std::string by;
    std::optional<std::uint64_t> seed;
    // what each command asks besides
    std::vector<std::string> fail_if;
    std::string algorithms = "token,gcra,fixed,sliding,leaky";
    std::uint32_t ticks = 20;  ///< -n
    std::string max_reject = "0.1%";
    bool yaml = false;
    bool aws = false;
    // output
    bool json = false;
    bool csv = false;
    std::string svg;
    bool per_key = false;
    std::string bin;
    std::string color = "auto";
};

/// Fills `options`, or tells that there is nothing more to do (help, version, completions) with the exit code.
/// Errc::usage for a command line that makes no sense.
Result<std::optional<int>> parse_options(program::World& world, Options& options);

}  // namespace gw::sim
