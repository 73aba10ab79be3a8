#include "libgw/config/target.h"

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::config;

namespace {

std::uint32_t column_of_error(std::string_view text) {
    auto target = parse_target(text);
    INFO(text);
    REQUIRE_FALSE(target.has_value());
    REQUIRE(target.error().where);
    return target.error().where->column;
}

}  // namespace

TEST_CASE("config target: a URL with and without path, and its text stays as written") {
    const auto plain = parse_target("http://LOCALHOST:3000");
    REQUIRE(plain);
    CHECK(plain->kind == Integration::Kind::http);
    CHECK(plain->url.authority.host == "localhost");
    CHECK(plain->url.port() == 3000);
    CHECK(plain->url.path.empty());
    CHECK(plain->text == "http://LOCALHOST:3000");
    const auto path = parse_target("https://a.example/x/{id}/{proxy+}");
    REQUIRE(path);
    CHECK(path->url.secure());
    CHECK(path->url.path == "/x/{id}/{proxy+}");
    CHECK(path_variables(*path) == std::vector<std::string>{"id", "proxy"});
}

TEST_CASE("config target: a unix socket with and without path") {
    const auto plain = parse_target("http+unix:/run/app.sock");
    REQUIRE(plain);
    CHECK(plain->unix_socket == "/run/app.sock");
    CHECK(plain->url.path.empty());
    CHECK(plain->url.authority.host == "localhost");
    CHECK(parse_target("http+unix:/run/app.sock:/v1/{a}")->url.path == "/v1/{a}");
    CHECK(column_of_error("http+unix:") == 11);
    CHECK(column_of_error("http+unix::/a") == 11);
    CHECK_FALSE(parse_target("http+unix:" + std::string(108, 'x')));
}

TEST_CASE("config target: a group with and without path") {
    CHECK(parse_target("group:api")->group == "api");
    CHECK(parse_target("group:api/v1")->url.path == "/v1");
    CHECK(column_of_error("group:") == 7);
    CHECK(column_of_error("group:a b") == 7);
    CHECK(column_of_error("group:a?x=1") == 8);
}

TEST_CASE("config target: a mock with status, body and file") {
    CHECK(parse_target("mock:204")->status == 204);
    CHECK(parse_target("mock:200:a:b")->body == "a:b");
    CHECK(parse_target("mock:200:")->body.empty());
    CHECK(body_file(*parse_target("mock:200:@a/b.html")) == "a/b.html");
    CHECK(body_file(*parse_target("mock:200:x@a")).empty());
    for (const char* text :
         {"mock:", "mock:199", "mock:600", "mock:abc", "mock:+200", "mock:0200000000000000000000", "mock: 200"}) {
        CHECK(column_of_error(text) == 6);
    }
    for (const char* text : {"mock:204:x", "mock:205:x", "mock:304:x", "mock:200:@"})
        CHECK(column_of_error(text) == 10);
}

TEST_CASE("config target: nothing variable gets into scheme or host") {
    for (const char* text :
         {"http://{a}/", "http://a{b}.c/", "http://a:{b}/", "http://a:80{b}/", "http://${x}/", "http://a}/"}) {
        INFO(text);
        CHECK_FALSE(parse_target(text));
    }
}

TEST_CASE("config target: what has no meaning is refused at its place") {
    CHECK(column_of_error("") == 1);
    CHECK(column_of_error("localhost:3000") == 1);
    CHECK(parse_target("localhost:3000").error().hint == "http://localhost:3000");
    CHECK(column_of_error("http://") == 8);
    CHECK(column_of_error("http://u:p@h/") == 8);
    CHECK(column_of_error("http://h/é?x") == 9 + 2);
    CHECK(column_of_error("http://h/a?b") == 11);
    CHECK(column_of_error("http://h/a#b") == 11);
    CHECK(column_of_error("http://h/{a") == 10);
    CHECK(column_of_error("http://h/a}") == 11);
    CHECK(column_of_error("http://h/{}") == 10);
    CHECK(column_of_error("http://h/{a{b}}") == 10);
    for (const char* text : {"http://h/..", "http://h/a%00", "http://h/a\\b", "http://h/a b", "http://h/%zz"}) {
        INFO(text);
        CHECK_FALSE(parse_target(text));
    }
    for (const char* text : {"lambda:f", "exec:x", "soap:x", "ws://h", "wss://h"}) {
        CHECK(parse_target(text).error().message.find("do not exist in this version") != std::string::npos);
    }
}

TEST_CASE("config target: a target is told from a path") {
    for (const char* text :
         {"http://a", "https://a", "http+unix:x", "group:x", "mock:200", "ftp://x", "lambda:f", "ws://x"})
        CHECK(is_target(text));
    for (const char* text : {"/a=http://b", "GET /a=http://b", "$default=http://b", "", "a", "httpx=http://a"})
        CHECK_FALSE(is_target(text));
}

TEST_CASE("config target: stage variables are put in, and only those") {
    const std::map<std::string, std::string> variables = {{"host", "h:1"}, {"v", "2"}};
    CHECK(*expand_stage_variables("http://${stageVariables.host}/v${stageVariables.v}", variables) == "http://h:1/v2");
    CHECK(*expand_stage_variables("plain {a} $", variables) == "plain {a} $");
    CHECK(expand_stage_variables("ab${stageVariables.nope}", variables).error().where->column == 3);
    CHECK_FALSE(expand_stage_variables("${stageVariables.host", variables));
    CHECK_FALSE(expand_stage_variables("${env.HOME}", variables));
    CHECK_FALSE(expand_stage_variables("${}", variables));
}
