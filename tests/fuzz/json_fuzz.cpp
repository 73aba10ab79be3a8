// JSON: what is accepted is written as JSON that reads back as the same value, and keeps within what the options allow;
// with positions, where only the library reads, it is the same.

#include <cstdint>
#include <string_view>

#include "libgw/base/json.h"
#include "tests/fuzz/require.h"

using namespace gw;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto value = parse_json(text);
    const auto strict = parse_json(text, json_file_options("f.json"));
    if (strict && !value) REQUIRE_THAT_IT_HOLDS(value.error().code == Errc::limit);
    if (strict) REQUIRE_THAT_IT_HOLDS(strict->position().line >= 1 && strict->position().column >= 1);
    if (!strict) REQUIRE_THAT_IT_HOLDS(!strict.error().message.empty());
    const auto placed = parse_json(text, {.positions = true, .file = "f.json"});
    REQUIRE_THAT_IT_HOLDS(placed.has_value() == value.has_value());
    if (value) REQUIRE_THAT_IT_HOLDS(*placed == *value && to_json(*placed) == to_json(*value));
    std::string escaped;
    append_json_string(escaped, text);
    REQUIRE_THAT_IT_HOLDS(escaped.find('\n') == std::string::npos);
    REQUIRE_THAT_IT_HOLDS(parse_json(escaped, {.size = SIZE_MAX}).has_value());
    if (!value) return 0;
    for (const std::string& written : {to_json(*value), to_pretty_json(*value)}) {
        const auto again = parse_json(written);
        REQUIRE_THAT_IT_HOLDS(again && *again == *value);
    }
    return 0;
}
