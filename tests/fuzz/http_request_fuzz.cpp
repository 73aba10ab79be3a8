// The request decoder: the same transcript however the bytes are cut, no more kept than the limits allow, and what was
// accepted says the same after it was written again.

#include <cstdint>
#include <string>
#include <string_view>

#include "libgw/wire/http/encoder.h"
#include "libgw/wire/http/grammar.h"
#include "tests/fuzz/require.h"
#include "tests/unit/wire/http/drive.h"

using namespace gw::http;

namespace {

// Small enough for a fuzzer to reach.
constexpr Limits kSmall{.start_line = 300,
                        .head = 600,
                        .fields = 8,
                        .trailer_fields = 2,
                        .trailer_bytes = 40,
                        .chunk_line = 20,
                        .chunk_overhead = 60,
                        .body = 2000};

std::string written(const Heard& heard) {
    std::string out;
    HeadWriter writer(out);
    const std::size_t space = heard.start.find(' ');
    writer.request_line(std::string_view(heard.start).substr(0, space),
                        std::string_view(heard.start).substr(space + 1));
    bool chunked = false;
    bool length = false;
    for (const auto& [name, value] : heard.fields) {
        const FieldName id = to_field_name(name);
        chunked |= id == FieldName::transfer_encoding;
        length |= id == FieldName::content_length;
        if (id != FieldName::transfer_encoding && id != FieldName::content_length) writer.field(name, value);
    }
    if (chunked) writer.chunked();
    if (length) writer.content_length(heard.body.size());
    REQUIRE_THAT_IT_HOLDS(writer.end());
    if (!chunked) return out + heard.body;
    char buffer[20];
    if (!heard.body.empty())
        out.append(chunk_prefix(heard.body.size(), buffer)).append(heard.body).append(kChunkSuffix);
    return out.append(kLastChunk);
}

void check(const Limits& limits, std::string_view bytes, std::size_t cut) {
    const Transcript whole = hear_requests(bytes, {}, limits);
    REQUIRE_THAT_IT_HOLDS(hear_requests(bytes, every_byte(bytes.size()), limits) == whole);
    REQUIRE_THAT_IT_HOLDS(hear_requests(bytes, Cuts{cut}, limits) == whole);
    for (const Heard& heard : whole.messages) {
        REQUIRE_THAT_IT_HOLDS(heard.path.front() == '/');
        REQUIRE_THAT_IT_HOLDS(heard.body.size() <= limits.body);
        std::size_t size = heard.start.size() + 11;
        for (const auto& [name, value] : heard.fields) {
            REQUIRE_THAT_IT_HOLDS(is_token(name) && is_field_value(value));
            size += name.size() + value.size() + 3;
        }
        REQUIRE_THAT_IT_HOLDS(heard.fields.size() <= limits.fields && size <= limits.head);
        if (!heard.complete) continue;
        Limits roomy;
        roomy.head = 65536;
        roomy.start_line = 65536;
        const Transcript again = hear_requests(written(heard), {}, roomy);
        // HTTP/1.0 without a Host is the one thing that HTTP/1.1 does not let us say again.
        if (heard.authority.empty()) continue;
        REQUIRE_THAT_IT_HOLDS(again.status == 0 && again.messages.size() == 1);
        const Heard& echo = again.messages[0];
        REQUIRE_THAT_IT_HOLDS(echo.complete && echo.start == heard.start && echo.path == heard.path);
        REQUIRE_THAT_IT_HOLDS(echo.authority == heard.authority && echo.body == heard.body);
        REQUIRE_THAT_IT_HOLDS(echo.fields.size() == heard.fields.size());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || size > 8192) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const std::size_t cut = (size * data[size - 1]) / 256;
    check(kSmall, bytes, cut);
    check(Limits{}, bytes, cut);
    return 0;
}
