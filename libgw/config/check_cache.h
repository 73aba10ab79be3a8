#pragma once

#include "libgw/base/diagnostic.h"
#include "libgw/config/model.h"
#include "libgw/config/reader.h"

namespace gw::config {

/// What of check() concerns answers that are kept.
void check_cache(const Model& model, const Places& places, bool whole, Diagnostics& diagnostics);

}  // namespace gw::config
