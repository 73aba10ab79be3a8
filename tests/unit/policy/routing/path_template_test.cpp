#include "libgw/policy/routing/path_template.h"

#include "libgw/base/unicode.h"
#include "tests/support/catch.h"

using gw::Location;
using gw::routing::PathTemplate;
using gw::routing::RouteKey;
using gw::routing::Segment;

TEST_CASE("a path template is its segments", "[routing]") {
    const auto path = PathTemplate::parse("/pets/{id}/toys/{rest+}");
    REQUIRE(path);
    CHECK(path->text() == "/pets/{id}/toys/{rest+}");
    REQUIRE(path->segments().size() == 4);
    CHECK(path->segments()[0] == Segment{Segment::Kind::literal, "pets"});
    CHECK(path->segments()[1] == Segment{Segment::Kind::parameter, "id"});
    CHECK(path->segments()[3] == Segment{Segment::Kind::greedy, "rest"});
    CHECK(path->parameters() == std::vector<std::string>{"id", "rest"});
    CHECK(path->is_greedy());
    CHECK(path->literal_prefix() == 1);
}

TEST_CASE("the root has no segments", "[routing]") {
    const auto path = PathTemplate::parse("/");
    REQUIRE(path);
    CHECK(path->segments().empty());
    CHECK_FALSE(path->is_greedy());
    CHECK(path->literal_prefix() == 0);
    CHECK(PathTemplate().text() == "/");
}

TEST_CASE("literals take the canonical form of requests", "[routing]") {
    const auto path = PathTemplate::parse("/%61%2fb/c%3a~$&'()*+,;=:@");
    REQUIRE(path);
    CHECK(path->segments()[0].text == "a%2Fb");
    CHECK(path->segments()[1].text == "c%3A~$&'()*+,;=:@");
}

TEST_CASE("a bad path template is refused at its column", "[routing]") {
    struct Case {
        std::string text;
        std::uint32_t column;
        std::string says;
    };
    const std::vector<Case> cases = {
        {"", 1, "does not start with '/'"},
        {"pets", 1, "does not start with '/'"},
        {"/pets/", 6, "ends with '/'"},
        {"//", 1, "empty segment"},
        {"/a//b", 3, "empty segment"},
        {"/{a+}/b", 6, "nothing can follow the greedy parameter '{a+}'"},
        {"/{a}/{a}", 6, "'a' stands twice"},
        {"/{a}/{a+}", 6, "'a' stands twice"},
        {"/x{a}", 3, "whole segment"},
        {"/{a}x", 2, "whole segment"},
        {"/{a}-{b}", 4, "whole segment"},
        {"/a}", 3, "whole segment"},
        {"/{", 2, "whole segment"},
        {"/{}", 2, "has no name"},
        {"/{+}", 2, "has no name"},
        {"/{a b}", 4, "bad character"},
        {"/{a++}", 4, "bad character"},
        {"/a b", 3, "a character that a path cannot"},
        {"/a?b", 3, "a character that a path cannot"},
        {"/a\\b", 3, "a character that a path cannot"},
        {"/\xc3\xa4", 2, "a character that a path cannot"},
        {"/a%", 3, "two hexadecimal digits"},
        {"/a%4", 3, "two hexadecimal digits"},
        {"/a%4g", 3, "two hexadecimal digits"},
        {"/%00", 2, "no request may hold"},
        {"/%7f", 2, "no request may hold"},
        {"/%5c", 2, "no request may hold"},
        {"/a/.", 4, "dot segment"},
        {"/%2e%2E/a", 2, "dot segment"},
    };
    for (const Case& each : cases) {
        INFO(each.text);
        const auto path = PathTemplate::parse(each.text);
        REQUIRE_FALSE(path);
        CHECK(path.error().code == gw::Errc::config);
        CHECK(path.error().message.find(each.says) != std::string::npos);
        REQUIRE(path.error().where);
        CHECK(path.error().where->column == each.column);
    }
}

TEST_CASE("what an error says of a path that is not ASCII is whole characters", "[routing]") {
    for (const std::string text : {"/\xc3\xa4", "/a\xc3\xa4}", "/{\xc3\xa4}", "/{a}\xf0\x9f\x90\x88", "/%\xc3\xa4",
                                   "/%4\xc3\xa4", "\xc3\xa4/a", "/\xf0\x9f\x90\x88/", "/{\xe2\x82\xac\xe2\x82\xac"}) {
        INFO(text);
        const auto path = PathTemplate::parse(text);
        REQUIRE_FALSE(path);
        const std::string& message = path.error().message;
        for (std::size_t at = 0; at < message.size();) {
            const gw::CodePoint point = gw::code_point_at(message, at);
            REQUIRE(point.valid);
            at += point.size;
        }
        const auto key = RouteKey::parse("G\xc3\x84T " + text);
        REQUIRE_FALSE(key);
        CHECK(key.error().message == "'G\xc3\x84T' is not a method");
    }
}

TEST_CASE("the column counts from where the text stands", "[routing]") {
    const auto key = RouteKey::parse("GET /a//b", Location{"gw.yaml", 7, 15});
    REQUIRE_FALSE(key);
    CHECK(key.error().where == Location{"gw.yaml", 7, 15 + 4 + 2});
}

TEST_CASE("segments and parameters are bounded", "[routing]") {
    std::string literals;
    std::string parameters;
    for (std::size_t i = 0; i < PathTemplate::kMaxSegments; ++i) literals += "/s";
    for (std::size_t i = 0; i < PathTemplate::kMaxParameters; ++i) parameters += "/{p" + std::to_string(i) + "}";
    CHECK(PathTemplate::parse(literals));
    CHECK_FALSE(PathTemplate::parse(literals + "/s"));
    CHECK(PathTemplate::parse(parameters));
    CHECK(PathTemplate::parse(parameters + "/s"));
    CHECK_FALSE(PathTemplate::parse(parameters + "/{one_more}"));
}

TEST_CASE("a route key is a method and a path, a path, or $default", "[routing]") {
    const auto get = RouteKey::parse("GET /pets/{id}");
    REQUIRE(get);
    CHECK(get->method == gw::http::Method::get);
    CHECK_FALSE(get->any);
    CHECK(get->text() == "GET /pets/{id}");

    const auto any = RouteKey::parse("ANY  /");
    REQUIRE(any);
    CHECK(any->any);
    CHECK(any->text() == "ANY /");

    const auto bare = RouteKey::parse("/pets");
    REQUIRE(bare);
    CHECK(bare->text() == "ANY /pets");

    const auto otherwise = RouteKey::parse("$default");
    REQUIRE(otherwise);
    CHECK(otherwise->is_default);
    CHECK(otherwise->text() == "$default");
}

TEST_CASE("a method that is not one is refused with the one that was meant", "[routing]") {
    const auto key = RouteKey::parse("DELTE /pets");
    REQUIRE_FALSE(key);
    CHECK(key.error().message == "'DELTE' is not a method");
    CHECK(key.error().hint == "did you mean 'DELETE'?");
    CHECK_FALSE(RouteKey::parse("get /pets"));
    CHECK_FALSE(RouteKey::parse("TRACE /pets"));
    CHECK_FALSE(RouteKey::parse("GET "));
    CHECK_FALSE(RouteKey::parse(""));
}
