#include "libgw/policy/throttle/block.h"

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::throttle;

namespace {

constexpr LeaseWish want(std::uint64_t count) { return {count, 0, 0, 0}; }

}  // namespace

TEST_CASE("blocks of a quota never add up to more than it") {
    const Quota quota{1000, 0, Period::day};
    Reserved entry = begin_quota(7);
    std::uint64_t sum = 0;
    std::uint64_t blocks = 0;
    while (true) {
        const LeaseGrant grant = reserve(entry, quota, 7, want(4096));
        if (grant.granted == 0) {
            CHECK(grant.wait == kQuotaWait);
            break;
        }
        CHECK(grant.wait == Nanoseconds(0));
        CHECK(grant.granted <= 125);
        sum += grant.granted;
        ++blocks;
    }
    CHECK(sum == 1000);
    CHECK(blocks > 20);
    CHECK(left_of(entry, quota) == 0);
}

TEST_CASE("what is given back of this period can be reserved again, and of another one not") {
    const Quota quota{10, 0, Period::day};
    Reserved entry = begin_quota(7);
    for (int i = 0; i < 10; ++i) CHECK(reserve(entry, quota, 7, want(1)).granted == 1);
    CHECK(reserve(entry, quota, 7, {1, 3, 6, 0}).granted == 0);
    CHECK(reserve(entry, quota, 7, {0, 3, 7, 0}).granted == 0);
    CHECK(left_of(entry, quota) == 3);
    CHECK(reserve(entry, quota, 7, {0, 300, 7, 0}).granted == 0);
    CHECK(left_of(entry, quota) == 10);
}

TEST_CASE("a new period begins once, and none is opened again") {
    const Quota quota{10, 4, Period::day};
    Reserved entry = begin_quota(7);
    for (int i = 0; i < 6; ++i) CHECK(reserve(entry, quota, 7, want(1)).granted == 1);
    CHECK(reserve(entry, quota, 7, want(1)).granted == 0);
    for (int i = 0; i < 10; ++i) CHECK(reserve(entry, quota, 8, want(1)).granted == 1);
    CHECK(reserve(entry, quota, 8, want(1)).granted == 0);
    CHECK(reserve(entry, quota, 7, want(1)).granted == 0);
    CHECK(entry == Reserved{7, 8, 10});
}

TEST_CASE("what is owed is used, and no more is left than before") {
    const Quota quota{10, 0, Period::day};
    Reserved entry = begin_quota(7);
    CHECK(reserve(entry, quota, 7, {1, 0, 0, 8}).granted == 1);
    CHECK(left_of(entry, quota) == 1);
    CHECK(reserve(entry, quota, 7, {1, 0, 0, 20}).granted == 0);
    CHECK(left_of(entry, quota) == 0);
    CHECK(reserve(entry, Quota{100, 0, Period::day}, 7, want(1)).granted == 1);
}
