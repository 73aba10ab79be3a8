#include "libgw/policy/throttle/key_table.h"

#include <vector>

#include "libgw/base/random.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace std::chrono_literals;
using throttle::KeyTable;
using throttle::Limit;

namespace {

Limit limit_of(std::string_view rate, std::uint64_t burst) { return Limit::make(*parse_rate(rate), burst).value(); }

}  // namespace

TEST_CASE("each key has a bucket of its own") {
    KeyTable table(64);
    KeyTable::Overflow overflow;
    const Limit limit = limit_of("1/s", 2);
    Random random(1);
    std::vector<std::uint64_t> keys = {0, ~std::uint64_t{0}};
    for (int i = 0; i < 30; ++i) keys.push_back(random());
    for (const std::uint64_t key : keys)
        for (const bool admitted : {true, true, false})
            CHECK(table.take(key, limit, overflow, Instant(5s)).taken.admitted == admitted);
    for (const std::uint64_t key : keys) CHECK(table.take(key, limit, overflow, Instant(6s)).taken.admitted);
}

TEST_CASE("ten million invented keys take no more memory, and nobody gets his spent tokens back by them") {
    KeyTable table(1024);
    KeyTable::Overflow overflow;
    const Limit limit = limit_of("1/h", 3);
    const std::size_t before = table.bytes();
    CHECK(before <= 64 * 1024);
    Random random(3);
    const std::uint64_t attacker = random();
    Instant now(1h);
    std::uint64_t spent = 0;
    while (table.take(attacker, limit, overflow, now).taken.admitted) ++spent;
    CHECK(spent == 3);
    std::uint64_t admitted = 0;
    for (int i = 0; i < 10'000'000; ++i) admitted += table.take(random(), limit, overflow, now).taken.admitted ? 1 : 0;
    CHECK(table.bytes() == before);
    CHECK_FALSE(table.take(attacker, limit, overflow, now).taken.admitted);
    // those with a place have three each, all others three together; who comes with one request each takes one
    CHECK(admitted <= table.places() + 3);
}

TEST_CASE("who spent in the overflow bucket finds no full one when there is room again") {
    KeyTable table(2);
    REQUIRE(table.places() == 4);
    KeyTable::Overflow overflow;
    const Limit slow = limit_of("1/h", 5);
    const Limit quick = limit_of("1/s", 1);
    for (std::uint64_t key = 1; key <= 4; ++key) {
        REQUIRE(table.take(key << 32U, quick, overflow, Instant(0s)).taken.admitted);
    }
    KeyTable::Overflow shared;
    for (int i = 0; i < 5; ++i) {
        const auto outcome = table.take(77ULL << 40U, slow, shared, Instant(0s));
        CHECK(outcome.shared);
        CHECK(outcome.taken.admitted);
    }
    CHECK_FALSE(table.take(77ULL << 40U, slow, shared, Instant(0s)).taken.admitted);
    // the quick ones have filled up and make room
    const auto later = table.take(77ULL << 40U, slow, shared, Instant(2s));
    CHECK_FALSE(later.shared);
    CHECK_FALSE(later.taken.admitted);
}

TEST_CASE("a place whose bucket has filled up is free") {
    KeyTable table(2);
    KeyTable::Overflow overflow;
    const Limit limit = limit_of("1/s", 1);
    Instant now(1s);
    for (int round = 0; round < 100; ++round) {
        for (std::uint64_t key = 1; key <= 4; ++key) {
            const auto outcome =
                table.take((key + 1000 * static_cast<std::uint64_t>(round)) << 32U, limit, overflow, now);
            CHECK(outcome.taken.admitted);
            CHECK_FALSE(outcome.shared);
        }
        now += 1s;
    }
}

TEST_CASE("a limit that became quicker is not held against whoever spent under the slow one") {
    KeyTable table(8);
    KeyTable::Overflow overflow;
    const Limit slow = limit_of("1/day", 10);
    const Limit quick = limit_of("10/s", 10);
    for (int i = 0; i < 10; ++i) REQUIRE(table.take(9, slow, overflow, Instant(1s)).taken.admitted);
    CHECK_FALSE(table.take(9, quick, overflow, Instant(1s)).taken.admitted);
    CHECK_FALSE(table.take(9, quick, overflow, Instant(1s)).taken.admitted);
    CHECK(table.take(9, quick, overflow, Instant(1100ms)).taken.admitted);
}
