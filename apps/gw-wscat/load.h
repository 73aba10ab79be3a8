#pragma once
// --clients: many connections at once, and how long an echo takes.

#include "apps/gw-wscat/dialer.h"

namespace gw::wscat {

/// Works for --for; tells the exit code: 0 when every connection was there to the end and every message came back.
Result<int> run_load(program::World& world, const Options& options, const Plan& plan, Dialer& dialer);

}  // namespace gw::wscat
