#include "libgw/policy/iam/match/template.h"

#include "tests/support/catch.h"

using namespace gw::iam;

namespace {

Context make_known() {
    Context context;
    context.set("aws:username", std::string("alice"));
    context.set("aws:PrincipalTag/star", std::string("*"));
    context.set("aws:PrincipalTag/empty", std::string());
    context.set("aws:TagKeys", std::vector<std::string>{"a", "b"});
    return context;
}

Template parse(std::string_view text, TemplateSyntax syntax = {true, true}) {
    auto made = Template::parse(text, syntax);
    REQUIRE(made);
    return *std::move(made);
}

// "yes", "no", or "unknown" when a variable has no value.
std::string match(std::string_view pattern, std::string_view text, TemplateSyntax syntax = {true, true}) {
    switch (parse(pattern, syntax).matches(text, make_known())) {
        case Match::yes: return "yes";
        case Match::no: return "no";
        case Match::unknown: break;
    }
    return "unknown";
}

}  // namespace

TEST_CASE("variables of a template are filled in from the context, whatever the case of their name") {
    CHECK(match("home/${aws:username}/*", "home/alice/x") == "yes");
    CHECK(match("home/${AWS:UserName}/*", "home/alice/x") == "yes");
    CHECK(match("home/${ aws:username }", "home/alice") == "yes");
    CHECK(match("home/${aws:username}/*", "home/bob/x") == "no");
}

TEST_CASE("a variable of a template without one value that is not empty is unknown, or its default") {
    CHECK(match("${aws:userid}", "") == "unknown");
    CHECK(match("${aws:TagKeys}", "a") == "unknown");
    CHECK(match("${aws:PrincipalTag/empty}", "") == "unknown");
    CHECK(match("${aws:userid, 'nobody'}", "nobody") == "yes");
    CHECK(match("${aws:TagKeys,'x, y'}", "x, y") == "yes");
    CHECK(match("${aws:username, 'nobody'}", "alice") == "yes");
    CHECK(match("${aws:userid, ''}", "") == "unknown");
}

TEST_CASE("what fills a variable in is literal, and so are the characters that can be written as variables") {
    CHECK(match("${aws:PrincipalTag/star}", "*") == "yes");
    CHECK(match("${aws:PrincipalTag/star}", "anything") == "no");
    CHECK(match("${aws:none, '*'}", "anything") == "no");
    CHECK(match("a${*}b", "a*b") == "yes");
    CHECK(match("a${*}b", "aXb") == "no");
    CHECK(match("a${?}b", "aXb") == "no");
    CHECK(match("a${?}b", "a?b") == "yes");
    CHECK(match("${$}{aws:username}", "${aws:username}") == "yes");
}

TEST_CASE("wildcards and variables of a template are literal where the syntax has none") {
    CHECK(match("a*", "a*", {false, true}) == "yes");
    CHECK(match("a*", "ab", {false, true}) == "no");
    CHECK(match("${aws:username}", "alice", {true, false}) == "no");
    CHECK(match("${aws:username}", "${aws:username}", {true, false}) == "yes");
    CHECK(match("${*}", "${xyz}", {true, false}) == "yes");
}

TEST_CASE("a template matches at both ends and between, with variables anywhere") {
    struct Row {
        const char* pattern;
        const char* text;
        const char* expected;
    };
    const Row row = GENERATE(values<Row>({{"${aws:username}", "alice", "yes"},
                                          {"${aws:username}", "alicea", "no"},
                                          {"${aws:username}*", "alicea", "yes"},
                                          {"*${aws:username}", "xalice", "yes"},
                                          {"*${aws:username}", "alicex", "no"},
                                          {"${aws:username}*${aws:username}", "alice", "no"},
                                          {"${aws:username}*${aws:username}", "alicealice", "yes"},
                                          {"a*${aws:username}*b", "axalicexb", "yes"},
                                          {"a*${aws:username}*b", "axalixceb", "no"},
                                          {"a?${aws:username}?b", "axaliceyb", "yes"},
                                          {"a?${aws:username}?b", "aaliceb", "no"},
                                          {"${aws:username}?", "alice", "no"},
                                          {"*${aws:none}", "x", "unknown"},
                                          {"a${aws:none}", "b", "unknown"}}));
    CAPTURE(row.pattern, row.text);
    CHECK(match(row.pattern, row.text) == row.expected);
}

TEST_CASE("a template gives its text as well") {
    std::string scratch;
    const Template made = parse("a*${aws:username}", {false, true});
    const std::string* text = made.text(make_known(), scratch);
    REQUIRE(text);
    CHECK(*text == "a*alice");
    CHECK(parse("${aws:none}", {false, true}).text(make_known(), scratch) == nullptr);
    CHECK(*parse("plain", {false, true}).text(make_known(), scratch) == "plain");
    CHECK(parse("${aws:username}").is_one_variable());
    CHECK_FALSE(parse("x${aws:username}").is_one_variable());
    CHECK_FALSE(parse("${*}").is_one_variable());
}

TEST_CASE("a malformed variable of a template is refused at its place") {
    struct Row {
        const char* text;
        std::uint32_t column;
    };
    const Row row = GENERATE(values<Row>({{"ab${aws:username", 3},
                                          {"${}", 1},
                                          {"${ }", 1},
                                          {"${, 'x'}", 1},
                                          {"a${aws:username, x}", 2},
                                          {"${aws:username, 'x}", 1},
                                          {"${aws:username, '}", 1},
                                          {"${a${b}}", 1}}));
    CAPTURE(row.text);
    const auto made = Template::parse(row.text, {true, true});
    REQUIRE_FALSE(made);
    CHECK(made.error().code == gw::Errc::parse);
    CHECK_FALSE(made.error().hint.empty());
    REQUIRE(made.error().where);
    CHECK(made.error().where->column == row.column);
}

TEST_CASE("a separator inside of a variable does not separate") {
    CHECK(find_outside_variables("${aws:x}:y", ':', true) == 8);
    CHECK(find_outside_variables("${aws:x}:y", ':', false) == 5);
    CHECK(find_outside_variables("${aws:x", ':', true) == std::string_view::npos);
    CHECK(find_outside_variables("abc", ':', true) == std::string_view::npos);
}
