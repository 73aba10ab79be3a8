#include "libgw/wire/document/scalar.h"

#include <string>

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::document;

namespace {

Value resolved(std::string_view text) {
    auto value = resolve_scalar(text);
    INFO(text);
    REQUIRE(value.has_value());
    return *std::move(value);
}

}  // namespace

TEST_CASE("scalar: null and booleans are the words of YAML 1.2 and no others") {
    for (const char* text : {"", "~", "null", "Null", "NULL"}) CHECK(resolved(text).is_null());
    for (const char* text : {"true", "True", "TRUE"}) CHECK(*resolved(text).if_bool());
    for (const char* text : {"false", "False", "FALSE"}) CHECK_FALSE(*resolved(text).if_bool());
    for (const char* text : {"yes", "no", "on", "off", "y", "n", "Yes", "NO", "On", "OFF", "tRUE", "nULL"}) {
        CHECK(is_string_scalar(text));
    }
}

TEST_CASE("scalar: integers are decimal, 0o octal or 0x hexadecimal, and keep their text") {
    CHECK(resolved("0").to_int64() == 0);
    CHECK(resolved("-12").to_int64() == -12);
    CHECK(resolved("+12").to_int64() == 12);
    CHECK(resolved("+12").number_text() == "+12");
    CHECK(resolved("010").to_int64() == 10);
    CHECK(resolved("010").number_text() == "010");
    CHECK(resolved("0o17").to_int64() == 15);
    CHECK(resolved("0x1F").to_int64() == 31);
    CHECK(resolved("9223372036854775807").to_int64() == INT64_MAX);
    CHECK(resolved("-9223372036854775808").to_int64() == INT64_MIN);
    CHECK(resolved("18446744073709551615").to_uint64() == UINT64_MAX);
    CHECK_FALSE(resolved("18446744073709551616").is_integer());
    CHECK(resolved("-9223372036854775809").to_double() == -9223372036854775808.0);
    CHECK_FALSE(resolve_scalar("0xFFFFFFFFFFFFFFFFF"));
}

TEST_CASE("scalar: reals follow the core schema") {
    CHECK(resolved("1.").to_double() == 1.0);
    CHECK(resolved(".5").to_double() == 0.5);
    CHECK(resolved("+.5").to_double() == 0.5);
    CHECK(resolved("-1.5e3").to_double() == -1500.0);
    CHECK(resolved("1e-999999").to_double() == 0.0);
    for (const char* text : {"1e9999", "-1e9999", ".inf", "-.Inf", "+.INF", ".nan", ".NaN"}) {
        INFO(text);
        CHECK_FALSE(resolve_scalar(text));
    }
}

TEST_CASE("scalar: what looks like a number in YAML 1.1 or nearly like one is a string") {
    for (const char* text :
         {"12:30:45", "190:20:30", "1_000", "0b11",  "0o8",        "0xg", "0x",        "0o", "-0x1F", ".",   "-",  "+",
          "e3",       "1e",        "1e+",   "1.2.3", "2026-11-22", "29s", "127.0.0.1", "=",  "+-1",   "--1", "- 1"}) {
        INFO(text);
        CHECK(is_string_scalar(text));
    }
}
