#pragma once
// The command line of gw-token. Declared here and in options*.cpp only; the man page and the completions are held
// against it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/support/world.h"

namespace gw::token {

/// What gw-token is asked to do.
enum class Command : std::uint8_t { none, decode };

struct DecodeOptions {
    std::string token;
    std::string zone;  ///< --date: utc, local, +02:00
};

struct Options {
    Command command = Command::none;
    bool json = false;
    std::string color = "auto";
    DecodeOptions decode;
};

/// Fills `options`, or tells that there is nothing more to do (help, version, completions) with the exit code.
/// Errc::usage for a command line that makes no sense.
Result<std::optional<int>> parse_options(program::World& world, Options& options);

}  // namespace gw::token
