#pragma once
// What a linked program tells about itself: hardening, and the libraries that it needs. Functions of what readelf and
// ldd print.

#include <string_view>

#include "tests/structure/rules.h"

namespace gw::structure {

/// `readelf --wide --file-header --program-headers --dynamic --dyn-syms`: a position independent executable, full RELRO
/// (GNU_RELRO and BIND_NOW), a stack that is not executable, no segment both writable and executable, stack protector,
/// no search path. With `fortified`, checked string functions too.
Findings check_hardening(std::string_view readelf, bool fortified);

/// `ldd`: every library is one of those that the program is meant to have.
Findings check_libraries(std::string_view ldd);

}  // namespace gw::structure
