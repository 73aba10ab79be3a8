#include "libgw/policy/auth/issuer/form.h"

#include "tests/support/catch.h"

namespace gw::issuer {

TEST_CASE("a form gives its parameters decoded, and those without a value count as absent") {
    const auto form = Form::parse("a=1+2&b=%C3%A4&c=&d&e=x%3Dy");
    REQUIRE(form);
    CHECK(form->get("a") == "1 2");
    CHECK(form->get("b") == "\xc3\xa4");
    CHECK_FALSE(form->has("c"));
    CHECK_FALSE(form->has("d"));
    CHECK(form->get("e") == "x=y");
    CHECK(form->get("nobody").empty());
}

TEST_CASE("a form with a parameter twice is refused, however its name is written") {
    for (const char* text : {"a=1&a=2", "a=1&%61=2", "b=1&a=1&a=1"}) {
        const auto form = Form::parse(text);
        INFO(text);
        REQUIRE_FALSE(form);
        CHECK(form.error().message == "\"a\" stands twice");
    }
    CHECK_FALSE(Form::parse("a=%FF"));
    std::string many;
    for (int i = 0; i < 65; ++i) append_parameter(many, "p" + std::to_string(i), "v");
    REQUIRE_FALSE(Form::parse(many));
    CHECK(Form::parse(many).error().code == Errc::limit);
}

TEST_CASE("what is appended to a query is read back as it was") {
    std::string text;
    append_parameter(text, "state", "a&b=c d+e%");
    append_parameter(text, "iss", "http://127.0.0.1:9000");
    CHECK(text == "state=a%26b%3Dc%20d%2Be%25&iss=http%3A%2F%2F127.0.0.1%3A9000");
    const auto form = Form::parse(text);
    REQUIRE(form);
    CHECK(form->get("state") == "a&b=c d+e%");
}

}  // namespace gw::issuer
