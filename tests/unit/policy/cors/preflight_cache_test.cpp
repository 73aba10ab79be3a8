#include "libgw/policy/cors/preflight_cache.h"

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::cors;
using namespace std::chrono_literals;

namespace {

constexpr Instant kStart{100s};

/// A cache that has learned of PUT with x-a, and whether it stands for a request.
struct Learned {
    PreflightCache cache;
    explicit Learned(Grant grant = {{"PUT"}, {"x-a"}, false, 60s}) {
        cache.store("https://a", "https://api/x", std::move(grant), kStart);
    }
    bool covers(const char* origin, const char* url, Credentials credentials, const char* method, const char* name,
                Instant now = kStart, Engine engine = Engine::chrome) {
        return cache.covers(origin, url, credentials, method, {name}, engine, now);
    }
};

}  // namespace

TEST_CASE("a preflight is remembered for its time, its origin, its URL and its credentials") {
    REQUIRE(Learned().covers("https://a", "https://api/x", Credentials::omit, "PUT", "x-a", kStart + 59s));
    REQUIRE(Learned().covers("https://a", "https://api/x", Credentials::same_origin, "GET", "x-a"));
    REQUIRE_FALSE(Learned().covers("https://a", "https://api/x", Credentials::omit, "PUT", "x-a", kStart + 60s));
    REQUIRE_FALSE(Learned().covers("https://a", "https://api/x", Credentials::include, "PUT", "x-a"));
    REQUIRE_FALSE(Learned().covers("https://b", "https://api/x", Credentials::omit, "PUT", "x-a"));
    REQUIRE_FALSE(Learned().covers("https://a", "https://api/x?y", Credentials::omit, "PUT", "x-a"));
    REQUIRE_FALSE(Learned().covers("https://a", "https://api/x", Credentials::omit, "DELETE", "x-a"));
    REQUIRE_FALSE(Learned().covers("https://a", "https://api/x", Credentials::omit, "PUT", "x-b"));
    Learned again;
    again.cache.store("https://a", "https://api/x", Grant{{"PUT"}, {"x-a"}, false, 0s}, kStart);
    REQUIRE_FALSE(again.covers("https://a", "https://api/x", Credentials::omit, "PUT", "x-a"));
}

TEST_CASE("what was learned with credentials stands for requests without them too") {
    Learned with(Grant{{"PUT", "*"}, {"x-a"}, true, 60s});
    REQUIRE(with.covers("https://a", "https://api/x", Credentials::omit, "PUT", "x-a"));
    REQUIRE(with.covers("https://a", "https://api/x", Credentials::include, "PUT", "x-a"));
    REQUIRE_FALSE(with.covers("https://a", "https://api/x", Credentials::omit, "DELETE", "x-a"));  // * is a name there
}

TEST_CASE("a preflight that does not cover a request is forgotten") {
    Learned learned;
    REQUIRE_FALSE(learned.covers("https://a", "https://api/x", Credentials::omit, "DELETE", "x-a"));
    REQUIRE_FALSE(learned.covers("https://a", "https://api/x", Credentials::omit, "PUT", "x-a"));
}

TEST_CASE("Chromium asks again for Authorization where a wildcard is remembered") {
    const Grant any{{"*"}, {"*"}, false, 60s};
    REQUIRE(Learned(any).covers("https://a", "https://api/x", Credentials::omit, "DELETE", "x-z"));
    REQUIRE_FALSE(Learned(any).covers("https://a", "https://api/x", Credentials::omit, "PUT", "authorization"));
}
