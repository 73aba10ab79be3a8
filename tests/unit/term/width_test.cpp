#include "libgw/term/width.h"

#include "libgw/base/random.h"
#include "libgw/base/text.h"
#include "tests/support/catch.h"

using namespace gw::term;

TEST_CASE("a character takes the columns that a terminal gives it", "[term][width]") {
    CHECK(display_width("") == 0);
    CHECK(display_width("abc") == 3);
    CHECK(display_width("h\xc3\xa9") == 2);
    CHECK(display_width("e\xcc\x81") == 1);
    CHECK(display_width("\xe6\x97\xa5\xe6\x9c\xac") == 4);
    CHECK(display_width("\xf0\x9f\x98\x80") == 2);
    CHECK(display_width("\xef\xbc\xa1") == 2);
    CHECK(display_width("\xe2\x86\x92") == 1);
    CHECK(display_width("\xff\xfe") == 2);
    CHECK(display_width("\x1b") == 0);
    CHECK(width_of(0x10ff) == 1);
    CHECK(width_of(0x1100) == 2);
    CHECK(width_of(0x115f) == 2);
    CHECK(width_of(0x1160) == 1);
    CHECK(width_of(0x10ffff) == 1);
}

TEST_CASE("a text is cut with an ellipsis within its columns", "[term][width]") {
    CHECK(shorten("orders", 6) == "orders");
    CHECK(shorten("orders", 5) == "orde\xe2\x80\xa6");
    CHECK(shorten("orders", 1) == "\xe2\x80\xa6");
    CHECK(shorten("orders", 0).empty());
    CHECK(shorten("\xe6\x97\xa5\xe6\x9c\xac", 3) == "\xe6\x97\xa5\xe2\x80\xa6");
    CHECK(shorten("\xe6\x97\xa5\xe6\x9c\xac", 2) == "\xe2\x80\xa6");
    gw::Random random(2);
    for (int round = 0; round < 2000; ++round) {
        std::string text;
        for (std::uint64_t i = random.below(12); i > 0; --i) {
            gw::append_utf8(text,
                            static_cast<char32_t>(random.below(2) == 0 ? random.below(0x400) : random.below(0x20000)));
        }
        const std::size_t columns = random.below(14);
        REQUIRE(display_width(shorten(text, columns)) <= columns);
        REQUIRE(gw::is_utf8(shorten(text, columns)));
    }
}

TEST_CASE("no text can steer the terminal", "[term][width]") {
    CHECK(printable("a\tb") == "a b");
    CHECK(printable("\x1b[2J\r\n") == "\xef\xbf\xbd[2J\xef\xbf\xbd\xef\xbf\xbd");
    CHECK(printable("\xc2\x9b") == "\xef\xbf\xbd");
    CHECK(printable("\xe2\x80\xae") == "\xef\xbf\xbd");
    CHECK(printable("\xff\x80") == "\xef\xbf\xbd\xef\xbf\xbd");
    CHECK(printable("h\xc3\xa9 \xe6\x97\xa5") == "h\xc3\xa9 \xe6\x97\xa5");
}

TEST_CASE("a long line is broken at spaces, and its columns stay as they are", "[term][width]") {
    CHECK(wrap("stage      a b c", 80, 11) == "stage      a b c");
    CHECK(wrap("stage      aaa bbb ccc", 18, 11) == "stage      aaa bbb\n           ccc");
    CHECK(wrap("stage      aaa bbb ccc", 0, 11) == "stage      aaa bbb ccc");
    CHECK(wrap("one two", 3, 0) == "one\ntwo");
    CHECK(wrap("longer-than-the-line b", 5, 2) == "longer-than-the-line\n  b");
    CHECK(wrap("a   ", 2, 0) == "a");
    CHECK(wrap("\xe6\x97\xa5\xe6\x9c\xac x", 5, 0) == "\xe6\x97\xa5\xe6\x9c\xac\nx");
    CHECK(wrap("", 5, 2).empty());
}
