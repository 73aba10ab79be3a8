#include "libgw/policy/cache/status_field.h"

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::cache;
using namespace std::chrono_literals;

TEST_CASE("Cache-Status says what became of a request", "[cache]") {
    CHECK(to_field({Outcome::hit, 53s, 0, false, false, {}}) == "gw; hit; ttl=53");
    CHECK(to_field({Outcome::stale, -7s, 0, false, false, {}}) == "gw; hit; ttl=-7");
    CHECK(to_field({Outcome::hit, 5s, 0, false, true, {}}) == "gw; hit; ttl=5; collapsed");
    CHECK(to_field({Outcome::miss, {}, 200, true, false, {}}) == "gw; fwd=uri-miss; fwd-status=200; stored");
    CHECK(to_field({Outcome::vary_miss, {}, 200, false, false, {}}) == "gw; fwd=vary-miss; fwd-status=200");
    CHECK(to_field({Outcome::revalidated, 60s, 304, true, false, {}}) ==
          "gw; fwd=stale; fwd-status=304; ttl=60; stored");
    CHECK(to_field({Outcome::bypass, {}, 200, false, false, "no-store"}) ==
          "gw; fwd=bypass; fwd-status=200; detail=no-store");
}
