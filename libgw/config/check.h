#pragma once

#include "libgw/base/diagnostic.h"
#include "libgw/config/model.h"
#include "libgw/config/reader.h"

namespace gw::config {

/// Judges a whole model: what no single key can know. Errors for what could not be enforced or served, warnings for
/// what is likely not meant; `--strict` lets the caller take warnings for errors. Pure: whether files, certificates and
/// names exist is found out by those who open them. `places` says where keys were written that have no place in the
/// model; without it their diagnostics have none.
void check(const Model& model, Diagnostics& diagnostics, const Places& places = {});

/// The bound that a route's own timeout keeps to: 29 s as in AWS, or limits.timeout where that was raised.
Nanoseconds longest_timeout(const Limits& limits);

}  // namespace gw::config
