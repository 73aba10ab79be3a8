#pragma once
// Files that are written as a whole.

#include <string>
#include <string_view>

#include "libgw/base/result.h"

namespace gw::process {

/// Writes over what is there, or makes it (0666 less the umask). Errc::io.
Result<void> write_file(const std::string& path, std::string_view text);

/// Puts the text in the place of what is there, in one step: whoever reads sees the old or the new. `lasting`: it is on
/// the disk when this returns. Errc::io: what is there stays.
Result<void> replace_file(const std::string& path, std::string_view text, unsigned mode, bool lasting);

}  // namespace gw::process
