#pragma once

#include "libgw/base/diagnostic.h"
#include "libgw/config/model.h"
#include "libgw/config/reader.h"

namespace gw::config {

/// The part of check() about who may call. `whole`: the document was read without errors, so that warnings make sense.
void check_auth(const Model& model, const Places& places, bool whole, Diagnostics& diagnostics);

}  // namespace gw::config
