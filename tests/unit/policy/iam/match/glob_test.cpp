#include "libgw/policy/iam/match/glob.h"

#include "libgw/base/random.h"
#include "tests/support/catch.h"
#include "tests/support/naive_iam.h"

using gw::iam::Glob;

namespace {

bool matches(std::string_view pattern, std::string_view text) { return Glob::wild(pattern).matches(text); }

std::size_t work_of(const Glob& glob, std::string_view text) {
    std::size_t work = 0;
    (void)glob.matches(text, &work);
    return work;
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
}

}  // namespace

TEST_CASE("a glob matches whole texts, with any text for a star and one character for a question mark") {
    struct Row {
        const char* pattern;
        const char* text;
        bool expected;
    };
    const Row row = GENERATE(values<Row>({
        {"", "", true},
        {"", "a", false},
        {"a", "", false},
        {"a", "a", true},
        {"a", "A", false},
        {"*", "", true},
        {"*", "a/b:c", true},
        {"**", "", true},
        {"a*", "a", true},
        {"a*", "ba", false},
        {"*a", "ba", true},
        {"*a", "ab", false},
        {"a*a", "a", false},
        {"a*a", "aa", true},
        {"a*b*c", "abc", true},
        {"a*b*c", "aXbYc", true},
        {"a*b*c", "acb", false},
        {"a*ab", "aab", true},
        {"*ab*ab", "ab", false},
        {"*ab*ab", "abab", true},
        {"?", "", false},
        {"?", "a", true},
        {"?", "ab", false},
        {"??*", "a", false},
        {"*?", "", false},
        {"*?", "abc", true},
        {"a?c", "abc", true},
        {"a?c", "ac", false},
        {"*a?c*", "xabcx", true},
        {"*a?c*", "xabxcx", false},
        {"*a?", "aab", true},
        {"*?b", "aab", true},
        {"*aab*", "aaab", true},
        {"*abab*", "abaabab", true},
        {"x*y", "xy", true},
        {"x*y", "xyz", false},
        {"?", "\xc3\xa9", true},
        {"??", "\xc3\xa9", false},
        {"*?", "\xe2\x82\xac", true},
        {"*??", "\xe2\x82\xac", false},
        {"a?c",
         "a\xf0\x9f\x98\x80"
         "c",
         true},
        {"?", "\xff", true},
        {"?", "\xff\xff", false},
    }));
    CAPTURE(row.pattern, row.text);
    CHECK(matches(row.pattern, row.text) == row.expected);
}

TEST_CASE("what the text of a request says is never a wildcard of a glob") {
    CHECK_FALSE(matches("pets", "*"));
    CHECK_FALSE(matches("pets", "p?ts"));
    CHECK(matches("p?ts", "p*ts"));
    CHECK(matches("*", "*"));
    CHECK_FALSE(matches("a*c", "*"));
}

TEST_CASE("only the glob of stars is any") {
    CHECK(Glob::wild("*").is_any());
    CHECK(Glob::wild("***").is_any());
    CHECK_FALSE(Glob::wild("*a*").is_any());
    CHECK_FALSE(Glob::wild("?*").is_any());
    CHECK_FALSE(Glob().is_any());
    CHECK(Glob().matches(""));
}

TEST_CASE("globs agree with a matcher that tries everything") {
    gw::Random random(20261122);
    const auto draw = [&](std::string_view letters, std::uint64_t most) {
        std::string text;
        for (std::uint64_t left = random.below(most + 1); left > 0; --left)
            text += letters[random.below(letters.size())];
        return text;
    };
    std::size_t matched = 0;
    for (int i = 0; i < 60000; ++i) {
        const std::string pattern = draw(i % 2 == 0 ? "ab*?" : "aab*", 9);
        const std::string text = draw(i % 3 == 0 ? "ab*" : "ab", 11);
        CAPTURE(pattern, text);
        const bool expected = gw::test::matches_naively(pattern, text);
        matched += expected ? 1 : 0;
        if (matches(pattern, text) != expected) FAIL_CHECK("differs");
    }
    CHECK(matched > 5000);
}

TEST_CASE("the work of a glob without floating question marks is linear in pattern and text") {
    constexpr std::size_t kSize = 8192;
    struct Row {
        std::string pattern;
        std::string text;
    };
    const std::string as(kSize, 'a');
    const std::vector<Row> rows = {
        {repeated("a*", kSize / 2) + "b", as},
        {"*" + std::string(kSize / 2, 'a') + "b*", as},
        {"*" + std::string(kSize / 2, 'a') + "b", as},
        {repeated("*ab", kSize / 3) + "*", repeated("aab", kSize / 3)},
        {"a*" + repeated("ab", 100) + "*c", repeated("ab", kSize / 2)},
        {repeated("?*", kSize / 2) + "b", as},
    };
    for (const Row& row : rows) {
        const std::size_t work = work_of(Glob::wild(row.pattern), row.text);
        CAPTURE(row.pattern.substr(0, 20), work);
        CHECK(work <= 2 * (row.pattern.size() + row.text.size()) + 16);
    }
}

TEST_CASE("the work of a glob with floating question marks is bounded by text times their part") {
    const std::string text(2000, 'a');
    const std::string part = "?" + std::string(200, 'a') + "b";
    CHECK(work_of(Glob::wild("*" + part + "*"), text) <= text.size() * part.size() + text.size() + 16);
    CHECK(work_of(Glob::wild("*" + part), text) <= 4 * part.size() * part.size() + 2 * text.size() + 16);
}
