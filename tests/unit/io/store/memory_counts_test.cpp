#include "libgw/io/store/memory_counts.h"

#include <thread>
#include <vector>

#include "tests/support/catch.h"

using namespace gw;
using namespace std::chrono_literals;
using store::Ask;
using store::MemoryCounts;
using store::Outcome;
using throttle::Limit;
using throttle::Period;
using throttle::Quota;

namespace {

Limit limit_of(std::string_view rate, std::uint64_t burst) { return Limit::make(*parse_rate(rate), burst).value(); }

constexpr Date kDate{};

/// One token of one bucket, at the beginning of time.
Outcome take(MemoryCounts& counts, const std::shared_ptr<store::Meter>& meter, std::string_view key = {}) {
    const Ask ask{meter.get(), key};
    return counts.take({&ask, 1}, nullptr, Instant(), kDate);
}

}  // namespace

TEST_CASE("the first that says no is named, and whoever is refused has spent nothing") {
    MemoryCounts counts({1, 2});
    const auto plan = counts.meter("plan", limit_of("1/h", 10), false, Instant());
    const auto client = counts.meter("client", limit_of("1/h", 3), true, Instant());
    const auto account = counts.meter("account", limit_of("1/h", 5), false, Instant());
    const auto quota = counts.tally("quota", Quota{4, 0, Period::day}, kDate);
    const auto ask = [&](std::string_view key) {
        const Ask asks[] = {{plan.get(), {}}, {client.get(), key}, {account.get(), {}}};
        return counts.take(asks, quota.get(), Instant(), kDate);
    };
    for (int i = 0; i < 3; ++i) CHECK(ask("a").admitted);
    for (int i = 0; i < 5; ++i) CHECK(ask("a").refused == 1);
    CHECK(plan->limit().tokens(counts.missing({plan.get(), {}}, Instant())) == 7);
    CHECK(counts.left(*quota, kDate) == 1);
    CHECK(ask("b").admitted);
    const Outcome no = ask("b");
    CHECK_FALSE(no.admitted);
    CHECK(no.refused == Outcome::kNone);
    CHECK(account->limit().tokens(counts.missing({account.get(), {}}, Instant())) == 1);
    CHECK(client->limit().tokens(counts.missing({client.get(), "b"}, Instant())) == 2);
}

TEST_CASE("a limit goes on under its name, and a changed one with the time that it needs to be full") {
    MemoryCounts counts({1, 2});
    auto meter = counts.meter("route", limit_of("1/s", 10), false, Instant());
    for (int i = 0; i < 10; ++i) CHECK(take(counts, meter).admitted);
    CHECK(counts.meter("route", limit_of("1/s", 10), false, Instant()) == meter);
    const auto changed = counts.meter("route", limit_of("1/s", 20), false, Instant());
    CHECK(changed != meter);
    CHECK(changed->limit().tokens(counts.missing({changed.get(), {}}, Instant())) == 10);
    const auto quick = counts.meter("route", limit_of("100/s", 20), false, Instant());
    CHECK(quick->limit().tokens(counts.missing({quick.get(), {}}, Instant())) == 0);
    CHECK(quick->limit().tokens(counts.missing({quick.get(), {}}, Instant(200ms))) == 20);
}

TEST_CASE("what has lost its last Runtime is forgotten, and begins full") {
    MemoryCounts counts({1, 2});
    auto meter = counts.meter("route", limit_of("1/h", 1), false, Instant());
    CHECK(take(counts, meter).admitted);
    meter.reset();
    meter = counts.meter("route", limit_of("1/h", 1), false, Instant());
    CHECK(take(counts, meter).admitted);
}

TEST_CASE("a quota with another limit goes on, with another period it begins anew") {
    MemoryCounts counts({1, 2});
    const auto daily = counts.tally("key", Quota{10, 0, Period::day}, kDate);
    for (int i = 0; i < 6; ++i) CHECK(counts.take({}, daily.get(), Instant(), kDate).admitted);
    const auto less = counts.tally("key", Quota{5, 0, Period::day}, kDate);
    CHECK_FALSE(counts.take({}, less.get(), Instant(), kDate).admitted);
    CHECK(counts.left(*less, kDate) == 0);
    const auto weekly = counts.tally("key", Quota{5, 0, Period::week}, kDate);
    CHECK(counts.left(*weekly, kDate) == 5);
}

TEST_CASE("more buckets than there is room to ask for let nobody in") {
    MemoryCounts counts({1, 2});
    const auto meter = counts.meter("route", limit_of("1/s", 100), false, Instant());
    const std::vector<Ask> asks(store::Counts::kMostAsks + 1, Ask{meter.get(), {}});
    CHECK_FALSE(counts.take(asks, nullptr, Instant(), kDate).admitted);
    CHECK(counts.missing({meter.get(), {}}, Instant()) == 0);
}

TEST_CASE("a million invented keys neither grow the tables nor refill anybody's bucket") {
    MemoryCounts counts({3, 4}, 4096);
    const auto meter = counts.meter("client", limit_of("1/h", 2), true, Instant());
    const std::size_t before = counts.bytes();
    CHECK(before <= 4096 * 64);
    for (const bool admitted : {true, true, false}) CHECK(take(counts, meter, "attacker").admitted == admitted);
    for (int i = 0; i < 1'000'000; ++i) static_cast<void>(take(counts, meter, std::to_string(i)));
    CHECK(counts.bytes() == before);
    CHECK(counts.overflowed() > 900'000);
    CHECK_FALSE(take(counts, meter, "attacker").admitted);
}

TEST_CASE("threads share keyed buckets without letting more through") {
    MemoryCounts counts({3, 4});
    const auto meter = counts.meter("client", limit_of("1/h", 100), true, Instant());
    std::atomic<int> admitted{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 4000; ++i) {
                const std::string key = std::to_string(i % 10);
                if (take(counts, meter, key).admitted) ++admitted;
            }
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(admitted == 1000);
}
