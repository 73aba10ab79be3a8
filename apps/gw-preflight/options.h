#pragma once
// The command line of gw-preflight. Declared here and in options.cpp only; the man page and the completions are held
// against it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/support/world.h"
#include "libgw/base/clock.h"
#include "libgw/policy/cors/browser.h"

namespace gw::preflight {

struct Options {
    std::vector<std::string> urls;
    std::vector<std::string> origins;  ///< -o
    std::string method;                ///< -X
    std::vector<std::string> headers;  ///< -H
    std::optional<std::string> data;   ///< -d
    std::string content_type;
    std::string credentials = "same-origin";
    std::vector<std::string> expose;
    bool no_actual = false;
    bool actual = false;
    std::string browser = "all";
    std::string expect = "allow";
    bool json = false;
    std::uint32_t jobs = 1;  ///< -j
    bool insecure = false;   ///< -k
    std::string ca;          ///< --cacert
    std::vector<std::string> resolve;
    std::vector<std::string> connect_to;
    std::string max_time;
    bool verbose = false;
    std::string color = "auto";
};

/// Fills `options`, or tells that there is nothing more to do (help, version, completions) with the exit code.
/// Errc::usage for a command line that makes no sense.
Result<std::optional<int>> parse_options(program::World& world, Options& options);

/// What the options ask for, checked.
struct Plan {
    std::vector<cors::PageRequest> requests;  ///< URL by URL, and of each origin by origin
    std::vector<cors::Engine> engines;
    std::string body;
    Nanoseconds max_time{0};
    bool sends_actual = false;
    bool expects_allow = true;
};
/// Errc::usage, naming the option.
Result<Plan> make_plan(program::World& world, const Options& options);

}  // namespace gw::preflight
