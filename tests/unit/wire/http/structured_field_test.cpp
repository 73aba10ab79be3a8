#include "libgw/wire/http/structured_field.h"

#include "tests/support/catch.h"

using namespace gw::http;

namespace {

std::string read(std::string_view text) {
    const auto members = parse_dictionary(text);
    if (!members) return "bad";
    std::string all;
    for (const auto& [key, value] : *members) {
        all.append(all.empty() ? "" : " ").append(key).append("=");
        switch (value.kind) {
            case BareItem::Kind::integer: all += std::to_string(value.integer); break;
            case BareItem::Kind::decimal: all += "decimal"; break;
            case BareItem::Kind::string: all.append("'").append(value.text).append("'"); break;
            case BareItem::Kind::token: all += value.text; break;
            case BareItem::Kind::bytes: all.append(":").append(value.text).append(":"); break;
            case BareItem::Kind::boolean: all += value.integer != 0 ? "yes" : "no"; break;
            case BareItem::Kind::date: all.append("@").append(std::to_string(value.integer)); break;
            case BareItem::Kind::inner_list: all += "list"; break;
        }
    }
    return all;
}

}  // namespace

TEST_CASE("dictionaries are read as RFC 9651 says") {
    CHECK(read("max-age=3600, no-store") == "max-age=3600 no-store=yes");
    CHECK(read("a=?0, b=?1, c=-5, d=1.5, e=\"x\\\"y\", f=tok/en:1, g=:YWI=:, h=@7, i=(1 2)") ==
          "a=no b=yes c=-5 d=decimal e='x\"y' f=tok/en:1 g=:YWI=: h=@7 i=list");
    CHECK(read("a;x;y=1, b=2;z=\"q\"") == "a=yes b=2");
    CHECK(read("a=1, b=2, a=3") == "a=3 b=2");
    CHECK(read("  a=1  ") == "a=1");
    CHECK(read("a=1\t,\tb") == "a=1 b=yes");
    CHECK(read("") == "");
    CHECK(read("*a=1") == "*a=1");
    CHECK(read("a=(1 \"b\";c d);e") == "a=list");
}

TEST_CASE("one fault anywhere, and nothing of the field counts") {
    for (const char* text : {"A=1",
                             "a=1,",
                             "a=1,,b",
                             ",a",
                             "a=",
                             "a =1",
                             "a= 1",
                             "a=&",
                             "a=1 b",
                             "a=\"x",
                             "a=\"\\x\"",
                             "a=?2",
                             "a=:x",
                             "a=1.",
                             "a=.5",
                             "a=1.2345",
                             "a=1234567890123456",
                             "a=-",
                             "a=@1.5",
                             "a=(1",
                             "a=(1,2)",
                             "1a",
                             "a=\"\x01\"",
                             "max-age=10000, &&&&&",
                             "a;=1",
                             "MaX-aGe=3600"}) {
        INFO(text);
        CHECK(read(text) == "bad");
    }
}

TEST_CASE("every prefix of a dictionary is read or refused") {
    constexpr std::string_view kText = "a=?0;p=1, b=\"x\\\\y\", c=(1 :YQ==: @3), d=-1.5";
    for (std::size_t size = 0; size <= kText.size(); ++size) (void)parse_dictionary(kText.substr(0, size));
    CHECK(parse_dictionary(kText));
}
