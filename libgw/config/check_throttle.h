#pragma once

#include "libgw/base/diagnostic.h"
#include "libgw/config/model.h"
#include "libgw/config/reader.h"

namespace gw::config {

/// The part of check() that is about how often: plans that are named and do not exist, methods that are none, keys
/// that nobody is asked for. `whole`: the document was read without an error.
void check_throttle(const Model& model, const Places& places, bool whole, Diagnostics& diagnostics);

}  // namespace gw::config
