#include "libgw/policy/cors/check.h"

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::cors;
using namespace std::chrono_literals;

namespace {

http::Fields answer(std::vector<Field> fields) {
    http::Fields made;
    for (const Field& field : fields) made.add(field.name, field.value);
    return made;
}

constexpr const char* kOrigin = "https://app.example";

Code access(std::vector<Field> fields, Credentials credentials = Credentials::same_origin) {
    return check_access(answer(std::move(fields)), kOrigin, credentials).code;
}

Code preflight(std::uint16_t status, std::vector<Field> fields, Credentials credentials = Credentials::omit) {
    Grant grant;
    return check_preflight(status, answer(std::move(fields)), kOrigin, credentials, Engine::standard, grant).code;
}

}  // namespace

TEST_CASE("the CORS check compares bytes and knows no list") {
    const char* const name = "Access-Control-Allow-Origin";
    REQUIRE(access({{name, kOrigin}}) == Code::none);
    REQUIRE(access({{name, "*"}}) == Code::none);
    REQUIRE(access({}) == Code::missing_allow_origin_header);
    REQUIRE(access({{name, "https://app.example, https://b.example"}}) == Code::multiple_allow_origin_values);
    REQUIRE(access({{name, "https://app.example https://b.example"}}) == Code::multiple_allow_origin_values);
    REQUIRE(access({{name, kOrigin}, {name, kOrigin}}) == Code::multiple_allow_origin_values);
    REQUIRE(access({{name, "*"}, {name, "*"}}) == Code::multiple_allow_origin_values);
    REQUIRE(access({{name, "https://b.example"}}) == Code::allow_origin_mismatch);
    REQUIRE(access({{name, "https://app.example/"}}) == Code::allow_origin_mismatch);
    REQUIRE(access({{name, "HTTPS://APP.EXAMPLE"}}) == Code::allow_origin_mismatch);
    REQUIRE(access({{name, "null"}}) == Code::allow_origin_mismatch);
    REQUIRE(access({{name, "app.example"}}) == Code::invalid_allow_origin_value);
    REQUIRE(access({{name, "app.example:8080"}}) == Code::allow_origin_mismatch);  // a URL, of the scheme app.example
    REQUIRE(access({{name, ""}}) == Code::invalid_allow_origin_value);
    REQUIRE(check_access(answer({{name, "null"}}), "null", Credentials::omit).is_fine());
}

TEST_CASE("with credentials there is no wildcard, and true is true in lower case only") {
    const char* const name = "Access-Control-Allow-Origin";
    const char* const with = "Access-Control-Allow-Credentials";
    const auto include = Credentials::include;
    REQUIRE(access({{name, "*"}, {with, "true"}}, include) == Code::wildcard_origin_not_allowed);
    REQUIRE(access({{name, kOrigin}}, include) == Code::invalid_allow_credentials);
    REQUIRE(access({{name, kOrigin}, {with, "True"}}, include) == Code::invalid_allow_credentials);
    REQUIRE(access({{name, kOrigin}, {with, "true"}, {with, "true"}}, include) == Code::invalid_allow_credentials);
    REQUIRE(access({{name, kOrigin}, {with, "true"}}, include) == Code::none);
}

TEST_CASE("a preflight needs the CORS check, an ok status and lists that can be read") {
    const Field allow{"access-control-allow-origin", kOrigin};
    REQUIRE(preflight(204, {allow}) == Code::none);
    REQUIRE(preflight(299, {allow}) == Code::none);
    REQUIRE(preflight(401, {allow}) == Code::preflight_invalid_status);
    REQUIRE(preflight(304, {allow}) == Code::preflight_invalid_status);
    REQUIRE(preflight(301, {allow}) == Code::preflight_invalid_status);
    REQUIRE(preflight(301, {allow, {"location", "/x"}}) == Code::preflight_disallowed_redirect);
    REQUIRE(preflight(401, {}) == Code::preflight_missing_allow_origin_header);
    REQUIRE(preflight(200, {{"access-control-allow-origin", "*"}}, Credentials::include) ==
            Code::preflight_wildcard_origin_not_allowed);
    REQUIRE(preflight(200, {allow, {"access-control-allow-methods", "GET PUT"}}) ==
            Code::invalid_allow_methods_preflight_response);
    REQUIRE(preflight(200, {allow, {"access-control-allow-headers", "x-a;"}}) ==
            Code::invalid_allow_headers_preflight_response);
    REQUIRE(preflight(200, {allow, {"access-control-allow-headers", ",, x-a ,"}}) == Code::none);
}

TEST_CASE("a grant covers methods by case, names without, and wildcards only without credentials") {
    const Grant some{{"PUT", "patch"}, {"x-a"}, false, 5s};
    REQUIRE(some.covers("PUT", {"x-a"}, Engine::standard).is_fine());
    REQUIRE(some.covers("POST", {}, Engine::standard).is_fine());
    REQUIRE(some.covers("PATCH", {}, Engine::standard).code == Code::method_disallowed_by_preflight_response);
    REQUIRE(some.covers("PUT", {"x-a", "x-b"}, Engine::standard).about == "x-b");
    Grant any{{"*"}, {"*"}, false, 5s};
    REQUIRE(any.covers("PURGE", {"x-a"}, Engine::standard).is_fine());
    REQUIRE(any.covers("PURGE", {"authorization"}, Engine::standard).code ==
            Code::header_disallowed_by_preflight_response);
    any.headers.emplace_back("authorization");
    REQUIRE(any.covers("PURGE", {"authorization", "x-a"}, Engine::standard).is_fine());
    any.with_credentials = true;
    REQUIRE(any.covers("PURGE", {}, Engine::standard).code == Code::method_disallowed_by_preflight_response);
    REQUIRE(any.covers("GET", {"x-a"}, Engine::standard).code == Code::header_disallowed_by_preflight_response);
    REQUIRE(any.covers("*", {}, Engine::standard).is_fine());
}

TEST_CASE("Chromium lets a wildcard stand for Authorization too") {
    const Grant any{{"*"}, {"*"}, false, 5s};
    REQUIRE(any.covers("PUT", {"authorization"}, Engine::chrome).is_fine());
    REQUIRE_FALSE(any.covers("PUT", {"authorization"}, Engine::firefox).is_fine());
}

TEST_CASE("how long a preflight is remembered has a limit in each browser") {
    REQUIRE(max_age_of(std::nullopt, Engine::chrome) == 5s);
    REQUIRE(max_age_of("60", Engine::chrome) == 60s);
    REQUIRE(max_age_of("x", Engine::chrome) == 5s);
    REQUIRE(max_age_of("", Engine::chrome) == 5s);
    REQUIRE(max_age_of("1.5", Engine::chrome) == 5s);
    REQUIRE(max_age_of("0", Engine::chrome) == 0s);
    REQUIRE(max_age_of("-1", Engine::chrome) == 0s);
    REQUIRE(max_age_of("86400", Engine::chrome) == 2h);
    REQUIRE(max_age_of("+60", Engine::chrome) == 60s);
    REQUIRE(max_age_of("-0", Engine::chrome) == 0s);
    REQUIRE(max_age_of("60, 60", Engine::chrome) == 5s);
    REQUIRE(max_age_of("9223372036854775807", Engine::chrome) == 2h);
    REQUIRE(max_age_of("9223372036854775808", Engine::chrome) == 5s);
    REQUIRE(max_age_of("-99999999999999999999", Engine::chrome) == 5s);
    REQUIRE(max_age_of("-1", Engine::standard) == 5s);
    REQUIRE(max_age_of("99999999999999999999999", Engine::standard) == 24h);
    REQUIRE(max_age_of("60x", Engine::firefox) == 0s);
    REQUIRE(max_age_of("", Engine::firefox) == 5s);
    REQUIRE(max_age_of("999999", Engine::firefox) == 24h);
    REQUIRE(max_age_of("86400", Engine::safari) == 10min);
}

TEST_CASE("a page reads safelisted and exposed headers, and never a cookie") {
    const auto fields = answer({{"Content-Type", "text/plain"},
                                {"ETag", "1"},
                                {"Set-Cookie", "a=b"},
                                {"X-Id", "2"},
                                {"Access-Control-Expose-Headers", "x-ID, Set-Cookie, x-missing"}});
    REQUIRE(readable_headers(fields, Credentials::omit) == std::vector<std::string>{"content-type", "x-id"});
    const auto all = answer({{"ETag", "1"}, {"Set-Cookie", "a=b"}, {"Access-Control-Expose-Headers", "*"}});
    REQUIRE(readable_headers(all, Credentials::omit) ==
            std::vector<std::string>{"access-control-expose-headers", "etag"});
    REQUIRE(readable_headers(all, Credentials::include).empty());
    REQUIRE(own_headers(all) == std::vector<std::string>{"access-control-expose-headers", "etag"});
    const auto spoilt = answer({{"ETag", "1"}, {"Access-Control-Expose-Headers", "etag, no no"}});
    REQUIRE(readable_headers(spoilt, Credentials::omit).empty());
}

TEST_CASE("statuses are told apart") {
    using Statuses = std::vector<std::uint16_t>;
    for (const std::uint16_t status : Statuses{301, 302, 303, 307, 308}) REQUIRE(is_redirect_status(status));
    for (const std::uint16_t status : Statuses{300, 304, 305, 306, 200}) REQUIRE_FALSE(is_redirect_status(status));
    REQUIRE(is_ok_status(200));
    REQUIRE(is_ok_status(299));
    REQUIRE_FALSE(is_ok_status(300));
    REQUIRE_FALSE(is_ok_status(199));
}
