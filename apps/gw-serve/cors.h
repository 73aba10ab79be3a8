#pragma once
// Pages of other origins: what the command line says of them, and what the banner does.

#include <string>
#include <vector>

#include "apps/gw-serve/options.h"
#include "libgw/base/diagnostic.h"
#include "libgw/config/model.h"
#include "libgw/config/sources.h"

namespace gw::serve {

/// --cors and --cors-… into the api.
void read_cors(const Options& options, config::Api& api, const config::Sources& sources, Diagnostics& diagnostics);

/// One line for each api that has a corsConfiguration.
std::vector<std::string> cors_lines(const config::Model& model);

}  // namespace gw::serve
