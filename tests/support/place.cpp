#include "tests/support/place.h"

namespace gw::test {

std::filesystem::path source_root() { return GW_SOURCE_DIR; }

std::filesystem::path build_root() { return GW_BINARY_DIR; }

}  // namespace gw::test
