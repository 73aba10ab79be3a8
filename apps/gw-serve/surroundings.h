#pragma once
// What a configuration takes for granted of the machine it runs on: files that it names, folders that it writes to.

#include <string>

#include "libgw/base/diagnostic.h"
#include "libgw/base/result.h"
#include "libgw/config/model.h"
#include "libgw/config/reader.h"
#include "libgw/config/sources.h"

namespace gw::serve {

/// Tells which certificates, keys and authorities cannot be read or used, each at the option or key that names it.
void check_files(const config::Model& model, const config::Sources& sources, Diagnostics& diagnostics,
                 const config::Places& places);

/// Tells what would keep a gateway with this configuration from starting here: a secret that is not there, a log or a
/// unix socket where nothing can be made. Warns of files with secrets that everybody can read. Opens and makes nothing.
void check_surroundings(const config::Model& model, const config::Sources& sources, Diagnostics& diagnostics,
                        const config::Places& places);

}  // namespace gw::serve
