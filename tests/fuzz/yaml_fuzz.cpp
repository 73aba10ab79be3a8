// YAML: what is accepted is written as YAML that reads back as the same value; what is refused is refused at a place.

#include <cstdint>
#include <string_view>

#include "libgw/wire/document/yaml.h"
#include "tests/fuzz/require.h"

using namespace gw;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto value = document::parse_yaml(text, {.file = "f.yaml"});
    if (!value) {
        REQUIRE_THAT_IT_HOLDS(!value.error().message.empty());
        return 0;
    }
    const std::string written = document::to_yaml(*value);
    const auto again = document::parse_yaml(written, {.size = SIZE_MAX});
    REQUIRE_THAT_IT_HOLDS(again && *again == *value);
    return 0;
}
