#pragma once

#include "apps/gw-serve/options.h"
#include "libgw/base/diagnostic.h"
#include "libgw/config/model.h"
#include "libgw/config/reader.h"
#include "libgw/config/sources.h"

namespace gw::serve {

/// The model of flags and file: a flag wins over the file, the file over the default. Everything that is wrong goes to
/// `diagnostics`, checked as a whole, with the files that the model names. `places`, when given, receives where keys
/// were said. Requires: demo_port is set where demo is.
config::Model build_model(const Options& options, const config::Sources& sources, Diagnostics& diagnostics,
                          config::Places* places = nullptr);

}  // namespace gw::serve
