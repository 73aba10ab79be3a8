#include "libgw/gateway/ladder.h"

#include <algorithm>

#include "libgw/base/random.h"
#include "tests/support/catch.h"

using gw::gateway::Ladder;

namespace {

constexpr std::uint64_t kLimit = 1000;

/// Where readings in tenths of a percent lead to.
int climb(std::initializer_list<std::uint64_t> readings) {
    Ladder ladder;
    for (const std::uint64_t used : readings) ladder.look(used, kLimit);
    return ladder.rung();
}

}  // namespace

TEST_CASE("ladder: each rung is entered exactly at its share of the limit") {
    CHECK(climb({0}) == 0);
    CHECK(climb({849}) == 0);
    CHECK(climb({850}) == 85);
    CHECK(climb({919}) == 85);
    CHECK(climb({920}) == 92);
    CHECK(climb({949}) == 92);
    CHECK(climb({950}) == 95);
    CHECK(climb({979}) == 95);
    CHECK(climb({980}) == 98);
    CHECK(climb({2000}) == 98);
}

TEST_CASE("ladder: each rung is left two points below, and the next one down holds in its turn") {
    CHECK(climb({850, 830}) == 85);
    CHECK(climb({850, 829}) == 0);
    CHECK(climb({980, 960}) == 98);
    CHECK(climb({980, 959}) == 95);
    CHECK(climb({980, 930}) == 95);
    CHECK(climb({980, 929}) == 92);
    CHECK(climb({980, 900}) == 92);
    CHECK(climb({980, 899}) == 85);
    CHECK(climb({980, 100}) == 0);
}

TEST_CASE("ladder: only a change is told, and what wavers around a threshold changes nothing") {
    Ladder ladder;
    CHECK_FALSE(ladder.look(100, kLimit));
    CHECK(ladder.look(950, kLimit) == 95);
    for (int i = 0; i < 100; ++i) CHECK_FALSE(ladder.look(i % 2 == 0 ? 931 : 951, kLimit));
    CHECK(ladder.look(920, kLimit) == 92);
    CHECK(ladder.look(0, kLimit) == 0);
}

TEST_CASE("ladder: no limit is no rung, and the largest numbers do no harm") {
    Ladder ladder;
    CHECK_FALSE(ladder.look(UINT64_MAX, 0));
    CHECK(ladder.look(UINT64_MAX, UINT64_MAX) == 98);
    CHECK(ladder.look(1, UINT64_MAX) == 0);
}

TEST_CASE("ladder: on the way up and down a higher reading never means a lower rung") {
    gw::Random random(7);
    for (int round = 0; round < 1000; ++round) {
        Ladder one;
        one.look(random.below(1100), kLimit);
        Ladder other = one;
        const std::uint64_t low = random.below(1100);
        one.look(low, kLimit);
        other.look(low + random.below(200), kLimit);
        REQUIRE(one.rung() <= other.rung());
    }
}
