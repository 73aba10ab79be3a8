// Requests that people paste. What was read can be viewed, and holds no line end where there was none.

#include <cstdint>
#include <string_view>
#include <vector>

#include "libgw/policy/auth/sigv4/canonical.h"
#include "libgw/policy/auth/sigv4/pasted.h"
#include "tests/fuzz/require.h"

using namespace gw;
using namespace gw::sigv4;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto pasted = parse_pasted(text);
    if (!pasted) return 0;
    REQUIRE_THAT_IT_HOLDS(!pasted->method.empty());
    REQUIRE_THAT_IT_HOLDS(pasted->body.size() <= text.size());
    for (const auto& [name, value] : pasted->fields) {
        REQUIRE_THAT_IT_HOLDS(!name.empty() && name.find('\n') == name.npos && value.find('\n') == value.npos);
    }
    std::vector<Field> storage;
    const Request request = pasted->view(storage);
    REQUIRE_THAT_IT_HOLDS(request.fields.size() == pasted->fields.size());
    static_cast<void>(canonical_query(request.query));
    static_cast<void>(canonical_path(request.path, path_rules_of("execute-api")));
    return 0;
}
