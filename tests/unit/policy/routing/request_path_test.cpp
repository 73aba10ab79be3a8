#include "libgw/policy/routing/request_path.h"

#include "tests/support/catch.h"

using namespace gw::routing;

namespace {
gw::http::Path parse(std::string_view text) {
    auto path = gw::http::Path::parse(text);
    INFO(text);
    REQUIRE(path);
    return std::move(path).value();
}
}  // namespace

TEST_CASE("the sent view keeps its encoding and its inner slashes", "[routing]") {
    const auto path = parse("/%61/b%20c//d/?x=%31");
    const RequestPath view = make_request_path(path);
    CHECK(view.canonical == "/a/b%20c/d/");
    CHECK(view.sent == "/%61/b%20c//d/");
    CHECK(view.query == "?x=%31");
}

TEST_CASE("a query is kept with its question mark, also an empty one", "[routing]") {
    const auto none = parse("/a");
    CHECK(make_request_path(none).query.empty());
    const auto empty = parse("/a?");
    CHECK(make_request_path(empty).query == "?");
}

TEST_CASE("what was resolved is handed on resolved", "[routing]") {
    for (const char* text : {"/public/../admin", "/./admin", "/%2e/admin", "/x/.%2E/admin"}) {
        const auto path = parse(text);
        const RequestPath view = make_request_path(path);
        INFO(text);
        CHECK(view.canonical == "/admin");
        CHECK(view.sent == "/admin");
    }
}

TEST_CASE("slashes in front are one", "[routing]") {
    const auto path = parse("///evil.example/a");
    CHECK(make_request_path(path).sent == "/evil.example/a");
}

TEST_CASE("segments are stripped from both views alike", "[routing]") {
    const auto path = parse("/orders//v%31//x%2fy/?q");
    const RequestPath rest = strip_segments(make_request_path(path), 2);
    CHECK(rest.canonical == "/x%2Fy/");
    CHECK(rest.sent == "/x%2fy/");
    CHECK(rest.query == "?q");
    CHECK(strip_segments(rest, 1).canonical == "/");
    CHECK(strip_segments(rest, 1).sent == "/");

    const auto whole = parse("/dev");
    CHECK(strip_segments(make_request_path(whole), 1).sent == "/");
    CHECK(strip_segments(make_request_path(whole), 0).sent == "/dev");
}

TEST_CASE("segment_start skips empty segments", "[routing]") {
    CHECK(segment_start("/a/b", 0) == 0);
    CHECK(segment_start("/a/b", 1) == 2);
    CHECK(segment_start("/a/b", 2) == 4);
    CHECK(segment_start("//a//b/", 0) == 1);
    CHECK(segment_start("//a//b/", 1) == 4);
    CHECK(segment_start("//a//b/", 2) == 7);
    CHECK(segment_start("/", 0) == 1);
}

TEST_CASE("dot segments are seen through their encoding", "[routing]") {
    for (const char* text : {"/.", "/..", "/a/./b", "/a/%2e%2E", "/.%2e/", "/%2e"}) {
        INFO(text);
        CHECK(has_dot_segment(text));
    }
    for (const char* text : {"/", "/a", "/...", "/.a", "/a.", "/..a", "/%2e%2e%2e", "/%2f", "//"}) {
        INFO(text);
        CHECK_FALSE(has_dot_segment(text));
    }
}

TEST_CASE("a way up is seen however it hides", "[routing]") {
    for (const char* text : {"/a/..%2fadmin", "/..%2F", "/%2e%2e%2fadmin", "/%252e%252e%252fadmin",
                             "/a/%25252e%25252e/b", "/x%2f..", "/x%5c..%5cy", "/..;/a", "/a%2f..;x=1%2fb", "/.."}) {
        INFO(text);
        CHECK(hides_climbing(text));
    }
    for (const char* text :
         {"/a%2fb", "/a..b", "/a%2f.b", "/...", "/%2e%2e%2e", "/a;b", "/a%", "/a%zz", "/100%25", "/"}) {
        INFO(text);
        CHECK_FALSE(hides_climbing(text));
    }
}
