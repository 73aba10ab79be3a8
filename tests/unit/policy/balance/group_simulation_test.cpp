// Groups over minutes of simulated traffic.

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "libgw/policy/balance/choose.h"
#include "libgw/policy/balance/group.h"
#include "libgw/policy/balance/retry.h"
#include "tests/support/catch.h"
#include "tests/support/group_bench.h"

using namespace gw;
using namespace gw::balance;
using namespace std::chrono_literals;

namespace {

struct Simulation {
    std::uint64_t seed = 42;
    std::uint64_t random() {
        seed += 0x9e3779b97f4a7c15U;
        std::uint64_t x = (seed ^ (seed >> 30U)) * 0xbf58476d1ce4e5b9U;
        x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
        return x ^ (x >> 31U);
    }
};

}  // namespace

TEST_CASE("a target that breaks costs clients a handful of errors and is back soon after it is mended") {
    Bench bench(targets_of({1, 1, 1, 1}));
    int errors_while_broken = 0;
    int probes = 0;
    Instant back{};
    for (int tick = 0; tick < 600'000; ++tick) {  // ten minutes, a request each millisecond
        bench.now += 1ms;
        const bool broken = tick >= 60'000 && tick < 300'000;
        const Pick made = bench.pick();
        const bool fails = broken && made.target == 1;
        if (fails) ++errors_while_broken;
        if (made.probe) ++probes;
        const Change change = bench.group->finish(made, fails ? Outcome::server_error : Outcome::answered, bench.now);
        if (change == Change::returned) back = bench.now;
    }
    // Ejected at 60 s for 30, at 90 for 60, at 150 for 90, at 240 for 120: 5 errors and a probe at 90, 150 and 240 s;
    // back at 360 s.
    REQUIRE(errors_while_broken == 8);
    REQUIRE(probes == 4);
    REQUIRE(back >= Instant{1000s + 360s});
    REQUIRE(back <= Instant{1000s + 361s});
}

TEST_CASE("under random failures the rules hold at every step") {
    for (std::uint64_t run = 0; run < 30; ++run) {
        Simulation chance{run};
        GroupSettings settings = checked();
        settings.algorithm = static_cast<Algorithm>(run % 3);
        settings.max_outstanding = 20;
        std::vector<std::uint32_t> weights;
        for (std::uint64_t i = 0; i < 2 + run % 7; ++i)
            weights.push_back(static_cast<std::uint32_t>(chance.random() % 4));
        weights.push_back(1);
        Bench bench(targets_of(weights), settings);
        const auto weighted =
            static_cast<std::size_t>(std::count_if(weights.begin(), weights.end(), [](auto w) { return w > 0; }));
        std::vector<Pick> open;
        std::vector<std::uint64_t> badness(weights.size());
        for (int step = 0; step < 4000; ++step) {
            bench.now += Nanoseconds(static_cast<std::int64_t>(chance.random() % 200'000'000));
            if (step % 500 == 0) {
                for (std::uint64_t& bad : badness) bad = chance.random() % 101;
            }
            if (chance.random() % 20 == 0) {
                const std::size_t i = chance.random() % weights.size();
                bench.group->on_health(i, chance.random() % 100 >= badness[i], bench.now);
            }
            if (open.empty() || chance.random() % 2 == 0) {
                const Pick made = bench.pick({.key = chance.random()});
                if (made.is_chosen()) {
                    const TargetView view = bench.group->view(made.target, bench.now);
                    REQUIRE(view.weight > 0);
                    const bool spared = bench.group->count_available(bench.now) == 0;
                    if (!made.panic && !spared) {
                        REQUIRE(view.usable);
                        REQUIRE(view.standing != Standing::ejected);
                        REQUIRE((view.standing == Standing::half_open) == made.probe);
                    }
                    REQUIRE(made.panic == (bench.group->count_available(bench.now) * 2 < weighted));
                    open.push_back(made);
                } else {
                    REQUIRE(made.result == Pick::Result::full);
                    REQUIRE(open.size() == 20);
                }
            } else {
                const std::size_t at = chance.random() % open.size();
                const Pick made = open[at];
                open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
                const bool bad = chance.random() % 100 < badness[made.target];
                const bool gone = chance.random() % 10 == 0;
                const Change change = bench.group->finish(made,
                                                          gone  ? Outcome::abandoned
                                                          : bad ? Outcome::broken
                                                                : Outcome::answered,
                                                          bench.now);
                if (change == Change::ejected && !made.probe) REQUIRE(bench.group->count_available(bench.now) >= 1);
            }
            std::size_t away = 0;
            std::uint32_t outstanding = 0;
            std::map<std::uint16_t, int> probes;
            for (const Pick& pick : open) probes[pick.target] += pick.probe ? 1 : 0;
            for (const auto& [target, count] : probes) REQUIRE(count <= 1);
            for (std::size_t i = 0; i < weights.size(); ++i) {
                const TargetView view = bench.group->view(i, bench.now);
                away += view.standing == Standing::closed ? 0 : 1;
                outstanding += view.outstanding;
                REQUIRE(view.ejected_for <= 300s);
            }
            REQUIRE(away <= max_ejected(settings.outlier, weighted));
            REQUIRE(outstanding == open.size());
            REQUIRE(bench.group->outstanding() == open.size());
        }
        for (const Pick& pick : open) bench.group->finish(pick, Outcome::answered, bench.now);
        REQUIRE(bench.group->outstanding() == 0);
    }
}

TEST_CASE("in a total outage retries add at most a fifth to the load") {
    Simulation chance;
    GroupSettings settings;
    Bench bench(targets_of({1, 1, 1, 1, 1}), settings);
    struct Flight {
        Pick pick;
        Tried tried;
        std::uint32_t retries = 0;
        Instant ends;
    };
    std::vector<Flight> flights;
    int requests = 0;
    int attempts = 0;
    for (; bench.now < Instant{1060s}; bench.now += 1ms) {
        for (std::size_t i = 0; i < flights.size();) {
            Flight& flight = flights[i];
            if (flight.ends > bench.now) {
                ++i;
                continue;
            }
            bench.group->finish(flight.pick, Outcome::connect_failed, bench.now);
            const Attempt attempt{
                .failure = Failure::connect, .retries_made = flight.retries, .deadline = Instant::max()};
            bool again = false;
            if (may_retry(attempt, bench.now) == Retry::another_target && flight.tried.add(flight.pick.target)) {
                flight.pick = bench.group->pick(bench.cursor, {.tried = &flight.tried, .retry = true}, bench.now);
                again = flight.pick.is_chosen();
            }
            if (again) {
                ++attempts;
                ++flight.retries;
                flight.ends = bench.now + Nanoseconds(static_cast<std::int64_t>(chance.random() % 100'000'000));
                ++i;
            } else {
                flights.erase(flights.begin() + static_cast<std::ptrdiff_t>(i));
            }
        }
        while (flights.size() < 100) {
            Flight flight;
            flight.pick = bench.pick();
            REQUIRE(flight.pick.is_chosen());
            flight.ends = bench.now + Nanoseconds(static_cast<std::int64_t>(chance.random() % 100'000'000));
            flights.push_back(flight);
            ++requests;
            ++attempts;
        }
    }
    REQUIRE(requests > 50'000);
    REQUIRE(attempts > requests * 115 / 100);
    REQUIRE(attempts <= requests * 120 / 100 + 100);
}

TEST_CASE("many workers at once lose no count and eject no more than they may") {
    GroupSettings settings;
    settings.algorithm = Algorithm::least_outstanding;
    settings.outlier.base_ejection = 1ms;
    settings.outlier.max_ejection = 3ms;
    const auto group = Group::make(settings, targets_of({1, 1, 1, 1}), nullptr, Instant{}).value();
    std::atomic<bool> broken_rule{false};
    std::vector<std::thread> workers;
    for (std::uint64_t w = 0; w < 4; ++w) {
        workers.emplace_back([&, w] {
            Simulation chance{w};
            Cursor cursor = group->make_cursor(w);
            for (int i = 0; i < 20'000; ++i) {
                const Instant now{Nanoseconds(i) * 10'000};
                Pick made = group->pick(cursor, {}, now);
                if (!made.is_chosen()) broken_rule = true;
                if (chance.random() % 3 == 0) group->on_head(made, 200, now);
                group->finish(made, chance.random() % 4 == 0 ? Outcome::answered : Outcome::server_error, now);
                std::size_t away = 0;
                for (const Member& member : group->members()) {
                    away += member.state->ejected_until.load() == kNever ? 0U : 1U;
                }
                if (group->members()[0].state->outstanding.load() > 4) broken_rule = true;
                // A look at four words is not one moment: a target may return and another go between two of them.
                if (away > 3) broken_rule = true;
            }
        });
    }
    for (std::thread& worker : workers) worker.join();
    REQUIRE_FALSE(broken_rule.load());
    REQUIRE(group->outstanding() == 0);
    std::size_t away = 0;
    for (const Member& member : group->members()) {
        REQUIRE(member.state->outstanding.load() == 0);
        REQUIRE_FALSE(member.state->probing.load());
        away += member.state->ejected_until.load() == kNever ? 0U : 1U;
    }
    REQUIRE(away <= 2);
}
