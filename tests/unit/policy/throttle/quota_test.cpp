#include "libgw/policy/throttle/quota.h"

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "tests/support/catch.h"

using namespace gw;
using namespace std::chrono;
using throttle::Period;
using throttle::Quota;
using throttle::QuotaCount;

namespace {

Date at(int y, unsigned m, unsigned d, hours hour = 0h) { return sys_days(year(y) / month(m) / day(d)) + hour; }

}  // namespace

TEST_CASE("periods are those of the calendar in UTC") {
    CHECK(throttle::end_of_period(Period::day, at(2024, 2, 28, 23h)) == at(2024, 2, 29));
    CHECK(throttle::end_of_period(Period::month, at(2024, 2, 29, 23h)) == at(2024, 3, 1));
    CHECK(throttle::end_of_period(Period::month, at(2023, 12, 31)) == at(2024, 1, 1));
    // 2024-01-01 was a Monday
    CHECK(throttle::end_of_period(Period::week, at(2024, 1, 1)) == at(2024, 1, 8));
    CHECK(throttle::end_of_period(Period::week, at(2024, 1, 7, 23h)) == at(2024, 1, 8));
    for (const Period period : {Period::day, Period::week, Period::month}) {
        Date date = at(1970, 1, 1);
        for (std::uint32_t number = 0; number < 700; ++number) {
            REQUIRE(throttle::period_of(period, date) == number);
            const Date end = throttle::end_of_period(period, date);
            REQUIRE(throttle::period_of(period, end - nanoseconds(1)) == number);
            // the first week has begun before there were dates
            if (number > 0 || period != Period::week) REQUIRE(throttle::begin_of_period(period, date) == date);
            REQUIRE(throttle::begin_of_period(period, end - nanoseconds(1)) == throttle::begin_of_period(period, date));
            date = end;
        }
    }
}

TEST_CASE("a period begins where the one before it ends") {
    CHECK(throttle::begin_of_period(Period::day, at(2024, 2, 29, 23h)) == at(2024, 2, 29));
    CHECK(throttle::begin_of_period(Period::month, at(2024, 2, 29, 23h)) == at(2024, 2, 1));
    CHECK(throttle::begin_of_period(Period::month, at(2024, 1, 1)) == at(2024, 1, 1));
    // 2024-01-01 was a Monday, 1970-01-01 a Thursday
    CHECK(throttle::begin_of_period(Period::week, at(2024, 1, 7, 23h)) == at(2024, 1, 1));
    CHECK(throttle::begin_of_period(Period::week, at(2024, 1, 1) - nanoseconds(1)) == at(2023, 12, 25));
    CHECK(throttle::begin_of_period(Period::week, at(1970, 1, 1)) == at(1969, 12, 29));
    for (const Period period : {Period::day, Period::week, Period::month})
        for (Date date = at(2023, 11, 5, 7h); date < at(2028, 4, 1); date += 31h) {
            const Date begin = throttle::begin_of_period(period, date);
            REQUIRE(begin <= date);
            REQUIRE(throttle::period_of(period, begin) == throttle::period_of(period, date));
            REQUIRE(throttle::end_of_period(period, begin - nanoseconds(1)) == begin);
        }
}

TEST_CASE("a quota lets its limit through in each period, and less in the first by its offset") {
    const Quota quota{5, 2, Period::day};
    QuotaCount count(Period::day, at(2026, 5, 1, 12h));
    CHECK(count.left(quota, at(2026, 5, 1, 12h)) == 3);
    for (int i = 0; i < 3; ++i) CHECK(count.take(quota, at(2026, 5, 1, 13h)));
    CHECK_FALSE(count.take(quota, at(2026, 5, 1, 23h)));
    for (int i = 0; i < 5; ++i) CHECK(count.take(quota, at(2026, 5, 2)));
    CHECK_FALSE(count.take(quota, at(2026, 5, 2)));
    CHECK(count.used(quota, at(2026, 5, 2)) == 5);
    CHECK(count.left(quota, at(2026, 5, 9)) == 5);
}

TEST_CASE("an offset above the limit leaves nothing of the first period") {
    const Quota quota{5, 9, Period::month};
    QuotaCount count(Period::month, at(2026, 5, 31));
    CHECK_FALSE(count.take(quota, at(2026, 5, 31)));
    CHECK(count.take(quota, at(2026, 6, 1)));
}

TEST_CASE("a clock that goes backwards opens no period again") {
    const Quota quota{1, 0, Period::day};
    QuotaCount count(Period::day, at(2026, 5, 1));
    CHECK(count.take(quota, at(2026, 5, 2)));
    CHECK_FALSE(count.take(quota, at(2026, 5, 1)));
    CHECK_FALSE(count.take(quota, at(2020, 1, 1)));
    CHECK_FALSE(count.take(quota, at(2026, 5, 2)));
    CHECK(count.take(quota, at(2026, 5, 3)));
    CHECK_FALSE(count.take(quota, at(2026, 5, 1)));
}

TEST_CASE("what is given back can be used again") {
    const Quota quota{1, 0, Period::week};
    QuotaCount count(Period::week, at(2026, 5, 1));
    count.give_back(quota, at(2026, 5, 1));
    CHECK(count.take(quota, at(2026, 5, 1)));
    count.give_back(quota, at(2026, 5, 1));
    CHECK(count.take(quota, at(2026, 5, 1)));
    CHECK_FALSE(count.take(quota, at(2026, 5, 1)));
}

TEST_CASE("threads use a quota up to its limit and no further") {
    const Quota quota{10000, 0, Period::day};
    QuotaCount count(Period::day, at(2026, 5, 1));
    std::atomic<int> admitted{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 3000; ++i)
                if (count.take(quota, at(2026, 5, 1))) admitted.fetch_add(1, std::memory_order_relaxed);
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(admitted == 10000);
}
