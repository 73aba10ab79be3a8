#include "libgw/base/text.h"

#include <array>

#include "tests/support/catch.h"

using namespace gw;

TEST_CASE("only ASCII letters change their case", "[base][text]") {
    CHECK(to_lower("AZaz@[`{\xc3\x84") == "azaz@[`{\xc3\x84");
    CHECK(to_upper("AZaz@[`{\xc3\xa4") == "AZAZ@[`{\xc3\xa4");
    for (int c = 0; c < 256; ++c) {
        const char byte = static_cast<char>(c);
        if (!is_alpha(byte)) CHECK(to_lower(byte) == byte);
        CHECK(to_lower(to_upper(byte)) == to_lower(byte));
    }
}

TEST_CASE("names are equal whatever their case", "[base][text]") {
    CHECK(equals_ignoring_case("Content-Type", "cONTENT-tYPE"));
    CHECK_FALSE(equals_ignoring_case("a", "ab"));
    CHECK_FALSE(equals_ignoring_case("@", "`"));
    CHECK(starts_with_ignoring_case("Bearer abc", "bearer "));
    CHECK_FALSE(starts_with_ignoring_case("Bear", "bearer"));
    CHECK(starts_with_ignoring_case("x", ""));
}

TEST_CASE("optional white space is spaces and tabs and nothing else", "[base][text]") {
    CHECK(trim_ows(" \t a b \t") == "a b");
    CHECK(trim_ows(" \t ").empty());
    CHECK(trim_ows("\r\na\v").size() == 4);
}

TEST_CASE("splitting keeps empty pieces and joining undoes it", "[base][text]") {
    CHECK(split("", ',') == std::vector<std::string_view>{""});
    CHECK(split("a,,b,", ',') == std::vector<std::string_view>{"a", "", "b", ""});
    CHECK(join(split("a,,b,", ','), ",") == "a,,b,");
    CHECK(join(std::vector<std::string>{"x", "y"}, ", ") == "x, y");
    CHECK_FALSE(split_once("abc", '='));
    CHECK(split_once("a=b=c", '=')->second == "b=c");
}

TEST_CASE("an unsigned number is digits that fit", "[base][text]") {
    CHECK(parse_unsigned("0") == 0U);
    CHECK(parse_unsigned("007") == 7U);
    CHECK(parse_unsigned("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
    for (const char* text :
         {"", " 1", "1 ", "+1", "-1", "0x1", "1e3", "18446744073709551616", "99999999999999999999999"}) {
        CHECK_FALSE(parse_unsigned(text));
    }
    CHECK(parse_unsigned("10", 10) == 10U);
    CHECK_FALSE(parse_unsigned("11", 10));
    CHECK(parse_unsigned_as<std::uint16_t>("65535") == std::uint16_t{65535});
    CHECK_FALSE(parse_unsigned_as<std::uint16_t>("65536"));
}

TEST_CASE("the edit distance counts letters put in, taken out, changed and swapped", "[base][text]") {
    CHECK(edit_distance("", "") == 0);
    CHECK(edit_distance("abc", "abc") == 0);
    CHECK(edit_distance("abc", "") == 3);
    CHECK(edit_distance("abc", "abd") == 1);
    CHECK(edit_distance("abc", "acb") == 1);
    CHECK(edit_distance("kitten", "sitting") == 3);
    CHECK(edit_distance(std::string(1000, 'a'), "a") == 1000);
    CHECK(edit_distance(std::string(64, 'a'), std::string(64, 'b')) == 64);
}

TEST_CASE("the nearest word is offered and a far one is not", "[base][text]") {
    constexpr std::array<std::string_view, 4> kWords = {"integration", "routeKey", "timeout", "tls"};
    CHECK(closest("intergation", kWords) == "integration");
    CHECK(closest("routekey", kWords) == "routeKey");
    CHECK(closest("TIMEOUT", kWords) == "timeout");
    CHECK(closest("tsl", kWords) == "tls");
    CHECK(closest("banana", kWords).empty());
    CHECK(closest("", kWords).empty());
    CHECK(closest("x", std::array<std::string_view, 1>{"y"}).empty());
    CHECK(closest(std::string(100000, 'x'), kWords).empty());
    const std::vector<std::string> owned = {"alpha", "beta"};
    CHECK(closest("alhpa", owned) == "alpha");
}

TEST_CASE("UTF-8 is accepted in its only form", "[base][text]") {
    for (const char* text : {"", "abc", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                             "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "12345678 and \xe2\x82\xac more"}) {
        CHECK(is_utf8(text));
    }
    for (const char* text : {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xe0\x9f\xbf", "\xed\xa0\x80",
                             "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
                             "\xe2\x82", "\xe2\x28\xa1", "1234567\xff"}) {
        CHECK_FALSE(is_utf8(text));
    }
    CHECK(valid_utf8_prefix("123456789\xff") == 9);
}

TEST_CASE("every code point is written and read back, and none twice", "[base][text]") {
    for (char32_t code_point = 0; code_point <= 0x10ffff; code_point += code_point < 0x3000 ? 1 : 251) {
        if (code_point >= 0xd800 && code_point <= 0xdfff) continue;
        std::string text;
        append_utf8(text, code_point);
        const Utf8Character character = decode_utf8(text);
        REQUIRE(character.code_point == code_point);
        REQUIRE(character.size == text.size());
    }
    std::string replaced;
    append_utf8(replaced, 0xd800);
    append_utf8(replaced, 0x110000);
    CHECK(replaced == "\xef\xbf\xbd\xef\xbf\xbd");
}

TEST_CASE("the string hash is SipHash-1-3", "[base][text]") {
    // computed by CPython 3.11, whose hash of bytes is SipHash-1-3; with PYTHONHASHSEED=0 its key is zero
    CHECK(siphash("a", {0, 0}) == 4644417185603328019U);
    CHECK(siphash("abc", {0, 0}) == 13851880170939887858U);
    CHECK(siphash("12345678", {0, 0}) == 3785724242978802311U);
    CHECK(siphash("hello world, this is gw", {0, 0}) == 16328823306062342617U);
    CHECK(siphash("abc", {1, 0}) != siphash("abc", {0, 0}));
    CHECK(siphash("abc", {0, 1}) != siphash("abc", {0, 0}));
}

TEST_CASE("a seeded map is searched without making a string", "[base][text]") {
    SeededMap<int> map(0, SeededHash(HashSeed{1, 2}));
    map.emplace("key", 7);
    CHECK(map.find(std::string_view("key"))->second == 7);
    CHECK(map.find(std::string_view("Key")) == map.end());
}
