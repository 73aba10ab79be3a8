#include "libgw/policy/cors/preflight_cache.h"

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::cors;
using namespace std::chrono_literals;

TEST_CASE("a preflight is remembered for its time, its origin, its URL and its credentials") {
    PreflightCache cache;
    const Instant start{100s};
    cache.store("https://a", "https://api/x", Grant{{"PUT"}, {"x-a"}, false, 60s}, start);
    const auto covers = [&](const char* origin, const char* url, Credentials credentials, const char* method,
                            const char* name, Instant now) {
        return cache.covers(origin, url, credentials, method, {name}, Engine::standard, now);
    };
    REQUIRE(covers("https://a", "https://api/x", Credentials::omit, "PUT", "x-a", start + 59s));
    REQUIRE(covers("https://a", "https://api/x", Credentials::same_origin, "GET", "x-a", start));
    REQUIRE_FALSE(covers("https://a", "https://api/x", Credentials::omit, "PUT", "x-a", start + 60s));
    REQUIRE_FALSE(covers("https://a", "https://api/x", Credentials::include, "PUT", "x-a", start));
    REQUIRE_FALSE(covers("https://b", "https://api/x", Credentials::omit, "PUT", "x-a", start));
    REQUIRE_FALSE(covers("https://a", "https://api/x?y", Credentials::omit, "PUT", "x-a", start));
    REQUIRE_FALSE(covers("https://a", "https://api/x", Credentials::omit, "DELETE", "x-a", start));
    REQUIRE_FALSE(covers("https://a", "https://api/x", Credentials::omit, "PUT", "x-b", start));
    cache.store("https://a", "https://api/x", Grant{{"PUT"}, {"x-a"}, false, 0s}, start);
    REQUIRE_FALSE(covers("https://a", "https://api/x", Credentials::omit, "PUT", "x-a", start));
}
