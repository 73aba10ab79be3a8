#include "libgw/policy/routing/host.h"

#include "libgw/policy/reasons.h"
#include "tests/support/catch.h"

using gw::ApiKind;
using namespace gw::routing;

namespace {

HostMap map_of(const std::vector<ApiMapping>& apis) {
    auto map = HostMap::make(apis);
    REQUIRE(map);
    return std::move(map).value();
}

// "api 1: /rest" or "404 route.host"; with " (rest)" when it is to be answered as REST.
std::string select(const HostMap& map, std::string_view authority, std::string_view target) {
    const auto path = gw::http::Path::parse(target);
    REQUIRE(path);
    ApiKind kind = ApiKind::http;
    const auto verdict = map.select(authority, make_request_path(*path), kind);
    const std::string as = kind == ApiKind::rest ? " (rest)" : "";
    if (is_refused(verdict)) {
        const gw::Refusal& refusal = refusal_of(verdict);
        CHECK_FALSE(refusal.detail.empty());
        CHECK_FALSE(gw::meaning_of(refusal.reason).empty());
        return std::to_string(refusal.status) + " " + std::string(refusal.reason) + as;
    }
    const Selection& found = allowed(verdict);
    return "api " + std::to_string(found.api) + ": " + std::string(found.path.canonical) + as;
}

}  // namespace

TEST_CASE("an api without hosts is served under any", "[routing]") {
    const HostMap map = map_of({ApiMapping{}});
    CHECK(select(map, "localhost:8080", "/a/b") == "api 0: /a/b");
    CHECK(select(map, "", "/") == "api 0: /");
    CHECK(select(map, "[::1]:8080", "/x?y") == "api 0: /x");
}

TEST_CASE("an exact host comes before a wildcard, a wildcard before any", "[routing]") {
    const HostMap map = map_of({{ApiKind::http, {}, "", "$default"},
                                {ApiKind::http, {"*.example.com"}, "", "$default"},
                                {ApiKind::http, {"API.example.com", "[::1]"}, "", "$default"}});
    CHECK(select(map, "api.example.com", "/") == "api 2: /");
    CHECK(select(map, "api.example.com:8443", "/") == "api 2: /");
    CHECK(select(map, "[::1]:80", "/") == "api 2: /");
    CHECK(select(map, "www.example.com", "/") == "api 1: /");
    CHECK(select(map, "example.com", "/") == "api 0: /");
    CHECK(select(map, "a.b.example.com", "/") == "api 0: /");
    CHECK(select(map, ".example.com", "/") == "api 0: /");
}

TEST_CASE("an unknown host is 404 in HTTP APIs and 403 in REST APIs", "[routing]") {
    CHECK(select(map_of({{ApiKind::http, {"a.test"}, "", "$default"}}), "b.test", "/") == "404 route.host");
    CHECK(select(map_of({{ApiKind::rest, {"a.test"}, "", "$default"}}), "b.test", "/") == "403 route.host (rest)");
    CHECK(select(map_of({{ApiKind::rest, {"a.test"}, "", "$default"}, {ApiKind::http, {"c.test"}, "", "$default"}}),
                 "b.test", "/") == "404 route.host");
}

TEST_CASE("the longest base path wins, segment by segment, and is removed", "[routing]") {
    const HostMap map = map_of({{ApiKind::http, {}, "/orders", "$default"},
                                {ApiKind::rest, {}, "/orders/v1", "$default"},
                                {ApiKind::http, {}, "", "$default"}});
    CHECK(select(map, "h", "/orders/v1/items") == "api 1: /items (rest)");
    CHECK(select(map, "h", "/orders/v1") == "api 1: / (rest)");
    CHECK(select(map, "h", "/orders/v10/x") == "api 0: /v10/x");
    CHECK(select(map, "h", "/orders") == "api 0: /");
    CHECK(select(map, "h", "/ordersx") == "api 2: /ordersx");
}

TEST_CASE("a path that no api is mapped to is refused", "[routing]") {
    CHECK(select(map_of({{ApiKind::http, {}, "/a", "$default"}}), "h", "/b") == "404 route.base_path");
    CHECK(select(map_of({{ApiKind::rest, {}, "/a", "$default"}}), "h", "/b") == "403 route.base_path (rest)");
}

TEST_CASE("an exact host does not fall back to a wider one", "[routing]") {
    const HostMap map = map_of({{ApiKind::http, {}, "", "$default"}, {ApiKind::http, {"a.test"}, "/x", "$default"}});
    CHECK(select(map, "a.test", "/y") == "404 route.base_path");
    CHECK(select(map, "b.test", "/y") == "api 0: /y");
}

TEST_CASE("a stage is the first segment, and /dev and /dev/ are its root", "[routing]") {
    const HostMap map = map_of({{ApiKind::rest, {}, "", "dev"}, {ApiKind::rest, {}, "", "prod"}});
    CHECK(select(map, "h", "/dev") == "api 0: / (rest)");
    CHECK(select(map, "h", "/dev/") == "api 0: / (rest)");
    CHECK(select(map, "h", "/prod/pets/1") == "api 1: /pets/1 (rest)");
    CHECK(select(map, "h", "/devx") == "403 route.stage (rest)");
    CHECK(select(map, "h", "/") == "403 route.stage (rest)");
    CHECK(select(map_of({{ApiKind::http, {}, "", "dev"}}), "h", "/x") == "404 route.stage");
}

TEST_CASE("an explicit stage comes before $default", "[routing]") {
    const HostMap map = map_of({{ApiKind::http, {}, "/api", "$default"}, {ApiKind::http, {}, "/api", "dev"}});
    CHECK(select(map, "h", "/api/dev/x") == "api 1: /x");
    CHECK(select(map, "h", "/api/x") == "api 0: /x");
    CHECK(select(map, "h", "/api") == "api 0: /");
}

TEST_CASE("the sent view is stripped with the canonical one", "[routing]") {
    const HostMap map = map_of({{ApiKind::rest, {}, "/base", "dev"}});
    const auto path = gw::http::Path::parse("//b%61se//dev//proxy%2fvalue?q=1");
    REQUIRE(path);
    ApiKind kind = ApiKind::http;
    const auto verdict = map.select("h", make_request_path(*path), kind);
    REQUIRE_FALSE(is_refused(verdict));
    CHECK(allowed(verdict).path.canonical == "/proxy%2Fvalue");
    CHECK(allowed(verdict).path.sent == "/proxy%2fvalue");
    CHECK(allowed(verdict).path.query == "?q=1");
}

TEST_CASE("a mapping that cannot be is an error", "[routing]") {
    const auto refused = [](ApiMapping api) { return !HostMap::make(std::vector{std::move(api)}); };
    CHECK(refused({ApiKind::http, {"a b"}, "", "$default"}));
    CHECK(refused({ApiKind::http, {""}, "", "$default"}));
    CHECK(refused({ApiKind::http, {"a:80"}, "", "$default"}));
    CHECK(refused({ApiKind::http, {"*."}, "", "$default"}));
    CHECK(refused({ApiKind::http, {"*"}, "", "$default"}));
    CHECK(refused({ApiKind::http, {"a.*.b"}, "", "$default"}));
    CHECK(refused({ApiKind::http, {}, "orders", "$default"}));
    CHECK(refused({ApiKind::http, {}, "/orders/", "$default"}));
    CHECK(refused({ApiKind::http, {}, "/{x}", "$default"}));
    CHECK(refused({ApiKind::http, {}, "", ""}));
    CHECK(refused({ApiKind::http, {}, "", "de/v"}));
    CHECK(refused({ApiKind::http, {}, "", std::string(129, 'a')}));
    CHECK_FALSE(refused({ApiKind::http, {}, "", std::string(128, 'a')}));
    CHECK_FALSE(HostMap::make(std::vector<ApiMapping>{ApiMapping{}, ApiMapping{}}));
}
