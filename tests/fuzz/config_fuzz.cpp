// Configuration: whatever the text, reading and judging it ends, tells little, and a model without errors survives
// being written and read.

#include <cstdint>
#include <string_view>

#include "libgw/config/check.h"
#include "libgw/config/document.h"
#include "tests/fuzz/document.h"
#include "tests/fuzz/require.h"
#include "tests/support/map_sources.h"

using namespace gw;
using namespace gw::config;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const FuzzedDocument document(data, size);
    const test::MapSources sources;
    Diagnostics diagnostics;
    Places places;
    const Model model = read_document(document.text, document.name(), sources, diagnostics, &places);
    check(model, diagnostics, places);
    REQUIRE_THAT_IT_HOLDS(diagnostics.all().size() <= Diagnostics::kMaximum);
    const std::string told = diagnostics.render();
    REQUIRE_THAT_IT_HOLDS(told.find('\x1b') == std::string::npos && told.find('\r') == std::string::npos);
    if (diagnostics.has_errors()) return 0;
    Diagnostics again;
    const Model read_back = read_document(write_document(model), "canonical.yaml", sources, again);
    REQUIRE_THAT_IT_HOLDS(!again.has_errors() && read_back == model);
    return 0;
}
