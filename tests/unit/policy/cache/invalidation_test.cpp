#include "libgw/policy/cache/invalidation.h"

#include "tests/support/cache_case.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::cache;

namespace {

/// The paths that an answer to POST /a/b?c names, joined by spaces.
std::string named(std::string_view answer) {
    const Origins origins{"example.com", "10.0.0.1:3000", false, false};
    std::string all;
    for (const http::Path& path : named_paths(test::fields_of(answer), *http::Path::parse("/a/b?c"), origins))
        all.append(all.empty() ? "" : " ")
            .append(path.canonical())
            .append(path.has_query() ? "?" : "")
            .append(path.query());
    return all;
}

}  // namespace

TEST_CASE("only success of an unsafe method makes void", "[cache]") {
    using http::Method;
    for (const Method method : {Method::post, Method::put, Method::delete_, Method::patch, Method::other}) {
        CHECK(invalidates(method, 200));
        CHECK(invalidates(method, 204));
        CHECK(invalidates(method, 303));
        CHECK_FALSE(invalidates(method, 404));
        CHECK_FALSE(invalidates(method, 500));
    }
    for (const Method method : {Method::get, Method::head, Method::options}) CHECK_FALSE(invalidates(method, 200));
}

TEST_CASE("Location and Content-Location name what else is void, of the same origin only", "[cache]") {
    CHECK(named("Location: /x") == "/x");
    CHECK(named("Location: x") == "/a/x");
    CHECK(named("Location: ../x?y") == "/x?y");
    CHECK(named("Location: ?q") == "/a/b?q");
    CHECK(named("Location: #f") == "/a/b?c");
    CHECK(named("Location: http://example.com/x") == "/x");
    CHECK(named("Location: http://example.com:80/x#f") == "/x");
    CHECK(named("Location: //EXAMPLE.com/x") == "/x");
    CHECK(named("Location: http://10.0.0.1:3000/x") == "/x");
    CHECK(named("Location: http://example.com") == "/");
    CHECK(named("Location: /x|Content-Location: /y") == "/x /y");
    CHECK(named("Location: https://example.com/x").empty());
    CHECK(named("Location: http://example.org/x").empty());
    CHECK(named("Location: http://example.com:81/x").empty());
    CHECK(named("Location: //example.org/x").empty());
    CHECK(named("Location: mailto:a@example.com").empty());
    CHECK(named("Location: http://example.com@evil/x").empty());
    CHECK(named("Location: /%zz").empty());
}
