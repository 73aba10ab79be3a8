// Arguments of a command line: ROUTE and, behind a first byte of 'g', --group. What is accepted can be said by a
// document too.

#include <cstdint>
#include <string_view>

#include "libgw/config/argument.h"
#include "libgw/config/document.h"
#include "tests/fuzz/require.h"
#include "tests/support/map_sources.h"

using namespace gw;
using namespace gw::config;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    text = text.substr(0, text.find('\0'));  // where an argument ends
    const test::MapSources sources;
    Diagnostics diagnostics;
    Model model;
    if (text.starts_with('g') && !text.starts_with("group:")) {
        read_group_argument(text.substr(1), model, sources, diagnostics);
    } else {
        read_route_argument(text, model.apis.emplace_back(), sources, diagnostics);
    }
    REQUIRE_THAT_IT_HOLDS(diagnostics.render().find('\x1b') == std::string::npos);
    if (diagnostics.has_errors()) return 0;
    REQUIRE_THAT_IT_HOLDS(!model.groups.empty() || !model.apis[0].routes.empty());
    Diagnostics again;
    const Model read_back = read_document(write_document(model), "canonical.yaml", sources, again);
    // bytes that are not UTF-8 can stand in an argument and not in a document
    if (write_document(model).find("\xef\xbf\xbd") != std::string::npos) return 0;
    REQUIRE_THAT_IT_HOLDS(!again.has_errors() && read_back == model);
    return 0;
}
