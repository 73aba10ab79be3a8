#include "libgw/wire/http/media_type.h"

#include "tests/support/catch.h"

using namespace gw::http;

TEST_CASE("a media type is read with its charset") {
    const auto type = MediaType::parse(" Application/JSON ; a=b;Charset=\"UTF-\\8\" ");
    REQUIRE(type.has_value());
    CHECK(type->essence == "application/json");
    CHECK(type->charset == "utf-8");
    CHECK(MediaType::parse("text/plain;")->charset.empty());
    CHECK(MediaType::parse("text/plain;;a=b")->essence == "text/plain");
}

TEST_CASE("what is not type, slash, subtype and parameters is refused") {
    for (const char* text :
         {"", "a", "/", "a/", "/b", "a/b/c", "a b/c", "a/b c", "a/b;c", "a/b;c=", "a/b;=d", "a/b;c=\"d", "a/b;c=\"d\\",
          "a/b;c=d e", "a/b,c/d", "a/b;c=\"\x01\"", "a/b;charset=x;charset=y"}) {
        INFO(text);
        CHECK_FALSE(MediaType::parse(text).has_value());
    }
}

TEST_CASE("JSON and XML are known by their suffix too") {
    CHECK(MediaType::parse("application/json")->is_json());
    CHECK(MediaType::parse("application/problem+JSON;charset=utf-8")->is_json());
    CHECK_FALSE(MediaType::parse("application/jsonp")->is_json());
    CHECK(MediaType::parse("application/soap+xml")->is_xml());
    CHECK_FALSE(MediaType::parse("text/html")->is_xml());
}

TEST_CASE("a type matches itself, its family and everything") {
    const auto type = *MediaType::parse("image/png;a=b");
    CHECK(type.matches("image/png"));
    CHECK(type.matches("IMAGE/*"));
    CHECK(type.matches("*/*"));
    CHECK_FALSE(type.matches("image/gif"));
    CHECK_FALSE(type.matches("image"));
    CHECK_FALSE(type.matches("im/*"));
    CHECK_FALSE(type.matches("imagex/*"));
}
