#pragma once
// The second version: what the command line says of it, and what the banner does.

#include <string>
#include <vector>

#include "apps/gw-serve/options.h"
#include "libgw/base/diagnostic.h"
#include "libgw/config/model.h"
#include "libgw/config/sources.h"

namespace gw::serve {

/// --canary, --sticky and --canary-header into the api. Requires: its routes are read.
void read_canary(const Options& options, config::Api& api, const config::Sources& sources, Diagnostics& diagnostics);

/// One line for each api that has canarySettings.
std::vector<std::string> canary_lines(const config::Model& model);

}  // namespace gw::serve
