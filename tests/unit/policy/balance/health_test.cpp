#include "libgw/policy/balance/health.h"

#include <vector>

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::balance;
using namespace std::chrono_literals;

TEST_CASE("a target nobody has checked is unknown and counts as healthy") {
    const Health health;
    REQUIRE(health.status() == Health::Status::unknown);
    REQUIRE(health.is_usable());
}

TEST_CASE("the first result decides alone") {
    Health good;
    REQUIRE_FALSE(good.feed(true, {}));
    REQUIRE(good.status() == Health::Status::healthy);
    Health bad;
    REQUIRE(bad.feed(false, {}));
    REQUIRE(bad.status() == Health::Status::unhealthy);
}

TEST_CASE("a healthy target falls at the third failure in a row and rises at the second success in a row") {
    Health health;
    REQUIRE_FALSE(health.feed(true, {}));
    REQUIRE_FALSE(health.feed(false, {}));
    REQUIRE_FALSE(health.feed(false, {}));
    REQUIRE(health.against() == 2);
    REQUIRE_FALSE(health.feed(true, {}));
    REQUIRE(health.against() == 0);
    REQUIRE_FALSE(health.feed(false, {}));
    REQUIRE_FALSE(health.feed(false, {}));
    REQUIRE(health.is_usable());
    REQUIRE(health.feed(false, {}));
    REQUIRE_FALSE(health.is_usable());
    REQUIRE_FALSE(health.feed(true, {}));
    REQUIRE_FALSE(health.feed(false, {}));
    REQUIRE_FALSE(health.feed(true, {}));
    REQUIRE_FALSE(health.is_usable());
    REQUIRE(health.feed(true, {}));
    REQUIRE(health.is_usable());
}

TEST_CASE("a target that flaps faster than fall and rise never changes") {
    Health health;
    (void)health.feed(true, {});
    for (int i = 0; i < 1000; ++i) REQUIRE_FALSE(health.feed(i % 3 == 0, {}));
    REQUIRE(health.is_usable());
}

TEST_CASE("checks come once an interval, a tenth more or less, and the first within a second") {
    const HealthSettings settings{.interval = 5s};
    const Instant now{100s};
    REQUIRE(next_check_at(settings, 0, now) == now + 4500ms);
    REQUIRE(next_check_at(settings, 1'000'000'000, now) == now + 5500ms);
    REQUIRE(next_check_at(settings, 500'000'000, now) == now + 5s);
    REQUIRE(next_check_at(settings, 1'000'000'001, now) == now + 4500ms);
    REQUIRE(first_check_at(settings, 0, now) == now);
    REQUIRE(first_check_at(settings, 999'999'999, now) == now + 999'999'999ns);
    REQUIRE(first_check_at(settings, UINT64_MAX, now) < now + 1s);
    REQUIRE(first_check_at({.interval = 10ms}, UINT64_MAX, now) < now + 10ms);
    for (std::uint64_t random = 1; random != 0; random *= 2) {
        REQUIRE(next_check_at(settings, random, now) >= now + 4500ms);
        REQUIRE(next_check_at(settings, random, now) <= now + 5500ms);
    }
}

TEST_CASE("an interval of nothing does not divide by zero") {
    const Instant now{1s};
    REQUIRE(first_check_at({.interval = 0ns}, 7, now) == now);
    REQUIRE(next_check_at({.interval = 0ns}, 7, now) == now);
    REQUIRE(next_check_at({.interval = 5ns}, 7, now) == now + 5ns);
}
