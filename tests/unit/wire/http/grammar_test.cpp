#include "libgw/wire/http/grammar.h"

#include <cctype>
#include <string>
#include <vector>

#include "tests/support/catch.h"

using namespace gw::http;

TEST_CASE("the byte classes are those of the RFCs") {
    for (int i = 0; i < 256; ++i) {
        const char c = static_cast<char>(i);
        const bool alnum = i < 128 && std::isalnum(i);
        INFO(i);
        CHECK(((class_of(c) & kToken) != 0) ==
              (alnum || (i && std::string("!#$%&'*+-.^_`|~").find(c) != std::string::npos)));
        CHECK(((class_of(c) & kUnreserved) != 0) == (alnum || (i && std::string("-._~").find(c) != std::string::npos)));
        CHECK(((class_of(c) & kHostByte) != 0) == (alnum || c == '.' || c == '-' || c == '_'));
        CHECK(((class_of(c) & kHexDigit) != 0) == (i < 128 && std::isxdigit(i)));
        CHECK((hex_value(c) >= 0) == (i < 128 && std::isxdigit(i)));
        CHECK(((class_of(c) & kValueByte) != 0) == (i == 9 || (i >= 32 && i != 127)));
        CHECK(((class_of(c) & kUnderscore) != 0) == (c == '_'));
    }
}

TEST_CASE("a control byte is found wherever in a value it stands") {
    for (std::size_t size = 1; size < 40; ++size) {
        const std::string plain(size, 'x');
        CHECK(is_field_value(plain));
        for (std::size_t at = 0; at < size; ++at) {
            for (int c = 0; c < 256; ++c) {
                std::string text = plain;
                text[at] = static_cast<char>(c);
                if (is_field_value(text) != (c == 9 || (c >= 32 && c != 127))) FAIL("byte " << c << " at " << at);
            }
        }
    }
    CHECK(is_field_value(""));
}

TEST_CASE("has_control sees exactly the bytes below a space and DEL") {
    for (unsigned c = 0; c < 256; ++c) {
        for (unsigned at = 0; at < 8; ++at) {
            for (const std::uint64_t rest :
                 {0x2020202020202020ULL, 0xffffffffffffffffULL, 0x8080808080808080ULL, 0x7e7e7e7e7e7e7e7eULL}) {
                const std::uint64_t word = (rest & ~(0xffULL << (8 * at))) | static_cast<std::uint64_t>(c) << (8 * at);
                if (has_control(word) != (c < 0x20 || c == 0x7f)) FAIL("byte " << c << " at " << at);
            }
        }
    }
}

TEST_CASE("a list is read element by element, empty ones too") {
    std::vector<std::string> elements;
    for (ListReader list(" a,,b\t, c d ,"); auto element = list.next();) elements.emplace_back(*element);
    CHECK(elements == std::vector<std::string>{"a", "", "b", "c d", ""});
    CHECK(list_has("keep-alive, Upgrade", "upgrade"));
    CHECK_FALSE(list_has("keep-alive, upgraded", "upgrade"));
    CHECK_FALSE(list_has("", "upgrade"));
}

TEST_CASE("a Content-Length is digits and fits") {
    CHECK(parse_content_length("0") == 0U);
    CHECK(parse_content_length("10") == 10U);
    CHECK(parse_content_length("9223372036854775807") == 9223372036854775807U);
    for (const char* text : {"", "00", "01", "+1", "-1", " 1", "1 ", "1,1", "0x1", "1a", "9223372036854775808",
                             "18446744073709551616", "99999999999999999999999"}) {
        INFO(text);
        CHECK_FALSE(parse_content_length(text).has_value());
    }
}

TEST_CASE("tokens, visible text and comparisons") {
    CHECK(is_token("a!~"));
    CHECK_FALSE(is_token(""));
    CHECK_FALSE(is_token("a b"));
    CHECK_FALSE(is_token("\x80"));
    CHECK(is_visible("/a?b"));
    CHECK_FALSE(is_visible(""));
    CHECK_FALSE(is_visible("a\x80"));
    CHECK(equals_ignoring_case("Ab-[", "aB-["));
    CHECK_FALSE(equals_ignoring_case("@", "`"));
    CHECK_FALSE(equals_ignoring_case("[", "{"));
    CHECK(starts_with_ignoring_case("X-Amz-Date", "x-amz"));
    CHECK_FALSE(starts_with_ignoring_case("X-Am", "x-amz"));
    CHECK(trim_ows(" \ta b\t ") == "a b");
    CHECK(trim_ows(" \t").empty());
    CHECK(has_valid_escapes("%41%zZ") == false);
    CHECK(has_valid_escapes("%41%C3"));
}
