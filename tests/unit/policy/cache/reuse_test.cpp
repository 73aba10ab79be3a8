#include "libgw/policy/cache/reuse.h"

#include "tests/support/cache_case.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::cache;
using namespace gw::test;

namespace {

bool on_error(std::string_view control, long long after, Trouble trouble, std::string_view request = {}) {
    const auto stored = store(200, "ETag: \"a\"|Cache-Control: " + std::string(control));
    REQUIRE(stored);
    return may_serve_on_error(*stored, parse_request_directives(fields_of(request)), trouble,
                              kReceived + std::chrono::seconds(after));
}

}  // namespace

TEST_CASE("a target in trouble is stood in for as long as stale-if-error says", "[cache]") {
    CHECK(on_error("max-age=2, stale-if-error=60", 62, Trouble::server_error));
    CHECK_FALSE(on_error("max-age=2, stale-if-error=60", 63, Trouble::server_error));
    CHECK_FALSE(on_error("max-age=2", 3, Trouble::server_error));
    CHECK(on_error("max-age=2", 3, Trouble::server_error, "Cache-Control: stale-if-error=5"));
}

TEST_CASE("one that cannot be reached is stood in for for a day", "[cache]") {
    CHECK(on_error("max-age=2", 3, Trouble::unreachable));
    CHECK(on_error("max-age=2", 86402, Trouble::unreachable));
    CHECK_FALSE(on_error("max-age=2", 86403, Trouble::unreachable));
}

TEST_CASE("nobody is stood in for where validation is asked for", "[cache]") {
    for (const char* control : {"max-age=2, must-revalidate", "max-age=2, proxy-revalidate", "max-age=2, no-cache",
                                "max-age=2, s-maxage=2", "max-age=2, stale-if-error=60, must-revalidate"}) {
        INFO(control);
        CHECK_FALSE(on_error(control, 3, Trouble::unreachable));
        CHECK_FALSE(on_error(control, 3, Trouble::server_error));
    }
    CHECK_FALSE(on_error("max-age=2", 3, Trouble::unreachable, "Cache-Control: no-cache"));
    CHECK_FALSE(on_error("max-age=2", 3, Trouble::unreachable, "Cache-Control: max-age=0"));
}

TEST_CASE("only four statuses mean that the target is in trouble", "[cache]") {
    for (const std::uint16_t status : std::initializer_list<std::uint16_t>{500, 502, 503, 504})
        CHECK(is_server_error(status));
    for (const std::uint16_t status : std::initializer_list<std::uint16_t>{200, 404, 499, 501, 505, 599})
        CHECK_FALSE(is_server_error(status));
}

TEST_CASE("what is shown once more while the target is asked is said to be", "[cache]") {
    const auto stored = store(200, "Cache-Control: max-age=1, stale-while-revalidate=10");
    REQUIRE(stored);
    const auto at = [&](long long after) { return judge(*stored, {}, kReceived + std::chrono::seconds(after)); };
    CHECK(at(0).use == Use::reuse);
    CHECK_FALSE(at(0).stale);
    CHECK(at(5).use == Use::reuse_and_refresh);
    CHECK(at(5).stale);
    CHECK(at(11).use == Use::validate);
}
