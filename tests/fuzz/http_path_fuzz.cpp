// Paths: what is accepted is kept as it was sent, and its canonical form keeps the promises of uri.h and is its own
// canonical form.

#include <cstdint>
#include <string>
#include <string_view>

#include "libgw/wire/http/grammar.h"
#include "libgw/wire/http/uri.h"
#include "tests/fuzz/require.h"

using namespace gw::http;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view sent(reinterpret_cast<const char*>(data), size);
    Path path;
    std::string_view why;
    if (!parse_path(sent, path, why)) {
        REQUIRE_THAT_IT_HOLDS(!why.empty());
        return 0;
    }
    REQUIRE_THAT_IT_HOLDS(path.sent_with_query() == sent && is_visible(sent));
    REQUIRE_THAT_IT_HOLDS(path.has_query() == (sent.find('?') != std::string_view::npos));
    const std::string canonical(path.canonical());
    const std::string framed = canonical + "/";
    REQUIRE_THAT_IT_HOLDS(canonical.front() == '/' && is_visible(canonical));
    REQUIRE_THAT_IT_HOLDS(canonical.size() <= path.sent().size() + 1);
    REQUIRE_THAT_IT_HOLDS(canonical.find("//") == std::string::npos);
    REQUIRE_THAT_IT_HOLDS(framed.find("/./") == std::string::npos && framed.find("/../") == std::string::npos);
    REQUIRE_THAT_IT_HOLDS(framed.find("/..;") == std::string::npos);
    REQUIRE_THAT_IT_HOLDS(canonical.find_first_of("\\?#\"<>^`{|}") == std::string::npos);
    REQUIRE_THAT_IT_HOLDS(has_valid_escapes(canonical));
    Path again;
    REQUIRE_THAT_IT_HOLDS(parse_path(canonical, again, why) && again.canonical() == canonical);
    // Decoding it once more, as an upstream may, meets no control byte and still does not climb.
    const std::string decoded = percent_decode(canonical) + "/";
    REQUIRE_THAT_IT_HOLDS(is_field_value(decoded) && decoded.find('\t') == std::string::npos);
    REQUIRE_THAT_IT_HOLDS(decoded.find("/../") == std::string::npos);
    return 0;
}
