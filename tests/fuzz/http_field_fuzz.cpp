// The small parsers of field values and names: lists, numbers, media types; and the one writer of fields, which lets
// nothing through that a plain reader would take for more than one line.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/wire/http/encoder.h"
#include "libgw/wire/http/grammar.h"
#include "libgw/wire/http/hop_by_hop.h"
#include "libgw/wire/http/media_type.h"
#include "tests/fuzz/plain_reader.h"
#include "tests/fuzz/require.h"

using namespace gw::http;

namespace {

void check_names(std::string_view text) {
    const FieldName id = to_field_name(text);
    if (id != FieldName::other) REQUIRE_THAT_IT_HOLDS(gw::fuzz::lower(text) == name_of(id));
    std::string plain = gw::fuzz::lower(text);
    for (char& c : plain)
        if (c == '_') c = '-';
    const bool means_more = is_hop_by_hop(to_field_name(plain)) || is_protected(to_field_name(plain), plain);
    REQUIRE_THAT_IT_HOLDS(is_disguised(text) == (has_underscore(text) && means_more));
    REQUIRE_THAT_IT_HOLDS(is_protected(id, text) == is_protected(id, gw::fuzz::lower(text)));
}

// Name and value as the text says them: "name: value".
void check_writer(std::string_view text) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    const std::string_view name = text.substr(0, colon);
    const std::string_view value = text.substr(std::min(colon + 1, text.size()));
    std::string out;
    HeadWriter writer(out);
    writer.request_line("GET", "/");
    writer.field(name, value);
    if (!writer.end()) return;
    gw::fuzz::Message read;
    REQUIRE_THAT_IT_HOLDS(gw::fuzz::read_request(out, {}, read) == gw::fuzz::Sight::whole && read.size == out.size());
    REQUIRE_THAT_IT_HOLDS(read.fields.size() == 1 && read.fields[0].first == name);
    REQUIRE_THAT_IT_HOLDS(read.fields[0].second == trim_ows(value));
    REQUIRE_THAT_IT_HOLDS(read.count("content-length") == 0 && read.count("transfer-encoding") == 0);
}

void check_lists(std::string_view text) {
    std::vector<std::string> expected(1);
    for (const char c : text) {
        if (c == ',') {
            expected.emplace_back();
        } else {
            expected.back() += c;
        }
    }
    std::size_t index = 0;
    bool close = false;
    for (ListReader list(text); const auto element = list.next(); ++index) {
        REQUIRE_THAT_IT_HOLDS(index < expected.size() && *element == gw::fuzz::trim(expected[index]));
        close |= gw::fuzz::lower(*element) == "close";
    }
    REQUIRE_THAT_IT_HOLDS(index == expected.size() && list_has(text, "close") == close);

    std::uint64_t value = 0;
    const bool number =
        gw::fuzz::read_number(text, 10, {}, value) && value <= INT64_MAX && (text == "0" || !text.starts_with('0'));
    const auto length = parse_content_length(text);
    REQUIRE_THAT_IT_HOLDS(length.has_value() == number && length.value_or(value) == value);
}

void check_media_type(std::string_view text) {
    const auto type = MediaType::parse(text);
    if (!type) return;
    const std::size_t slash = type->essence.find('/');
    REQUIRE_THAT_IT_HOLDS(is_token(type->essence.substr(0, slash)) && is_token(type->essence.substr(slash + 1)));
    REQUIRE_THAT_IT_HOLDS(gw::fuzz::lower(text).find(type->essence) != std::string::npos);
    REQUIRE_THAT_IT_HOLDS(type->matches("*/*") && type->matches(type->essence));
    REQUIRE_THAT_IT_HOLDS(type->matches(type->essence.substr(0, slash + 1) + "*"));
    REQUIRE_THAT_IT_HOLDS(is_field_value(type->charset) && MediaType::parse(type->essence)->essence == type->essence);
    REQUIRE_THAT_IT_HOLDS(!(type->is_json() && type->is_xml()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 4096) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_names(text);
    check_writer(text);
    check_lists(text);
    check_media_type(text);
    return 0;
}
