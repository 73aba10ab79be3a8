#pragma once
// How often, as the command line says it and the banner tells it.

#include <string>
#include <vector>

#include "apps/gw-serve/options.h"
#include "libgw/base/diagnostic.h"
#include "libgw/config/model.h"
#include "libgw/config/sources.h"

namespace gw::serve {

/// --rate, --burst and --throttle-by into the api of the command line's routes, --plan into the model.
void read_limits(const Options& options, config::Api& api, config::Model& model, const config::Sources& sources,
                 Diagnostics& diagnostics);

/// What is limited, for the banner: "20/s, burst 40, per route".
std::vector<std::string> limit_lines(const config::Model& model);

}  // namespace gw::serve
