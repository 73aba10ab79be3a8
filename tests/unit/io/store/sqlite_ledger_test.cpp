#include "libgw/io/store/sqlite_ledger.h"

#include <filesystem>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/leasing_gateway.h"
#include "tests/support/loop.h"
#include "tests/support/skip.h"
#include "tests/support/small_disk.h"
#include "tests/support/temporary.h"

using namespace gw;
using namespace std::chrono;
using store::Question;
using store::SqliteLedger;
using store::Subject;
using test::quota_of;
using throttle::LeaseGrant;
using throttle::LeaseWish;
using throttle::Period;
using throttle::Quota;

namespace {

Date at(int y, unsigned m, unsigned d, hours hour = 0h) { return sys_days(year(y) / month(m) / day(d)) + hour; }

/// Stands still until a test turns it.
struct ManualClock final : net::Clock {
    [[nodiscard]] Instant now() const override { return instant; }
    [[nodiscard]] Date date() const override { return calendar; }
    Instant instant;
    Date calendar = at(2026, 11, 27);
};

constexpr LeaseWish want(std::uint64_t count) { return {count, 0, 0, 0}; }

/// A ledger on a file, gone as if its process had been killed.
struct Bench {
    Bench(const std::string& path, Date date) : loop(clock) {
        clock.calendar = date;
        ledger = SqliteLedger::open(loop, path).value();
        ledger->start([this](const Question&, const std::optional<LeaseGrant>& grant) { grants.push_back(grant); },
                      [] {});
    }
    std::optional<LeaseGrant> ask(const std::shared_ptr<Subject>& subject, const LeaseWish& wish) {
        loop.refresh_clock();
        ledger->ask({1, subject, {}, wish});
        ledger->flush();
        return grants.back();
    }
    /// How many are granted one after the other, at most `most`.
    std::uint64_t spend(const std::shared_ptr<Subject>& subject, std::uint64_t most) {
        std::uint64_t sum = 0;
        while (sum < most && ask(subject, want(1))->granted == 1) ++sum;
        return sum;
    }

    ManualClock clock;
    net::Loop loop;
    std::vector<std::optional<LeaseGrant>> grants;
    std::unique_ptr<store::Ledger> ledger;
};

}  // namespace

TEST_CASE("a block is on the disk when it is told, so whoever dies with it has used it up") {
    const test::TemporaryDirectory directory;
    const std::string path = directory.file("counts.db");
    const auto quota = quota_of("quota/day/q", {1000, 0, Period::day});
    std::uint64_t told = 0;
    for (int life = 0; life < 300; ++life) {
        Bench bench(path, at(2026, 11, 27));
        const auto remembered = bench.ledger->remembered(quota->name);
        CHECK((remembered ? remembered->used : 0) == told);
        told += bench.ask(quota, want(40))->granted;
        REQUIRE(told <= 1000);
    }
    CHECK(told == 1000);
}

TEST_CASE("what an orderly end gives back is there after it") {
    const test::TemporaryDirectory directory;
    const std::string path = directory.file("counts.db");
    const auto quota = quota_of("quota/day/q", {1000, 0, Period::day});
    {
        Bench bench(path, at(2026, 11, 27));
        const auto grant = bench.ask(quota, want(100));
        REQUIRE(grant->granted == 100);
        bench.ask(quota, {0, 60, grant->stamp, 0});
    }
    Bench bench(path, at(2026, 11, 27));
    CHECK(bench.ledger->remembered(quota->name)->used == 40);
}

TEST_CASE("all questions of a batch are answered one after the other, and are on the disk together") {
    const test::TemporaryDirectory directory;
    Bench bench(directory.file("counts.db"), at(2026, 11, 27));
    const auto quota = quota_of("quota/day/q", {8, 0, Period::day});
    for (int i = 0; i < 12; ++i) bench.ledger->ask({1, quota, {}, want(1)});
    CHECK(bench.grants.empty());
    CHECK(bench.ledger->open_questions() == 12);
    bench.ledger->flush();
    REQUIRE(bench.grants.size() == 12);
    for (std::size_t i = 0; i < 12; ++i) CHECK(bench.grants[i]->granted == (i < 8 ? 1 : 0));
    CHECK(bench.ledger->open_questions() == 0);
}

TEST_CASE("days, weeks and months begin once each, in any process, and the offset counts in the first only") {
    struct Row {
        Period period;
        std::vector<Date> dates;  ///< one of each period, in order
    };
    // 2026-11-30 is a Monday
    for (const Row& row :
         {Row{Period::day, {at(2026, 12, 31, 23h), at(2027, 1, 1), at(2027, 1, 2, 12h)}},
          Row{Period::week, {at(2026, 11, 29, 23h), at(2026, 11, 30), at(2026, 12, 7)}},
          Row{Period::month, {at(2027, 12, 31, 23h), at(2028, 1, 1), at(2028, 2, 29, 23h), at(2028, 3, 1)}}}) {
        const test::TemporaryDirectory directory;
        const std::string path = directory.file("counts.db");
        const auto quota = quota_of("quota/q", {10, 3, row.period});
        for (std::size_t i = 0; i < row.dates.size(); ++i) {
            INFO(static_cast<int>(row.period) << ", period " << i);
            const Date end = throttle::end_of_period(row.period, row.dates[i]);
            {
                Bench bench(path, row.dates[i]);
                CHECK(bench.spend(quota, 4) == 4);
                CHECK(bench.grants.back()->life == end - row.dates[i]);
            }
            // killed, and started again at its end
            Bench next(path, end - 1ns);
            CHECK(next.spend(quota, 20) == (i == 0 ? 3 : 6));
            CHECK(next.grants.back()->wait > 0ns);
        }
        // what was once in a later period is never in an earlier one again
        for (const Date& before : row.dates) {
            Bench bench(path, before);
            CHECK(bench.spend(quota, 20) == 0);
        }
    }
}

TEST_CASE("a process that goes on over midnight opens the next period once") {
    const test::TemporaryDirectory directory;
    Bench bench(directory.file("counts.db"), at(2026, 11, 27, 23h));
    const auto quota = quota_of("quota/q", {10, 3, Period::day});
    CHECK(bench.spend(quota, 20) == 7);
    bench.clock.calendar = at(2026, 11, 28) - 1ns;
    CHECK(bench.spend(quota, 20) == 0);
    bench.clock.calendar = at(2026, 11, 28);
    CHECK(bench.spend(quota, 20) == 10);
    // set back, by whatever
    bench.clock.calendar = at(2026, 11, 27);
    CHECK(bench.spend(quota, 20) == 0);
    bench.clock.calendar = at(2026, 11, 28, 23h);
    CHECK(bench.spend(quota, 20) == 0);
    // a block of the day before is nobody's
    CHECK(bench.ask(quota, {0, 5, throttle::period_of(Period::day, at(2026, 11, 27)), 0})->granted == 0);
    CHECK(bench.spend(quota, 20) == 0);
}

TEST_CASE("while the disk is full nothing is granted, and it is tried until it takes again") {
    const auto disk = test::SmallDisk::mount(256 * 1024);
    if (!disk) GW_SKIP("a small disk cannot be mounted here");
    Bench bench(disk->file("counts.db"), at(2026, 11, 27));
    const auto quota = quota_of("quota/day/q", {1000, 0, Period::day});
    disk->fill();
    // what is there has room for some
    while (bench.ask(quota, want(1)))
        if (bench.grants.size() > 990) break;
    const std::size_t granted = bench.grants.size() - 1;
    REQUIRE(granted < 990);
    CHECK_FALSE(bench.ledger->is_up());
    CHECK(bench.ledger->problem().find("no space is left") != std::string::npos);
    CHECK_FALSE(bench.ask(quota, want(1)));
    const auto turn = [&] {
        bench.clock.instant += 1100ms;
        test::ring(bench.loop);
    };
    turn();
    CHECK_FALSE(bench.ledger->is_up());
    disk->make_room();
    turn();
    CHECK(bench.ledger->is_up());
    CHECK(bench.ledger->problem().empty());
    // nothing of what was not granted is used, and what is owed is
    CHECK(bench.ledger->remembered(quota->name)->used == granted);
    CHECK(bench.ask(quota, {1, 0, 0, 20})->granted == 1);
    CHECK(bench.ledger->remembered(quota->name)->used == granted + 21);
}

TEST_CASE("a disk that is full from the first quota on is known to be") {
    const auto disk = test::SmallDisk::mount(1024 * 1024);
    if (!disk) GW_SKIP("a small disk cannot be mounted here");
    Bench bench(disk->file("counts.db"), at(2026, 11, 27));
    disk->fill();
    // not a page for the log of what is to be written
    const auto many = [&] {
        for (int i = 0; i < 200; ++i)
            bench.ledger->ask(
                {1, quota_of(std::string(200, 'q') + std::to_string(i), {10, 0, Period::day}), {}, want(1)});
        bench.ledger->flush();
    };
    many();
    REQUIRE_FALSE(bench.grants.back());
    for (int second = 0; second < 3; ++second) {
        bench.clock.instant += 1100ms;
        test::ring(bench.loop);
        CHECK_FALSE(bench.ledger->is_up());
    }
    disk->make_room();
    bench.clock.instant += 1100ms;
    test::ring(bench.loop);
    CHECK(bench.ledger->is_up());
    many();
    CHECK(bench.grants.back()->granted == 1);
}
