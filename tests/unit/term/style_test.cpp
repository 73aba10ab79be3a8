#include "libgw/term/style.h"

#include "tests/support/catch.h"

using namespace gw::term;

TEST_CASE("colour is used on a terminal that knows it, unless somebody says otherwise", "[term][style]") {
    constexpr auto kAuto = ColourChoice::automatic;
    CHECK(use_colour(kAuto, true, std::nullopt, "xterm"));
    CHECK_FALSE(use_colour(kAuto, false, std::nullopt, "xterm"));
    CHECK_FALSE(use_colour(kAuto, true, "1", "xterm"));
    CHECK(use_colour(kAuto, true, "", "xterm"));
    CHECK_FALSE(use_colour(kAuto, true, std::nullopt, "dumb"));
    CHECK_FALSE(use_colour(kAuto, true, std::nullopt, ""));
    CHECK_FALSE(use_colour(kAuto, true, std::nullopt, std::nullopt));
    CHECK(use_colour(ColourChoice::always, false, "1", "dumb"));
    CHECK_FALSE(use_colour(ColourChoice::never, true, std::nullopt, "xterm"));
}

TEST_CASE("the words for colour are three", "[term][style]") {
    CHECK(parse_colour_choice("auto") == ColourChoice::automatic);
    CHECK(parse_colour_choice("always") == ColourChoice::always);
    CHECK(parse_colour_choice("never") == ColourChoice::never);
    CHECK_FALSE(parse_colour_choice("Always"));
    CHECK_FALSE(parse_colour_choice(""));
}

TEST_CASE("paint is put on and taken off, and only with colour", "[term][style]") {
    CHECK(Style().paint(Paint::red, "no") == "no");
    CHECK(Style(true).paint(Paint::red, "no") == "\x1b[31mno\x1b[0m");
    CHECK(Style(true).paint(Paint::plain, "no") == "no");
    CHECK(Style(true).paint(Paint::red, "").empty());
    CHECK(Style(true).bold("x") == "\x1b[1mx\x1b[0m");
    CHECK(Style(true).dim("x") == "\x1b[2mx\x1b[0m");
}

TEST_CASE("a status has the colour of its class", "[term][style]") {
    CHECK(paint_of_status(101) == Paint::plain);
    CHECK(paint_of_status(200) == Paint::green);
    CHECK(paint_of_status(304) == Paint::cyan);
    CHECK(paint_of_status(429) == Paint::yellow);
    CHECK(paint_of_status(503) == Paint::red);
}
