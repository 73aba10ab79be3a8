// The small parsers of field values: authority, URL, address, network, X-Forwarded-For, media type, query, names.

#include <cstdint>
#include <string>
#include <string_view>

#include <arpa/inet.h>

#include "libgw/wire/http/encoder.h"
#include "libgw/wire/http/forwarded.h"
#include "libgw/wire/http/grammar.h"
#include "libgw/wire/http/hop_by_hop.h"
#include "libgw/wire/http/media_type.h"
#include "libgw/wire/http/query.h"
#include "libgw/wire/http/uri.h"
#include "tests/fuzz/require.h"

using namespace gw::http;

namespace {

void check_authority(std::string_view text) {
    std::string canonical;
    const bool good = canonical_authority(text, 80, canonical);
    const auto authority = Authority::parse(text);
    REQUIRE_THAT_IT_HOLDS(authority.has_value() == good);
    if (!good) return;
    REQUIRE_THAT_IT_HOLDS(authority->text(80) == canonical);
    REQUIRE_THAT_IT_HOLDS(canonical.find_first_of(" ,/@\\?#%") == std::string::npos && is_visible(canonical));
    std::string again;
    REQUIRE_THAT_IT_HOLDS(canonical_authority(canonical, 80, again) && again == canonical);
}

void check_address(const std::string& text) {
    const auto address = IpAddress::parse(text);
    if (text.find('\0') == std::string::npos) {
        IpAddress expected;
        const bool v6 = inet_pton(AF_INET6, text.c_str(), expected.bytes.data()) == 1;
        const bool v4 = inet_pton(AF_INET, text.c_str(), expected.bytes.data()) == 1;
        REQUIRE_THAT_IT_HOLDS(address.has_value() == (v6 || v4));
    }
    if (address) REQUIRE_THAT_IT_HOLDS(IpAddress::parse(address->text()) == address);
    if (const auto network = Cidr::parse(text)) REQUIRE_THAT_IT_HOLDS(network->contains(network->network));
}

void check_url(std::string_view text) {
    const auto url = Url::parse(text);
    if (!url) return;
    const auto again = Url::parse(url->text());
    REQUIRE_THAT_IT_HOLDS(again.has_value() && again->text() == url->text() && again->port() == url->port());
    REQUIRE_THAT_IT_HOLDS(is_visible(url->text()));
}

void check_forwarded(std::string_view text) {
    if (!is_field_value(text)) return;
    Fields fields;
    fields.add("x-forwarded-for", text);
    fields.add("x-forwarded-for", trim_ows(text));
    const IpAddress peer = *IpAddress::parse("10.0.0.1");
    unsigned asked = 0;
    const IpAddress client = find_client(fields, peer, [&](const IpAddress&) { return ++asked <= 100; });
    REQUIRE_THAT_IT_HOLDS(asked <= 33);
    const IpAddress nobody = find_client(fields, peer, [](const IpAddress&) { return false; });
    REQUIRE_THAT_IT_HOLDS(nobody == peer && (client == peer || !text.empty()));
}

void check_names(std::string_view text) {
    const FieldName id = to_field_name(text);
    if (id != FieldName::other) REQUIRE_THAT_IT_HOLDS(equals_ignoring_case(text, name_of(id)));
    if (is_disguised(text)) REQUIRE_THAT_IT_HOLDS(has_underscore(text));
    std::string out;
    HeadWriter writer(out);
    writer.field("x", text);
    if (writer.end()) {
        REQUIRE_THAT_IT_HOLDS(out.find_first_of("\r\n") == out.size() - 4);
        REQUIRE_THAT_IT_HOLDS(out.find('\0') == std::string::npos);
    }
}

void check_texts(std::string_view text) {
    if (const auto type = MediaType::parse(text)) {
        REQUIRE_THAT_IT_HOLDS(type->matches("*/*") && type->matches(type->essence));
        REQUIRE_THAT_IT_HOLDS(MediaType::parse(type->essence)->essence == type->essence);
    }
    std::size_t size = 0;
    for (QueryReader query(text); auto parameter = query.next();) {
        REQUIRE_THAT_IT_HOLDS(parameter->name.find_first_of("&=") == std::string_view::npos);
        REQUIRE_THAT_IT_HOLDS(decode_query(parameter->value).size() <= parameter->value.size());
        size += parameter->name.size() + parameter->value.size();
    }
    REQUIRE_THAT_IT_HOLDS(size <= text.size());
    REQUIRE_THAT_IT_HOLDS(percent_decode(percent_encode(text)) == text);
    if (const auto length = parse_content_length(text)) REQUIRE_THAT_IT_HOLDS(std::to_string(*length) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 4096) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_authority(text);
    check_address(std::string(text));
    check_url(text);
    check_forwarded(text);
    check_names(text);
    check_texts(text);
    return 0;
}
