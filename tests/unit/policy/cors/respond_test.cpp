#include "libgw/policy/cors/respond.h"

#include "libgw/policy/cors/header_list.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::cors;

namespace {

http::Fields asking(std::vector<Field> fields) {
    http::Fields made;
    for (const Field& field : fields) made.add(field.name, field.value);
    return made;
}

std::string text_of(const http::Fields& fields) {
    std::string text;
    for (const http::FieldView field : fields) text.append(field.name).append(": ").append(field.value).append("\n");
    return text;
}

constexpr const char* kPreflightVary = "vary: origin,access-control-request-method,access-control-request-headers\n";

std::string preflight(const PolicySpec& spec, const http::Fields& request,
                      const std::vector<std::string>& of_route = {"GET", "PUT"}) {
    const auto policy = Policy::make(spec);
    REQUIRE(policy);
    const auto asked = read_preflight(http::Method::options, request);
    REQUIRE(asked);
    http::Fields answer;
    add_preflight_fields(*policy, *asked, of_route, answer);
    return text_of(answer);
}

std::string answer(const PolicySpec& spec, std::optional<std::string_view> origin, std::string_view vary = "") {
    http::Fields fields;
    add_answer_fields(*Policy::make(spec), origin, vary, fields);
    return text_of(fields);
}

const PolicySpec kApp{.origins = {"https://app.example"}};

}  // namespace

TEST_CASE("a preflight is OPTIONS with Origin and Access-Control-Request-Method") {
    const auto whole = asking({{"Origin", "https://a"}, {"Access-Control-Request-Method", "PUT"}});
    REQUIRE(read_preflight(http::Method::options, whole));
    REQUIRE_FALSE(read_preflight(http::Method::get, whole));
    REQUIRE_FALSE(read_preflight(http::Method::options, asking({{"Origin", "https://a"}})));
    REQUIRE_FALSE(read_preflight(http::Method::options, asking({{"Access-Control-Request-Method", "PUT"}})));
    const auto twice =
        asking({{"Origin", "https://a"}, {"Origin", "https://b"}, {"access-control-request-method", "X"}});
    REQUIRE_FALSE(read_preflight(http::Method::options, twice)->well_formed);
}

TEST_CASE("a preflight that is allowed says what is allowed, and varies by all that it was judged by") {
    const auto request = asking({{"Origin", "https://app.example"},
                                 {"Access-Control-Request-Method", "PUT"},
                                 {"Access-Control-Request-Headers", "authorization,x-a"}});
    REQUIRE(preflight(kApp, request) == std::string("access-control-allow-origin: https://app.example\n"
                                                    "access-control-allow-methods: GET,PUT\n"
                                                    "access-control-allow-headers: authorization,x-a\n") +
                                            kPreflightVary);
    PolicySpec full = kApp;
    full.methods = {"PUT", "DELETE"};
    full.headers = {"Authorization", "X-A"};
    full.expose = {"x-id", "etag"};
    full.credentials = true;
    full.max_age = 600;
    REQUIRE(preflight(full, request) == std::string("access-control-allow-origin: https://app.example\n"
                                                    "access-control-allow-credentials: true\n"
                                                    "access-control-allow-methods: PUT,DELETE\n"
                                                    "access-control-allow-headers: Authorization,X-A\n"
                                                    "access-control-expose-headers: x-id,etag\n"
                                                    "access-control-max-age: 600\n") +
                                            kPreflightVary);
    PolicySpec any{.origins = {"*"}, .methods = {{"*"}}, .headers = {{"*", "authorization"}}};
    REQUIRE(preflight(any, request) == std::string("access-control-allow-origin: *\n"
                                                   "access-control-allow-methods: *\n"
                                                   "access-control-allow-headers: *,authorization\n") +
                                           kPreflightVary);
}

TEST_CASE("a wildcard stands for Authorization, which is said beside it") {
    const PolicySpec any{.origins = {"*"}, .methods = {{"*"}}, .headers = {{"*"}}};
    const auto headers_for = [&](const char* names) {
        return preflight(any, asking({{"Origin", "https://app.example"},
                                      {"Access-Control-Request-Method", "PUT"},
                                      {"Access-Control-Request-Headers", names}}));
    };
    REQUIRE(headers_for("x-a").find("access-control-allow-headers: *\n") != std::string::npos);
    REQUIRE(headers_for("authorization,x-a").find("access-control-allow-headers: *,authorization\n") !=
            std::string::npos);
}

TEST_CASE("with credentials wildcards of methods and headers are said as what was asked for") {
    PolicySpec spec = kApp;
    spec.methods = {"*"};
    spec.headers = {"*"};
    spec.credentials = true;
    const auto request = asking({{"Origin", "https://app.example"},
                                 {"Access-Control-Request-Method", "PURGE"},
                                 {"Access-Control-Request-Headers", "authorization, x-a"}});
    REQUIRE(preflight(spec, request) == std::string("access-control-allow-origin: https://app.example\n"
                                                    "access-control-allow-credentials: true\n"
                                                    "access-control-allow-methods: PURGE\n"
                                                    "access-control-allow-headers: authorization,x-a\n") +
                                            kPreflightVary);
}

TEST_CASE("a preflight that is not allowed gets no field of CORS at all") {
    PolicySpec spec = kApp;
    spec.headers = {"x-a"};
    const auto ask = [&](const char* origin, const char* method, const char* headers) {
        return preflight(spec, asking({{"Origin", origin},
                                       {"Access-Control-Request-Method", method},
                                       {"Access-Control-Request-Headers", headers}}));
    };
    REQUIRE(ask("https://app.example", "PUT", "x-a") != kPreflightVary);
    REQUIRE(ask("https://evil.example", "PUT", "x-a") == kPreflightVary);
    REQUIRE(ask("null", "PUT", "x-a") == kPreflightVary);
    REQUIRE(ask("https://app.example", "DELETE", "x-a") == kPreflightVary);
    REQUIRE(ask("https://app.example", "put", "x-a") == kPreflightVary);
    REQUIRE(ask("https://app.example", "PUT", "x-b") == kPreflightVary);
    REQUIRE(ask("https://app.example", "PUT", "x-a,x-b") == kPreflightVary);
    spec.headers.reset();
    REQUIRE(ask("https://app.example", "PUT", "x a") == kPreflightVary);
}

TEST_CASE("an actual answer names the origin that may read it, and always varies by it") {
    REQUIRE(answer(kApp, "https://app.example") == "access-control-allow-origin: https://app.example\nvary: origin\n");
    REQUIRE(answer(kApp, "https://evil.example") == "vary: origin\n");
    REQUIRE(answer(kApp, "null") == "vary: origin\n");
    REQUIRE(answer(kApp, std::nullopt) == "vary: origin\n");
    PolicySpec any{.origins = {"*"}, .expose = {"x-id"}};
    REQUIRE(answer(any, std::nullopt) == "access-control-allow-origin: *\naccess-control-expose-headers: x-id\n");
    REQUIRE(answer(any, "null") == "access-control-allow-origin: *\naccess-control-expose-headers: x-id\n");
}

TEST_CASE("what the target varies by is kept, and nothing is said twice") {
    const auto vary_of = [](std::string_view vary) {
        const std::string text = answer(kApp, std::nullopt, vary);
        return text.substr(6, text.size() - 7);
    };
    REQUIRE(vary_of("accept-encoding") == "accept-encoding, origin");
    REQUIRE(vary_of("Accept, Origin") == "Accept, Origin");
    REQUIRE(vary_of("*") == "*");
    PolicySpec any{.origins = {"*"}};
    REQUIRE(answer(any, std::nullopt, "accept") == "access-control-allow-origin: *\nvary: accept\n");
}

TEST_CASE("a target's fields of CORS are known by their name") {
    REQUIRE(is_cors_field("Access-Control-Allow-Origin"));
    REQUIRE(is_cors_field("access-control-allow-private-network"));
    REQUIRE_FALSE(is_cors_field("access-control"));
}
