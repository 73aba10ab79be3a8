#include "libgw/io/store/leased_counts.h"

#include <atomic>
#include <thread>
#include <vector>

#include "libgw/io/store/sqlite_ledger.h"
#include "tests/support/catch.h"
#include "tests/support/leasing_gateway.h"
#include "tests/support/temporary.h"

using namespace gw;
using namespace std::chrono_literals;
using store::Ask;
using store::LeasedCounts;
using store::Outcome;
using test::Desk;
using test::kDate;
using test::kPatience;
using Gateway = test::LeasingGateway;
using throttle::Period;
using throttle::Quota;

namespace {

std::vector<store::Ask> ask(const std::shared_ptr<store::Meter>& meter, std::string_view key = {}) {
    return {{meter.get(), key}};
}

template <class Is>
bool eventually(Is is) {
    const auto deadline = test::within(kPatience);
    while (!is()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::yield();
    }
    return true;
}

}  // namespace

TEST_CASE("the first request of a bucket waits for the book, and those after it find tokens at hand") {
    Desk desk;
    Gateway gateway(desk);
    const auto meter = gateway.meter("route", "1000/s", 500);
    CHECK(gateway.take(ask(meter)).unknown);
    CHECK(gateway.told(ask(meter)));
    int waited = 0;
    for (int i = 0; i < 300; ++i) {
        Outcome outcome = gateway.take(ask(meter));
        if (outcome.unknown) {
            ++waited;
            outcome = gateway.decide(ask(meter));
        }
        REQUIRE(outcome.admitted);
    }
    // this test is quicker than any client, and overtakes an answer now and then
    CHECK(waited < 100);
    CHECK(desk.questions() < 200);
    CHECK(gateway.counts->standing().answered == desk.questions());
    CHECK(gateway.counts->standing().failed == 0);
    CHECK(gateway.counts->standing().alone == 0);
    CHECK(gateway.counts->standing().waited >= 1);
}

TEST_CASE("several gateways let through what the bucket holds, and their leases on top at most") {
    Desk desk;
    Gateway first(desk);
    Gateway second(desk);
    Gateway third(desk);
    Gateway* all[] = {&first, &second, &third};
    std::uint64_t admitted = 0;
    std::vector<std::shared_ptr<store::Meter>> meters;
    for (Gateway* gateway : all) meters.push_back(gateway->meter("route", "1/h", 100));
    for (std::size_t i = 0; i < 600; ++i) admitted += all[i % 3]->decide(ask(meters[i % 3])).admitted ? 1 : 0;
    CHECK(admitted >= 98);
    CHECK(admitted <= 100);
}

TEST_CASE("no gateway lets more through than the limit, whatever the book grants") {
    Desk desk;
    Gateway gateway(desk);
    const auto meter = gateway.meter("route", "1/h", 5);
    std::uint64_t admitted = 0;
    for (int i = 0; i < 50; ++i) {
        admitted += gateway.decide(ask(meter)).admitted ? 1 : 0;
        const std::lock_guard hold(desk.mutex);
        desk.full.clear();
    }
    CHECK(admitted == 5);
}

TEST_CASE("whoever is refused has spent nothing, here or in the book") {
    Desk desk;
    Gateway gateway(desk);
    const auto wide = gateway.meter("wide", "1/h", 50);
    const auto narrow = gateway.meter("narrow", "1/h", 3);
    const auto quota = gateway.tally("key", {1000, 0, Period::day});
    const std::vector<Ask> both = {{wide.get(), {}}, {narrow.get(), {}}};
    for (int i = 0; i < 3; ++i) CHECK(gateway.decide(both, quota.get()).admitted);
    for (int i = 0; i < 200; ++i) {
        const Outcome outcome = gateway.decide(both, quota.get());
        REQUIRE_FALSE(outcome.admitted);
        REQUIRE(outcome.refused == 1);
    }
    CHECK(wide->limit().tokens(gateway.counts->missing({wide.get(), {}}, gateway.now())) == 47);
    std::uint64_t more = 0;
    for (int i = 0; i < 200; ++i) more += gateway.decide(ask(wide)).admitted ? 1 : 0;
    CHECK(more == 47);
    gateway.counts->close();
    CHECK(desk.used("quota/day/key") == 3);
}

TEST_CASE("who is refused by the book is told when there will be a token") {
    Desk desk;
    Gateway rich(desk);
    Gateway poor(desk);
    const auto spent = rich.meter("route", "1/s", 4);
    for (int i = 0; i < 4; ++i) CHECK(rich.decide(ask(spent)).admitted);
    const auto meter = poor.meter("route", "1/s", 4);
    const Outcome outcome = poor.decide(ask(meter));
    CHECK_FALSE(outcome.admitted);
    CHECK(outcome.refused == 0);
    CHECK(meter->limit().tokens(outcome.missing) == 0);
    CHECK(meter->limit().until_token(outcome.missing) > 500ms);
    CHECK(meter->limit().until_token(outcome.missing) <= 1s);
}

TEST_CASE("whoever the book refuses has what he took of other buckets put back, and asks for nothing of theirs") {
    Desk desk;
    Gateway rich(desk);
    Gateway poor(desk);
    const auto spent = rich.meter("narrow", "1/h", 4);
    for (int i = 0; i < 4; ++i) CHECK(rich.decide(ask(spent)).admitted);
    const auto wide = poor.meter("wide", "1/h", 50);
    const auto narrow = poor.meter("narrow", "1/h", 4);
    const std::vector<Ask> both = {{wide.get(), {}}, {narrow.get(), {}}};
    const std::size_t before = desk.questions();
    for (int i = 0; i < 500; ++i) REQUIRE(poor.decide(both).refused == 1);
    CHECK(desk.questions() <= before + 4);
    std::uint64_t admitted = 0;
    for (int i = 0; i < 100; ++i) admitted += poor.decide(ask(wide)).admitted ? 1 : 0;
    CHECK(admitted == 50);
}

TEST_CASE("nobody waits while the book is down, and each gateway keeps the limit, or its part of it") {
    for (const std::uint64_t gateways : {1U, 3U}) {
        Desk desk;
        desk.up = false;
        Gateway gateway(desk, gateways);
        const auto meter = gateway.meter("route", "1/h", 30);
        const auto clients = gateway.meter("client", "1/h", 6, true);
        const auto quota = gateway.tally("key", {300, 60, Period::day});
        const auto count = [&](const std::vector<Ask>& asks, store::Tally* tally) {
            std::uint64_t admitted = 0;
            for (int i = 0; i < 400; ++i) {
                const Outcome outcome = gateway.take(asks, tally);
                REQUIRE_FALSE(outcome.unknown);
                admitted += outcome.admitted ? 1 : 0;
            }
            return admitted;
        };
        CHECK(count(ask(meter), nullptr) == 30 / gateways);
        CHECK(count(ask(clients, "a"), nullptr) == 6 / gateways);
        CHECK(count(ask(clients, "b"), nullptr) == 6 / gateways);
        // the offset is the book's to know, unless this gateway has only its part
        CHECK(count({}, quota.get()) == (gateways == 1 ? 300 : 80));
        CHECK_FALSE(gateway.counts->standing().is_up);
        CHECK(gateway.counts->standing().problem == "it is down");
        CHECK(gateway.counts->standing().waited == 0);
        CHECK(gateway.counts->standing().alone == (30 + 6 + 6) / gateways + (gateways == 1 ? 300 : 80));
    }
}

TEST_CASE("nobody waits for an answer once the book is known to be late") {
    Desk desk;
    desk.holds = true;
    Gateway gateway(desk);
    const auto meter = gateway.meter("route", "1/h", 30);
    const auto quota = gateway.tally("key", {30, 0, Period::day});
    CHECK(gateway.take(ask(meter), quota.get()).unknown);
    CHECK(gateway.take(ask(meter), quota.get()).unknown);
    desk.up = false;
    for (int i = 0; i < 30; ++i) {
        const Outcome outcome = gateway.take(ask(meter), quota.get());
        REQUIRE_FALSE(outcome.unknown);
        REQUIRE(outcome.admitted);
    }
    CHECK_FALSE(gateway.take(ask(meter), quota.get()).admitted);
    CHECK(gateway.counts->standing().alone == 30);
}

TEST_CASE("who has waited long enough is decided by what this gateway knows") {
    Desk desk;
    desk.holds = true;
    Gateway gateway(desk);
    const auto meter = gateway.meter("route", "1/h", 3);
    CHECK(gateway.counts->patience() == 20ms);
    CHECK(gateway.take(ask(meter)).unknown);
    for (int i = 0; i < 3; ++i) CHECK(gateway.counts->take_alone(ask(meter), nullptr, gateway.now(), kDate).admitted);
    CHECK_FALSE(gateway.counts->take_alone(ask(meter), nullptr, gateway.now(), kDate).admitted);
    CHECK(gateway.counts->standing().alone == 3);
}

TEST_CASE("whoever waits is told once, by the first of his buckets that is known, and at once where nothing is asked") {
    Desk desk;
    Gateway gateway(desk);
    const auto one = gateway.meter("one", "1/h", 3);
    const auto two = gateway.meter("two", "1/h", 3);
    const std::vector<Ask> both = {{one.get(), {}}, {two.get(), {}}};
    std::atomic<int> times{0};
    gateway.counts->await(both, nullptr, [&] { ++times; });
    CHECK(times == 1);
    desk.holds = true;
    CHECK(gateway.take(both).unknown);
    gateway.counts->await(both, nullptr, [&] { ++times; });
    CHECK(times == 1);
    desk.holds = false;
    CHECK(gateway.take(ask(gateway.meter("three", "1/h", 3))).unknown);
    CHECK(eventually([&] { return times == 2; }));
    gateway.counts->close();
    CHECK(times == 2);
}

TEST_CASE("a quota is shared to its last request, and none more passes") {
    Desk desk;
    Gateway first(desk);
    Gateway second(desk);
    Gateway* all[] = {&first, &second};
    std::vector<std::shared_ptr<store::Tally>> tallies;
    for (Gateway* gateway : all) tallies.push_back(gateway->tally("key", {500, 0, Period::month}));
    std::uint64_t admitted = 0;
    for (std::size_t i = 0; i < 800; ++i) admitted += all[i % 2]->decide({}, tallies[i % 2].get()).admitted ? 1 : 0;
    CHECK(admitted <= 500);
    CHECK(admitted >= 490);
    // what one holds and does not want is the other's in the end
    first.turn(5s);
    first.poke();
    CHECK(eventually([&] { return desk.used("quota/month/key") == admitted; }));
}

TEST_CASE("at an orderly end all that was not spent is given back, what is under way too") {
    Desk desk;
    std::uint64_t spent = 0;
    {
        Gateway gateway(desk);
        const auto quota = gateway.tally("key", {10'000, 0, Period::day});
        const auto meter = gateway.meter("route", "1/h", 100);
        for (int i = 0; i < 321; ++i) spent += gateway.decide({}, quota.get()).admitted ? 1 : 0;
        for (int i = 0; i < 10; ++i) CHECK(gateway.decide(ask(meter)).admitted);
        CHECK(desk.used("quota/day/key") > spent);
        // a question whose answer comes when it is all over
        desk.holds = true;
        const auto late = gateway.tally("late", {10'000, 0, Period::day});
        CHECK(gateway.take({}, late.get()).unknown);
        gateway.poke();
        desk.holds = false;
        gateway.counts->close();
    }
    CHECK(spent == 321);
    CHECK(desk.used("quota/day/key") == 321);
    CHECK(desk.used("quota/day/late") == 0);
    // 90 of the bucket are there for the next process
    Gateway next(desk);
    const auto meter = next.meter("route", "1/h", 100);
    std::uint64_t admitted = 0;
    for (int i = 0; i < 200; ++i) admitted += next.decide(ask(meter)).admitted ? 1 : 0;
    CHECK(admitted == 90);
}

TEST_CASE("what was spent of a quota while the book was down is told to it afterwards") {
    Desk desk;
    Gateway gateway(desk);
    const auto quota = gateway.tally("key", {100, 0, Period::day});
    for (int i = 0; i < 10; ++i) CHECK(gateway.decide({}, quota.get()).admitted);
    desk.up = false;
    for (int i = 0; i < 30; ++i) CHECK(gateway.decide({}, quota.get()).admitted);
    const std::uint64_t alone = gateway.counts->standing().alone;
    CHECK(alone > 0);
    desk.up = true;
    // nobody asks any more, and it is told all the same
    CHECK(eventually([&] {
        gateway.turn(1s);
        return desk.used("quota/day/key") == 40;
    }));
    std::uint64_t more = 0;
    for (int i = 0; i < 100; ++i) more += gateway.decide({}, quota.get()).admitted ? 1 : 0;
    CHECK(more == 60);
}

TEST_CASE("tokens that nobody wants go back before they are void, and their places are free") {
    Desk desk;
    Gateway gateway(desk);
    const auto meter = gateway.meter("client", "100/s", 100, true);
    for (int i = 0; i < 100; ++i) CHECK(gateway.decide(ask(meter, std::to_string(i))).admitted);
    gateway.turn(450ms);
    CHECK(eventually([&] {
        gateway.poke();
        return desk.given_back() >= 100;
    }));
}

TEST_CASE("clients stand in the book as digests, each for itself") {
    Desk desk;
    Gateway gateway(desk);
    const auto meter = gateway.meter("client", "1/h", 5, true);
    CHECK(gateway.decide(ask(meter, "192.0.2.1")).admitted);
    CHECK(gateway.decide(ask(meter, "secret \r\n token")).admitted);
    const std::lock_guard hold(desk.mutex);
    REQUIRE(desk.full.size() == 2);
    for (const auto& [name, bucket] : desk.full) {
        CHECK(name.starts_with("bucket/client/"));
        CHECK(name.size() == std::string_view("bucket/client/").size() + 32);
        CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz/0123456789") == std::string::npos);
    }
}

TEST_CASE("a crowd of invented clients is bounded in memory, and those without a place are counted here alone") {
    Desk desk;
    Gateway gateway(desk, 1, 64);
    const auto meter = gateway.meter("client", "1/h", 5, true);
    constexpr int kCrowd = 64 * 64 * 3;
    for (int i = 0; i < kCrowd; ++i) gateway.decide(ask(meter, std::to_string(i)));
    {
        const std::lock_guard hold(desk.mutex);
        CHECK(desk.full.size() <= 64 * 64);
    }
    CHECK(gateway.counts->overflowed() > 0);
}

TEST_CASE("a limit that was changed goes on in the book under its name") {
    Desk desk;
    Gateway gateway(desk);
    const auto before = gateway.meter("route", "1/h", 10);
    for (int i = 0; i < 10; ++i) CHECK(gateway.decide(ask(before)).admitted);
    CHECK(gateway.meter("route", "1/h", 10) == before);
    const auto after = gateway.meter("route", "1/h", 12);
    CHECK(after != before);
    gateway.turn(1s);
    std::uint64_t admitted = 0;
    for (int i = 0; i < 30; ++i) admitted += gateway.decide(ask(after)).admitted ? 1 : 0;
    CHECK(admitted <= 2);
}

TEST_CASE("a gateway that starts in a later period is not held to the first one's offset") {
    Desk desk;
    desk.reserved["quota/day/key"] = {throttle::period_of(Period::day, kDate) - 3,
                                      throttle::period_of(Period::day, kDate) - 1, 7};
    Gateway gateway(desk);
    const auto quota = gateway.tally("key", {20, 15, Period::day});
    std::uint64_t admitted = 0;
    for (int i = 0; i < 40; ++i) admitted += gateway.decide({}, quota.get()).admitted ? 1 : 0;
    CHECK(admitted == 20);
}

TEST_CASE("threads take of one bucket, one client's and a quota what there is, and no more") {
    Desk desk;
    Gateway gateway(desk);
    const auto meter = gateway.meter("route", "1/h", 900);
    const auto clients = gateway.meter("client", "1/h", 300, true);
    const auto quota = gateway.tally("key", {1'000, 0, Period::day});
    std::atomic<std::uint64_t> admitted{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            const std::vector<Ask> asks = {{meter.get(), {}}, {clients.get(), "x"}};
            for (int i = 0; i < 500; ++i) {
                const Outcome outcome = gateway.take(asks, quota.get());
                if (outcome.admitted) ++admitted;
                if (outcome.unknown) gateway.told(asks, quota.get());
            }
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(admitted <= 300);
    CHECK(admitted > 250);
    gateway.counts->close();
    CHECK(desk.used("quota/day/key") == admitted);
}

TEST_CASE("days, weeks and months pass over a running gateway, with a file and with a database") {
    for (const bool file : {true, false})
        for (const Period period : {Period::day, Period::week, Period::month}) {
            INFO((file ? "file" : "database") << ", period " << static_cast<int>(period));
            const test::TemporaryDirectory directory;
            Desk desk;
            Gateway gateway(desk);
            if (file) {
                LeasedCounts::Settings settings{4096, 1, &gateway.clock};
                gateway.counts = LeasedCounts::open({1, 2}, settings, [&](net::Loop& made) {
                                     gateway.loop = &made;
                                     return store::SqliteLedger::open(made, directory.file("counts.db"));
                                 }).value();
            }
            const auto quota = gateway.tally("key", {20, 5, period});
            const auto count = [&] {
                std::uint64_t admitted = 0;
                for (int i = 0; i < 30; ++i) admitted += gateway.decide({}, quota.get()).admitted ? 1 : 0;
                return admitted;
            };
            CHECK(count() == 15);
            const Date end = throttle::end_of_period(period, kDate);
            const auto go_to = [&](Date date) {
                gateway.clock.calendar = (date - kDate).count();
                // what was used up a moment before is not asked for again
                gateway.turn(2s);
            };
            go_to(end - 1ns);
            CHECK(count() == 0);
            go_to(end);
            CHECK(count() == 20);
            go_to(kDate);
            CHECK(count() == 0);
            go_to(throttle::end_of_period(period, end) - 1ns);
            CHECK(count() == 0);
            go_to(throttle::end_of_period(period, end));
            CHECK(count() == 20);
            gateway.counts->close();
        }
}
