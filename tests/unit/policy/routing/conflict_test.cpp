#include "libgw/policy/routing/conflict.h"

#include "tests/support/catch.h"

using gw::ApiKind;
using namespace gw::routing;
using Kind = Conflict::Kind;

namespace {
std::vector<Conflict> conflicts(ApiKind kind, const std::vector<std::string>& texts,
                                const std::vector<std::uint32_t>& protection = {}) {
    std::vector<RouteKey> keys;
    for (const std::string& text : texts) {
        auto key = RouteKey::parse(text);
        INFO(text);
        REQUIRE(key);
        keys.push_back(std::move(key).value());
    }
    return find_conflicts(kind, keys, protection);
}
PathTemplate path(std::string_view text) { return PathTemplate::parse(text).value(); }
}  // namespace

TEST_CASE("a sound list of routes has no conflicts", "[routing]") {
    CHECK(conflicts(ApiKind::http, {"GET /pets", "POST /pets", "ANY /pets/{id}", "ANY /{proxy+}", "$default"}).empty());
    CHECK(conflicts(ApiKind::rest, {"GET /pets", "GET /pets/{id}", "PUT /pets/{id}", "ANY /pets/{proxy+}"}).empty());
    CHECK(conflicts(ApiKind::http, {}).empty());
}

TEST_CASE("the same route twice is an error", "[routing]") {
    const auto found = conflicts(ApiKind::http, {"GET /pets/{id}", "GET /toys", "GET /pets/{id}"});
    REQUIRE(found.size() == 1);
    CHECK(found[0].kind == Kind::duplicate);
    CHECK(found[0].error);
    CHECK(found[0].route == 2);
    CHECK(found[0].other == 0);
    CHECK(conflicts(ApiKind::http, {"$default", "$default"}).at(0).kind == Kind::duplicate);
    CHECK(conflicts(ApiKind::http, {"GET /%7ea", "GET /~a"}).at(0).kind == Kind::duplicate);
}

TEST_CASE("routes that differ in names only are ambiguous", "[routing]") {
    const auto found = conflicts(ApiKind::http, {"GET /pets/{id}", "GET /pets/{name}"});
    REQUIRE(found.size() == 1);
    CHECK(found[0].kind == Kind::ambiguous);
    CHECK(found[0].error);
    CHECK(conflicts(ApiKind::http, {"GET /pets/{id}", "POST /pets/{name}"}).empty());
}

TEST_CASE("a REST API is warned of siblings with different names", "[routing]") {
    const auto found = conflicts(ApiKind::rest, {"GET /pets/{id}", "POST /pets/{name}/toys"});
    REQUIRE(found.size() == 1);
    CHECK(found[0].kind == Kind::ambiguous);
    CHECK_FALSE(found[0].error);
    CHECK(conflicts(ApiKind::rest, {"GET /pets/{id}", "GET /pets/{name}"}).size() == 1);
}

TEST_CASE("unreachable routes are found", "[routing]") {
    const auto behind = conflicts(ApiKind::http, {"ANY /{proxy+}", "ANY /", "$default"});
    REQUIRE(behind.size() == 1);
    CHECK(behind[0].kind == Kind::unreachable);
    CHECK(behind[0].route == 2);
    CHECK(conflicts(ApiKind::http, {"ANY /{proxy+}", "$default"}).empty());

    std::vector<std::string> all = {"GET /a",    "HEAD /a",  "POST /a",    "PUT /a",
                                    "DELETE /a", "PATCH /a", "OPTIONS /a", "ANY /a"};
    const auto any = conflicts(ApiKind::rest, all);
    REQUIRE(any.size() == 1);
    CHECK(any[0].kind == Kind::unreachable);
    CHECK(any[0].route == 7);
    CHECK(conflicts(ApiKind::http, all).empty());  // ANY takes PROPFIND and the like there
    all.erase(all.begin());
    CHECK(conflicts(ApiKind::rest, all).empty());
}

TEST_CASE("a REST API has no $default", "[routing]") {
    const auto found = conflicts(ApiKind::rest, {"$default"});
    REQUIRE(found.size() == 1);
    CHECK(found[0].error);
    CHECK(found[0].kind == Kind::unreachable);
}

TEST_CASE("paths that differ in case only are found", "[routing]") {
    const auto found = conflicts(ApiKind::http, {"GET /admin", "POST /Admin", "GET /ADMIN/{Id}"});
    REQUIRE(found.size() == 1);
    CHECK(found[0].kind == Kind::differs_in_case);
    CHECK_FALSE(found[0].error);
    CHECK(found[0].route == 1);
}

TEST_CASE("HTTP APIs are warned when an exact method comes before a narrower ANY", "[routing]") {
    const auto found = conflicts(ApiKind::http, {"ANY /pets/dog", "GET /pets/{id}"});
    REQUIRE(found.size() == 1);
    CHECK(found[0].kind == Kind::shadowed);
    CHECK(found[0].message == "GET requests for 'ANY /pets/dog' go to 'GET /pets/{id}'");
    CHECK(conflicts(ApiKind::rest, {"ANY /pets/dog", "GET /pets/{id}"}).empty());
    CHECK(conflicts(ApiKind::http, {"ANY /pets/dog", "GET /pets/{id+}"}).empty());
}

TEST_CASE("a route with more protection is told where its rest falls through to", "[routing]") {
    const auto found = conflicts(ApiKind::http, {"GET /admin", "ANY /{proxy+}"}, {1, 0});
    REQUIRE(found.size() == 1);
    CHECK(found[0].kind == Kind::less_protected);
    CHECK(found[0].route == 0);
    CHECK(found[0].other == 1);
    CHECK(conflicts(ApiKind::http, {"GET /admin", "ANY /{proxy+}"}, {1, 1}).empty());
    CHECK(conflicts(ApiKind::http, {"GET /admin", "ANY /{proxy+}"}, {0, 1}).empty());
    CHECK(conflicts(ApiKind::http, {"GET /admin", "$default"}, {1, 0}).size() == 1);
    CHECK(conflicts(ApiKind::http, {"GET /admin", "GET /other"}, {1, 0}).empty());
}

TEST_CASE("covers compares what two templates take", "[routing]") {
    CHECK(covers(path("/{proxy+}"), path("/a/b")));
    CHECK(covers(path("/{proxy+}"), path("/a/{b+}")));
    CHECK(covers(path("/{x}/b"), path("/a/b")));
    CHECK(covers(path("/a"), path("/a")));
    CHECK_FALSE(covers(path("/{proxy+}"), path("/")));
    CHECK_FALSE(covers(path("/a/{p+}"), path("/a")));
    CHECK_FALSE(covers(path("/a/b"), path("/a/{x}")));
    CHECK_FALSE(covers(path("/a/{x}"), path("/a/{x+}")));
    CHECK_FALSE(covers(path("/a"), path("/a/b")));
}

TEST_CASE("findings are bounded", "[routing]") {
    const std::vector<std::string> texts(kMaxConflicts + 50, "GET /same");
    CHECK(conflicts(ApiKind::http, texts).size() == kMaxConflicts);
}
