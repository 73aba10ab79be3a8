#include "libgw/wire/http/field_name.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "tests/support/catch.h"

using namespace gw::http;

namespace {
constexpr auto kCount = static_cast<unsigned>(FieldName::count_);
}

TEST_CASE("every known name is found in any case, and by no other spelling") {
    for (unsigned i = 1; i < kCount; ++i) {
        const auto id = static_cast<FieldName>(i);
        const std::string name(name_of(id));
        INFO(name);
        REQUIRE_FALSE(name.empty());
        CHECK(to_field_name(name) == id);
        std::string upper = name;
        std::transform(upper.begin(), upper.end(), upper.begin(),
                       [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
        CHECK(to_field_name(upper) == id);
        // Every byte matters, and a bit that makes a letter lower case makes no hyphen of a control byte.
        for (std::size_t at = 0; at < name.size(); ++at) {
            for (const int flip : {0x01, 0x10, 0x20, 0x40, 0x80}) {
                std::string other = name;
                other[at] = static_cast<char>(other[at] ^ flip);
                if (flip == 0x20 && std::isalpha(static_cast<unsigned char>(name[at]))) {
                    CHECK(to_field_name(other) == id);
                } else {
                    CHECK(to_field_name(other) != id);
                }
            }
        }
        CHECK(to_field_name(name + "x") != id);
        CHECK(to_field_name(name.substr(1)) != id);
        CHECK(to_field_name(name + '\0') != id);
    }
}

TEST_CASE("names are spelled as the enum says and in its order") {
    CHECK(name_of(FieldName::other).empty());
    CHECK(name_of(FieldName::accept) == "accept");
    CHECK(name_of(FieldName::http2_settings) == "http2-settings");
    CHECK(name_of(FieldName::te) == "te");
    CHECK(name_of(FieldName::x_amzn_trace_id) == "x-amzn-trace-id");
    CHECK(name_of(FieldName::x_real_ip) == "x-real-ip");
    for (unsigned i = 2; i < kCount; ++i) {
        CHECK(name_of(static_cast<FieldName>(i - 1)) < name_of(static_cast<FieldName>(i)));
    }
}

TEST_CASE("a name that is not in the list is other") {
    CHECK(to_field_name("") == FieldName::other);
    CHECK(to_field_name("x") == FieldName::other);
    CHECK(to_field_name("x-custom") == FieldName::other);
    CHECK(to_field_name(std::string(10000, 'a')) == FieldName::other);
}
