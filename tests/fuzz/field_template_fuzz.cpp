// Values of fields with $context variables: a template, a NUL, and what its variables hold. Whatever a caller's claims
// are, what goes out may stand in a field, or nothing goes out.

#include <cstdint>
#include <string>
#include <string_view>

#include "libgw/policy/integration/field_template.h"
#include "libgw/wire/http/grammar.h"
#include "tests/fuzz/require.h"

using namespace gw;
using namespace gw::integration;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto zero = text.find('\0');
    const std::string_view value = zero == text.npos ? std::string_view() : text.substr(zero + 1);
    const auto compiled = FieldTemplate::compile(text.substr(0, zero));
    if (!compiled) return 0;
    const ContextSource context{
        [](const void* self, std::string_view) { return std::string(*static_cast<const std::string_view*>(self)); },
        &value};
    const std::string filled = compiled->fill(context);
    if (compiled->is_plain()) {
        REQUIRE_THAT_IT_HOLDS(filled == text.substr(0, zero));
        return 0;
    }
    REQUIRE_THAT_IT_HOLDS(filled.empty() || http::is_field_value(filled));
    if (value.empty()) REQUIRE_THAT_IT_HOLDS(filled.empty());
    return 0;
}
