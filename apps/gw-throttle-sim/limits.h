#pragma once
// Limits as the command line says them, into what a configuration says: gw-serve's own model.

#include <optional>

#include "apps/gw-throttle-sim/options.h"
#include "libgw/config/model.h"

namespace gw::sim {

/// The model of -c, or one api of the options' limits whose routes go nowhere. Tells what is wrong with it on stderr;
/// nothing when that were errors. Errc::usage where options contradict each other.
Result<std::optional<config::Model>> read_limits(program::World& world, const Options& options);

/// Each limit of the model, for people: "route GET /a: 100/s, burst 200".
std::vector<std::string> limit_lines(const config::Model& model);

}  // namespace gw::sim
