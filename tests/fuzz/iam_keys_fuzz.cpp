// Files of access keys. No secret of a file is told in what is wrong with it.

#include <cstdint>
#include <string>
#include <string_view>

#include "libgw/config/iam_keys.h"
#include "tests/fuzz/document.h"
#include "tests/fuzz/require.h"
#include "tests/support/map_sources.h"

using namespace gw;
using namespace gw::config;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const FuzzedDocument document(data, size);
    const std::string_view text = document.text;
    const test::MapSources sources;
    Diagnostics diagnostics;
    const IamKeys keys = read_iam_keys(text, document.name(), sources, diagnostics);
    const std::string told = diagnostics.render();
    REQUIRE_THAT_IT_HOLDS(told.find('\x1b') == std::string::npos);
    // the mark of the corpus, where it stands as a secret and nowhere else
    constexpr std::string_view kMark = "SeCrEtMaRk";
    const auto at = text.find(kMark);
    if (at != text.npos && text.find(kMark, at + 1) == text.npos && text.substr(0, at).ends_with("{secret: "))
        REQUIRE_THAT_IT_HOLDS(told.find(kMark) == told.npos);
    if (diagnostics.has_errors()) return 0;
    REQUIRE_THAT_IT_HOLDS(!keys.empty());
    for (const IamKey& key : keys) {
        REQUIRE_THAT_IT_HOLDS(!key.id.empty() && !key.secret.empty());
        REQUIRE_THAT_IT_HOLDS(!key.expires || !key.session_token.empty());
    }
    return 0;
}
