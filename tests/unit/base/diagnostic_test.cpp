#include "libgw/base/diagnostic.h"

#include "tests/support/catch.h"

using namespace gw;

TEST_CASE("diagnostic: it shows place, line, caret and hint") {
    Diagnostics diagnostics;
    diagnostics.add_source("gw.yaml", "apis:\n  - intergration: x\n");
    diagnostics.error("unknown key 'intergration'", {"gw.yaml", 2, 5}, "did you mean 'integration'?", 12);
    CHECK(diagnostics.render() ==
          "gw.yaml:2:5: error: unknown key 'intergration'\n"
          "    2 |   - intergration: x\n"
          "      |     ^~~~~~~~~~~~\n"
          "  hint: did you mean 'integration'?\n");
}

TEST_CASE("diagnostic: what has no place or no text says less") {
    Diagnostics diagnostics;
    diagnostics.warning("no routes", {});
    diagnostics.error("file gw.yaml: no such file", {"gw.yaml", 0, 0});
    diagnostics.error("odd", {"other.yaml", 3, 4});
    CHECK(diagnostics.render() ==
          "warning: no routes\n"
          "gw.yaml: error: file gw.yaml: no such file\n"
          "other.yaml:3:4: error: odd\n");
    CHECK(diagnostics.errors() == 2);
    CHECK(diagnostics.warnings() == 1);
}

TEST_CASE("diagnostic: the caret stands under the word, behind tabs, accents and wide characters") {
    Diagnostics diagnostics;
    diagnostics.add_source("f", "\tkéy: bad # x\n日本: bad\n");
    diagnostics.error("a", {"f", 1, 7});
    diagnostics.error("b", {"f", 2, 5});
    CHECK(diagnostics.render() ==
          "f:1:7: error: a\n"
          "    1 |     kéy: bad # x\n"
          "      |          ^~~\n"
          "f:2:5: error: b\n"
          "    2 | 日本: bad\n"
          "      |       ^~~\n");
}

TEST_CASE("diagnostic: a quoted word is underlined to its closing quote") {
    Diagnostics diagnostics;
    diagnostics.add_source("f", "k: \"a \\\" b\", z\nk: 'open\n");
    diagnostics.error("a", {"f", 1, 4});
    diagnostics.error("b", {"f", 2, 4});
    const std::string text = diagnostics.render();
    CHECK(text.find("      |    ^~~~~~~~\n") != text.npos);
    CHECK(text.find("      |    ^~~~~\n") != text.npos);
}

TEST_CASE("diagnostic: a place beyond the line points behind it, and beyond the text shows no line") {
    Diagnostics diagnostics;
    diagnostics.add_source("f", "ab");
    diagnostics.error("a", {"f", 1, 3});
    diagnostics.error("b", {"f", 9, 1});
    CHECK(diagnostics.render() == "f:1:3: error: a\n    1 | ab\n      |   ^\nf:9:1: error: b\n");
}

TEST_CASE("diagnostic: nothing that moves a terminal's cursor gets through") {
    Diagnostics diagnostics;
    diagnostics.add_source("f", "k: \x1b[2J\x9b\xff\r\n");
    diagnostics.error("bad \x1b[31m \xe2\x80\xae", {"f", 1, 4}, "not \x07 this");
    const std::string text = diagnostics.render();
    CHECK(text.find('\x1b') == text.npos);
    CHECK(text.find('\x07') == text.npos);
    CHECK(text.find('\r') == text.npos);
    CHECK(text.find("\xe2\x80\xae") == text.npos);
    CHECK(text.find("\xef\xbf\xbd[2J") != text.npos);
}

TEST_CASE("diagnostic: a long line is cut around the caret") {
    Diagnostics diagnostics;
    diagnostics.add_source("f", std::string(500, 'a') + " bad " + std::string(500, 'b'));
    diagnostics.error("x", {"f", 1, 502}, {}, 3);
    const std::string text = diagnostics.render();
    CHECK(text.size() < 300);
    CHECK(text.find("  1 | ...aaa") != text.npos);
    CHECK(text.find("bbb...\n") != text.npos);
    CHECK(text.find('^') - text.find("      | ") == text.find(" bad ") + 1 - text.find("    1 | "));
}

TEST_CASE("diagnostic: beyond a hundred they are counted and not kept") {
    Diagnostics diagnostics;
    for (int i = 0; i < 250; ++i) diagnostics.error("x", {});
    CHECK(diagnostics.all().size() == Diagnostics::kMaximum);
    CHECK(diagnostics.errors() == 250);
    CHECK(diagnostics.render().ends_with("... and 150 more\n"));
}

TEST_CASE("diagnostic: sorting goes by file, line and column and keeps the order of equals") {
    Diagnostics diagnostics;
    diagnostics.error("c", {"b", 1, 1});
    diagnostics.error("b", {"a", 2, 1});
    diagnostics.error("a", {"a", 1, 9});
    diagnostics.error("a2", {"a", 1, 9});
    diagnostics.sort();
    CHECK(diagnostics.render() == "a:1:9: error: a\na:1:9: error: a2\na:2:1: error: b\nb:1:1: error: c\n");
}

TEST_CASE("diagnostic: the text of a quoted string begins behind its quote") {
    Diagnostics diagnostics;
    diagnostics.add_source("f", "é: 'a'\nb: c\n");
    CHECK(diagnostics.inside({"f", 1, 4}, "a").column == 5);
    CHECK(diagnostics.inside({"f", 2, 4}, "c").column == 4);
    CHECK(diagnostics.inside({"f", 9, 4}, "c").column == 4);
    CHECK(diagnostics.inside({"g", 1, 4}, "a").column == 4);
}

TEST_CASE("diagnostic: lines of the command line are numbered as they come") {
    Diagnostics diagnostics;
    CHECK(diagnostics.add_line("command line", "GET /a=x") == 1);
    CHECK(diagnostics.add_line("command line", "b\nc") == 2);
    diagnostics.error("no", {"command line", 2, 1});
    CHECK(diagnostics.render() == "command line: error: no\n      | b c\n      | ^\n");
}

TEST_CASE("diagnostic: paint is asked for every part") {
    Diagnostics diagnostics;
    diagnostics.add_source("f", "ab");
    diagnostics.warning("m", {"f", 1, 1}, "h");
    const std::string text = diagnostics.render([](DiagnosticPart part, std::string_view s) {
        return std::to_string(static_cast<int>(part)) + std::string(s);
    });
    CHECK(text == "0f:1:1: 2warning: 3m\n4    1 | ab\n4      | 5^~\n  6hint: h\n");
}

TEST_CASE("what has no place is said by the program, and its hint too") {
    Diagnostics diagnostics;
    diagnostics.error("there is nothing", {}, "give something");
    diagnostics.error("no", {"a.yaml", 3, 0}, "yes");
    CHECK(diagnostics.render({}, "gw-x") ==
          "gw-x: error: there is nothing\ngw-x: hint: give something\na.yaml:3: error: no\n  hint: yes\n");
    CHECK(diagnostics.render().starts_with("error: there is nothing\n  hint: give something\n"));
}
