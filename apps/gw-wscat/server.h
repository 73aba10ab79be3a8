#pragma once
// -l: a server of WebSockets.

#include "apps/gw-wscat/options.h"
#include "apps/gw-wscat/plan.h"

namespace gw::wscat {

/// Listens until a signal comes; tells the exit code.
Result<int> serve(program::World& world, const Options& options, const Plan& plan);

}  // namespace gw::wscat
