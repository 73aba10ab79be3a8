// Queries and percent-encoding, against a slow reading of both.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/wire/http/grammar.h"
#include "libgw/wire/http/query.h"
#include "libgw/wire/http/uri.h"
#include "tests/fuzz/require.h"

using namespace gw::http;

namespace {

std::string decode_slowly(const std::string& text, bool plus) {
    constexpr std::string_view kHex = "0123456789abcdefABCDEF";
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::string two = text.substr(i + 1, 2);
        if (text[i] == '%' && two.size() == 2 && two.find_first_not_of(kHex) == std::string::npos) {
            out += static_cast<char>(std::stoul(two, nullptr, 16));
            i += 2;
        } else {
            out += plus && text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 4096) return 0;
    const std::string text(reinterpret_cast<const char*>(data), size);
    REQUIRE_THAT_IT_HOLDS(percent_decode(text) == decode_slowly(text, false));
    REQUIRE_THAT_IT_HOLDS(decode_query(text) == decode_slowly(text, true));

    const std::string encoded = percent_encode(text);
    REQUIRE_THAT_IT_HOLDS(percent_decode(encoded) == text && decode_query(encoded) == text);
    REQUIRE_THAT_IT_HOLDS(has_valid_escapes(encoded) && (encoded.empty() || is_visible(encoded)));
    REQUIRE_THAT_IT_HOLDS(percent_decode(percent_encode(text, "/:+&")) == text);
    REQUIRE_THAT_IT_HOLDS(percent_encode(percent_decode(encoded)) == encoded);

    std::vector<std::string> pieces;
    std::string piece;
    for (const char c : text + "&") {
        if (c != '&') {
            piece += c;
        } else if (!piece.empty()) {
            pieces.push_back(std::exchange(piece, {}));
        }
    }
    std::size_t index = 0;
    for (QueryReader query(text); const auto parameter = query.next(); ++index) {
        REQUIRE_THAT_IT_HOLDS(index < pieces.size());
        std::string whole(parameter->name);
        if (parameter->has_value) whole.append("=").append(parameter->value);
        REQUIRE_THAT_IT_HOLDS(whole == pieces[index] && parameter->name.find('=') == std::string_view::npos);
        REQUIRE_THAT_IT_HOLDS(parameter->has_value == (pieces[index].find('=') != std::string::npos));
    }
    REQUIRE_THAT_IT_HOLDS(index == pieces.size());
    return 0;
}
