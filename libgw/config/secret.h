#pragma once

#include "libgw/base/result.h"
#include "libgw/base/secret.h"
#include "libgw/config/model.h"
#include "libgw/config/sources.h"

namespace gw::config {

/// Fetches what "env:NAME" or "file:PATH" refers to; one newline at the end is taken off. Errors name the reference and
/// never the value: not set, cannot be read, empty, or a placeholder that everybody knows.
Result<Secret> resolve_secret(const SecretRef& reference, const Sources& sources);

}  // namespace gw::config
