#include "libgw/base/pattern.h"

#include "tests/support/catch.h"

using namespace gw;

TEST_CASE("a pattern matches the whole text or a part of it", "[base][pattern]") {
    const Pattern pattern = *Pattern::compile("[a-c]+");
    CHECK(pattern.full_match("abc"));
    CHECK_FALSE(pattern.full_match("abcd"));
    CHECK(pattern.partial_match("xxabcd"));
    CHECK_FALSE(pattern.partial_match(""));
    CHECK(pattern.text() == "[a-c]+");
    const Pattern anchored = *Pattern::compile("^a|b$");
    CHECK(anchored.partial_match("ax"));
    CHECK(anchored.partial_match("xb"));
    CHECK_FALSE(anchored.partial_match("xax"));
    CHECK_FALSE(anchored.full_match("ax"));
    CHECK((*Pattern::compile("")).full_match(""));
    CHECK_FALSE((*Pattern::compile("a$")).partial_match("a\n"));
}

TEST_CASE("groups are given back as parts of the text", "[base][pattern]") {
    const Pattern pattern = *Pattern::compile("(\\w+)=(\\d+)?(x)?");
    CHECK(pattern.groups() == 3);
    std::vector<std::string_view> out = {"stale"};
    const std::string subject = "age=42";
    REQUIRE(pattern.captures(subject, out));
    CHECK(out == std::vector<std::string_view>{"age", "42", ""});
    CHECK(out[0].data() == subject.data());
    CHECK_FALSE(pattern.captures("age", out));
    CHECK(out.empty());
}

TEST_CASE("what RE2 cannot do in linear time does not compile", "[base][pattern]") {
    for (const char* text : {"(", "[", "a**", "(?=a)", "(a)\\1", "\\", "a{2000}", "(?P<>a)", "\xff"}) {
        INFO(text);
        const auto pattern = Pattern::compile(text);
        REQUIRE_FALSE(pattern);
        CHECK(pattern.error().message.find("pattern") == 0);
    }
    CHECK(Pattern::compile("(?=a)").error().hint == "patterns are RE2's: no look-around and no back-references");
    CHECK(Pattern::compile("(").error().hint.empty());
}

TEST_CASE("a pattern stays within its memory", "[base][pattern]") {
    CHECK(Pattern::compile("((a{100}){100}){100}").error().code == Errc::limit);
    CHECK(Pattern::compile("(?i)(\\pL{1000}|\\pL{999}){5}").error().code == Errc::limit);
    CHECK(Pattern::compile(std::string(Pattern::kMaxText + 1, 'a')).error().code == Errc::limit);
    CHECK(Pattern::compile(std::string(4000, 'a')).has_value());
}

TEST_CASE("an evil pattern takes linear time", "[base][pattern]") {
    const Pattern pattern = *Pattern::compile("(a+)+$");
    CHECK_FALSE(pattern.full_match(std::string(100000, 'a') + "!"));
    const Pattern wide = *Pattern::compile("(.*a.{20})*");
    CHECK_FALSE(wide.full_match(std::string(50000, 'a') + "\n"));
}

TEST_CASE("bytes that are not UTF-8 match nothing", "[base][pattern]") {
    const Pattern pattern = *Pattern::compile(".+");
    CHECK(pattern.full_match("\xe2\x82\xac"));
    CHECK_FALSE(pattern.full_match("\xff"));
    CHECK_FALSE((*Pattern::compile("...")).full_match("\xe2\x82\xac"));
}
