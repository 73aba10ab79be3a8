#include "libgw/policy/integration/mock.h"

#include "tests/support/catch.h"

using gw::ApiKind;
using gw::integration::make_mock_answer;
using gw::integration::Mock;

TEST_CASE("a mock is a status and all that follows the colon", "[integration]") {
    const auto bare = Mock::parse("204");
    REQUIRE(bare);
    CHECK(bare->status == 204);
    CHECK(bare->body.empty());
    const auto body = Mock::parse(R"(200:{"a":"b:c"})");
    REQUIRE(body);
    CHECK(body->status == 200);
    CHECK(body->body == R"({"a":"b:c"})");
    CHECK(Mock::parse("304:"));
    CHECK(Mock::parse("599:x"));
}

TEST_CASE("a mock without a proper status is refused", "[integration]") {
    for (const char* text :
         {"", ":", "20", "2000", "199", "600", "0200", "+20", "2x0", " 200", "ok", "204:x", "205:x", "304:x"}) {
        INFO(text);
        const auto mock = Mock::parse(text);
        REQUIRE_FALSE(mock);
        CHECK(mock.error().code == gw::Errc::config);
    }
}

TEST_CASE("a mock's content type follows its body unless it is given", "[integration]") {
    const auto type = [](std::string body, std::string given = "") {
        return make_mock_answer({200, std::move(body), std::move(given)}, ApiKind::http, nullptr).content_type;
    };
    CHECK(type(R"({"a":1})") == "application/json");
    CHECK(type(" [1,2] \n") == "application/json");
    CHECK(type("hello") == "text/plain; charset=utf-8");
    CHECK(type("{hello") == "text/plain; charset=utf-8");
    CHECK(type("{hello]") == "text/plain; charset=utf-8");
    CHECK(type("  ") == "text/plain; charset=utf-8");
    CHECK(type("").empty());
    CHECK(type("<a/>", "text/xml") == "text/xml");
}

TEST_CASE("a mock's answer carries the ids of its kind of api", "[integration]") {
    const gw::RequestIds ids = gw::make_request_ids(std::array<std::uint8_t, gw::kRequestIdBytes>{});
    const gw::Answer http = make_mock_answer({201, "x", ""}, ApiKind::http, &ids);
    CHECK(http.status == 201);
    CHECK(http.body == "x");
    CHECK(http.fields.find("apigw-requestid") == ids.extended_text());
    CHECK_FALSE(http.fields.find("x-amzn-requestid"));
    const gw::Answer rest = make_mock_answer({201, "x", ""}, ApiKind::rest, &ids);
    CHECK(rest.fields.find("x-amzn-requestid") == ids.uuid_text());
    CHECK(rest.fields.find("x-amz-apigw-id") == ids.extended_text());
    CHECK_FALSE(rest.fields.find("apigw-requestid"));
}
