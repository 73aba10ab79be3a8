#include "libgw/policy/integration/target_path.h"

#include "tests/support/catch.h"

using gw::ApiKind;
using namespace gw::integration;
using namespace gw::routing;

namespace {

// The path and query that go up for a request of a route, "refused", or "no route".
std::string up(ApiKind kind, std::string_view route, std::string_view target, std::string_view request,
               std::optional<std::string_view> query = std::nullopt) {
    auto key = RouteKey::parse(route);
    REQUIRE(key);
    const auto path = TargetPath::make(kind, *key, target, query);
    REQUIRE(path);
    const Router router = Router::make(kind, {*key});
    const auto sent = gw::http::Path::parse(request);
    if (!sent) return "refused by the path";
    const RequestPath view = make_request_path(*sent);
    RouteMatch match;
    if (!router.find(gw::http::Method::get, view, match)) return "no route";
    std::string scratch = "left over";
    const auto made = path->compose(view, match, scratch);
    if (!made) return "refused";
    return std::string(made->path) + std::string(made->query);
}

std::string http(std::string_view route, std::string_view target, std::string_view request) {
    return up(ApiKind::http, route, target, request);
}
std::string rest(std::string_view route, std::string_view target, std::string_view request) {
    return up(ApiKind::rest, route, target, request);
}

}  // namespace

TEST_CASE("a target without a path takes the path as it was sent", "[integration]") {
    CHECK(http("/{proxy+}", "", "/a%2fb//%63/?x=%31&y") == "/a%2fb//%63/?x=%31&y");
    CHECK(http("/pets/{id}", "", "/pets/7?") == "/pets/7?");
    CHECK(http("$default", "", "/") == "/");
    CHECK(rest("/pets", "", "/pets/") == "/pets/");
    CHECK(http("/{proxy+}", "", "/a/../b%20") == "/b%20");
}

TEST_CASE("a target's path takes the place of the route's literal prefix", "[integration]") {
    CHECK(http("/pets", "/animals", "/pets?q") == "/animals?q");
    CHECK(http("/pets/{id}", "/animals", "/pets/7") == "/animals/7");
    CHECK(http("/pets/{id}/toys", "/x/", "/pets/7/toys") == "/x/7/toys");
    CHECK(http("/pets/{proxy+}", "/v1/animals", "/pets/a//b%2fc/") == "/v1/animals/a//b%2fc/");
    CHECK(http("/pets/{proxy+}", "/", "/pets/a/b") == "/a/b");
    CHECK(http("/pets/{proxy+}", "/v1", "/pets/") == "/v1/");
    CHECK(http("/{proxy+}", "/base", "/a") == "/base/a");
    CHECK(http("/", "/base", "/") == "/base");
    CHECK(http("$default", "/base", "/a/b?q") == "/base/a/b?q");
    CHECK(http("$default", "/base/", "/") == "/base/");
}

TEST_CASE("REST APIs do not carry the slash at the end on into a target's path", "[integration]") {
    CHECK(rest("/pets", "/animals", "/pets/") == "/animals");
    CHECK(rest("/pets/{proxy+}", "/animals", "/pets/a/") == "/animals/a");
    CHECK(rest("/pets/{id}", "/animals/{id}", "/pets/7/") == "/animals/7");
}

TEST_CASE("named parameters are filled in, and an unnamed greedy one is appended", "[integration]") {
    CHECK(http("/pets/{id}", "/animals/{id}/show", "/pets/7%2f8") == "/animals/7%2f8/show");
    CHECK(http("/{a}/{b}", "/{b}/{a}/{b}", "/1/2") == "/2/1/2");
    CHECK(http("/pets/{id}/{proxy+}", "/v1/{id}", "/pets/7/x/y") == "/v1/7/x/y");
    CHECK(http("/pets/{id}/{proxy+}", "/v1/{id}/", "/pets/7/x/y") == "/v1/7/x/y");
    CHECK(http("/pets/{proxy+}", "/v1/{proxy}", "/pets/x/y") == "/v1/x/y");
    CHECK(http("/pets/{proxy+}", "/v1/{proxy+}", "/pets/x/y") == "/v1/x/y");
    CHECK(http("/pets/{id}", "/p-{id}.json", "/pets/7") == "/p-7.json");
    CHECK(http("/pets/{proxy+}", "/{proxy}/x", "/pets/") == "/x");
}

TEST_CASE("the query is kept, after the target's own", "[integration]") {
    CHECK(up(ApiKind::http, "/a", "/b", "/a?c=d", "key=1") == "/b?key=1&c=d");
    CHECK(up(ApiKind::http, "/a", "/b", "/a", "key=1") == "/b?key=1");
    CHECK(up(ApiKind::http, "/a", "/b", "/a?", "key=1") == "/b?key=1");
    CHECK(up(ApiKind::http, "/a", "", "/a?c", "key=1") == "/a?key=1&c");
    CHECK(up(ApiKind::http, "/a", "", "/a?c", "") == "/a?c");
}

TEST_CASE("a target that cannot be addressed is an error", "[integration]") {
    const auto error = [](std::string_view route, std::string_view target) {
        const auto path = TargetPath::make(ApiKind::http, RouteKey::parse(route).value(), target);
        REQUIRE_FALSE(path);
        CHECK(path.error().code == gw::Errc::config);
        return path.error().message + " | " + path.error().hint;
    };
    CHECK(error("/pets/{petId}", "/x/{petid}") ==
          "the target names {petid}, which the route 'ANY /pets/{petId}' has not | did you mean '{petId}'?");
    CHECK(error("/pets", "/x/{id}").ends_with("| it has none"));
    CHECK(error("/pets/{a}", "/x/{").starts_with("a brace stands alone"));
    CHECK(error("/pets/{a}", "/x/}").starts_with("a brace stands alone"));
    CHECK(error("/pets", "x").find("does not start with '/'") != std::string::npos);
    CHECK(error("/pets", "//evil").find("starts with '//'") != std::string::npos);
    CHECK(error("/pets", "/a/../b").find("dot segment") != std::string::npos);
    CHECK(error("/pets", "/a/%2e%2e/b").find("dot segment") != std::string::npos);
    CHECK(error("/pets", "/a/..%2fb").find("dot segment") != std::string::npos);
}

TEST_CASE("no path leaves the target's base path or changes its authority", "[integration]") {
    const std::vector<std::string> payloads = {
        "/p/..",
        "/p/../admin",
        "/p/../../admin",
        "/p/./../admin",
        "/p/%2e%2e/admin",
        "/p/%2E%2e/%2E./admin",
        "/p/.%2e/admin",
        "/p/%2e./admin",
        "/p/..%2fadmin",
        "/p/..%2Fadmin",
        "/p/%2e%2e%2fadmin",
        "/p/a%2f..%2f..%2fadmin",
        "/p/..%5cadmin",
        "/p/..\\admin",
        "/p/%5c..%5cadmin",
        "/p/%252e%252e/admin",
        "/p/%252e%252e%252fadmin",
        "/p/%25252e%25252e%25252fadmin",
        "/p/..%252fadmin",
        "/p/..%255cadmin",
        "/p/..;/admin",
        "/p/..;x=y/admin",
        "/p/a%2f..;%2fadmin",
        "/p/%2e%2e;/admin",
        "/p//evil.example",
        "/p///evil.example/x",
        "/p/@evil.example",
        "/p/:80@evil.example/",
        "/p/evil.example:80",
        "/p/http://evil.example/",
        "/p/http:%2f%2fevil.example",
        "/p/%2f%2fevil.example",
        "/p/%2fetc/passwd",
        "//p/x",
        "//evil.example/p/x",
        "/p/?@evil.example",
        "/p/x?/../admin",
        "/p/x%3f/../admin",
        "/p/x%23/../admin",
        "/p/%00",
        "/p/%0d%0aHost:%20evil",
        "/p/%0aX",
        "/p/a b",
        "/p/%c0%ae%c0%ae/admin",
        "/p/%e0%80%ae/admin",
        "/p/%u002e%u002e/",
        "/p/...",
        "/p/....//admin",
        "/p/.../..",
        "/p/%2e",
        "/p/.",
        "/p/x/.%2e/.%2E/.%2e",
        "/p/;/../admin",
        "/p/%2525252e%2525252e/",
        "/p/..%c0%af",
        "/p/~root",
        "/p/%7e/..%2f",
    };
    CHECK(payloads.size() >= 50);
    std::size_t served = 0;
    for (const ApiKind kind : {ApiKind::http, ApiKind::rest}) {
        for (const auto& [route, target] :
             std::vector<std::pair<std::string, std::string>>{{"/p/{proxy+}", "/base/v1"},
                                                              {"/p/{proxy+}", "/base/v1/{proxy}"},
                                                              {"/p/{proxy+}", "/base/v1/.{proxy}"},
                                                              {"/p/{id}", "/base/v1/{id}/x"},
                                                              {"/p/{id}", "/base/v1/.{id}"},
                                                              {"/p/{id}", "/base/v1/{id}{id}"},
                                                              {"/p/{id}", "/base/v1"}}) {
            for (const std::string& payload : payloads) {
                INFO(route << " -> " << target << ": " << payload);
                const std::string made = up(kind, route, target, payload);
                if (made == "no route" || made.starts_with("refused")) continue;
                ++served;
                const std::string path = made.substr(0, made.find('?'));
                // The last piece may grow ("/base/v1" and "/base/v1/…"), the rest stands.
                CHECK((path == "/base/v1" || path.starts_with("/base/v1/")));
                CHECK_FALSE(has_dot_segment(path));
                CHECK_FALSE(hides_climbing(path));
                CHECK(path.find_first_of(" \\#\r\n") == std::string::npos);
                // What an eager target makes of it by decoding once and resolving is still below the base.
                const auto resolved =
                    gw::http::Path::parse(gw::http::percent_encode(gw::http::percent_decode(path), "/:;@.~"));
                REQUIRE(resolved);
                CHECK(resolved->canonical().starts_with("/base/v1"));
            }
        }
        for (const std::string& payload : payloads) {
            const std::string made = up(kind, "/{proxy+}", "", payload);
            if (made == "no route" || made.starts_with("refused")) continue;
            INFO(payload);
            CHECK(made.starts_with("/"));
            CHECK_FALSE(made.starts_with("//"));
        }
    }
    CHECK(served > 100);
}
