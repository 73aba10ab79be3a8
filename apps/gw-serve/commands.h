#pragma once
// The commands that look and do not serve.

#include "apps/gw-serve/options.h"
#include "libgw/base/diagnostic.h"
#include "libgw/config/model.h"

namespace gw::serve {

/// Errors and warnings with their places on stderr, coloured when that helps.
void show(program::World& world, const Diagnostics& diagnostics, bool colour);

Result<int> check(program::World& world, const Options& options);
Result<int> print_config(program::World& world, const Options& options);
Result<int> show_routes(program::World& world, const Options& options);
Result<int> explain(program::World& world, const Options& options);
/// reload, stop, status: over the admin API of a running gateway.
Result<int> ask_running(program::World& world, const Options& options);

}  // namespace gw::serve
