#pragma once
// The parts of the option tree that have a file of their own.

#include "apps/gw-serve/options.h"
#include "apps/support/command_line.h"

namespace gw::serve {

/// Adds the commands, and what their -h says. `data` gets what was given to -d, as it was given.
void declare_commands(CLI::App& app, Options& options, std::vector<std::string>& data, program::Manual& manual);

}  // namespace gw::serve
