#pragma once
// The parts of the option tree, each declared by its own file options_*.cpp.

#include <string>
#include <vector>

#include "apps/gw-token/options.h"
#include "apps/support/command_line.h"

namespace gw::token {

/// Options of the command refuse an empty value, which a script has from a variable that is not set; those of `but`
/// take it.
void refuse_empty_values(CLI::App& command, const std::vector<std::string>& but = {});

/// Each adds its commands, and what their -h says.
void declare_tokens(CLI::App& app, Options& options, program::Manual& manual);
void declare_issuer(CLI::App& app, Options& options, program::Manual& manual);
void declare_requests(CLI::App& app, Options& options, program::Manual& manual);

}  // namespace gw::token
