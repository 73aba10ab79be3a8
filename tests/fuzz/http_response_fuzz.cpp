// The response decoder: the same transcript however the bytes are cut, and never a clean end for a truncated message.
// The first byte chooses the method, whether the peer closes and whether a switch was asked for.

#include <cstdint>
#include <string_view>

#include "libgw/wire/http/grammar.h"
#include "tests/fuzz/require.h"
#include "tests/unit/wire/http/drive.h"

using namespace gw::http;

namespace {

constexpr Limits kSmall{.start_line = 100,
                        .head = 400,
                        .fields = 8,
                        .trailer_fields = 2,
                        .trailer_bytes = 40,
                        .chunk_line = 20,
                        .chunk_overhead = 60,
                        .body = 2000};

void check(const Limits& limits, std::string_view bytes, unsigned mode, std::size_t cut) {
    const Method method = mode & 1 ? Method::head : Method::get;
    const bool closes = (mode & 2) != 0;
    const bool upgrade = (mode & 4) != 0;
    const Transcript whole = hear_response(bytes, method, {}, closes, upgrade, limits);
    REQUIRE_THAT_IT_HOLDS(hear_response(bytes, method, every_byte(bytes.size()), closes, upgrade, limits) == whole);
    REQUIRE_THAT_IT_HOLDS(hear_response(bytes, method, Cuts{cut}, closes, upgrade, limits) == whole);
    REQUIRE_THAT_IT_HOLDS(whole.status == 0 || whole.status == 502);
    REQUIRE_THAT_IT_HOLDS(whole.messages.size() <= 11);
    for (std::size_t i = 0; i < whole.messages.size(); ++i) {
        const Heard& heard = whole.messages[i];
        REQUIRE_THAT_IT_HOLDS(heard.fields.size() <= limits.fields && heard.body.size() <= limits.body);
        // Only the last one is a final answer.
        if (i + 1 < whole.messages.size()) REQUIRE_THAT_IT_HOLDS(heard.start[0] == '1' && heard.body.empty());
        for (const auto& [name, value] : heard.fields) REQUIRE_THAT_IT_HOLDS(is_token(name) && is_field_value(value));
        if (!heard.complete) continue;
        for (const auto& [name, value] : heard.fields) {
            const bool bodiless = method == Method::head || heard.start.substr(0, 3) == "304" || heard.start[0] == '1';
            if (to_field_name(name) != FieldName::content_length || bodiless) continue;
            REQUIRE_THAT_IT_HOLDS(parse_content_length(value) == heard.body.size());
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2 || size > 8192) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
    const std::size_t cut = (size * data[size - 1]) / 256;
    check(kSmall, bytes, data[0], cut);
    check(kResponseLimits, bytes, data[0], cut);
    return 0;
}
