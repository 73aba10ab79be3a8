#include "libgw/policy/balance/group.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "libgw/policy/balance/choose.h"
#include "tests/support/catch.h"
#include "tests/support/group_bench.h"

using namespace gw;
using namespace gw::balance;
using namespace std::chrono_literals;

TEST_CASE("a group that cannot be enforced is not made") {
    const auto fails = [](const Targets& targets) {
        const auto group = Group::make({}, targets, nullptr, Instant{});
        return !group && group.error().code == Errc::config && !group.error().message.empty();
    };
    REQUIRE(fails({}));
    REQUIRE(fails({{"a:1", 65536}}));
    REQUIRE(fails({{"a:1", 1}, {"b:1", 1}, {"a:1", 2}}));
    REQUIRE(fails(targets_of(std::vector<std::uint32_t>(kMaxTargets + 1, 1))));
    REQUIRE_FALSE(fails(targets_of(std::vector<std::uint32_t>(kMaxTargets, 65535))));
}

TEST_CASE("requests are shared out by weight and a weight of 0 gets none") {
    for (const Algorithm algorithm : {Algorithm::round_robin, Algorithm::least_outstanding, Algorithm::hash}) {
        GroupSettings settings;
        settings.algorithm = algorithm;
        Bench bench(targets_of({3, 0, 1}), settings);
        REQUIRE(bench.shares(400) == std::vector<int>{300, 0, 100});
    }
}

TEST_CASE("workers do not all begin with the first target") {
    const Bench bench(targets_of({1, 1, 1, 1}));
    std::set<std::uint16_t> first;
    for (std::uint64_t random = 0; random < 4; ++random) {
        Cursor cursor = bench.group->make_cursor(random);
        first.insert(bench.group->pick(cursor, {}, bench.now).target);
    }
    REQUIRE(first.size() == 4);
}

TEST_CASE("a key stays with its target while others come and go") {
    GroupSettings settings = checked();
    settings.algorithm = Algorithm::hash;
    Bench bench(targets_of({1, 1, 1, 1}), settings);
    std::map<std::uint64_t, std::uint16_t> owner;
    for (std::uint64_t key = 0; key < 500; ++key) {
        owner[key] = bench.request(Outcome::answered, {.key = hash_of(std::to_string(key))}).target;
    }
    bench.set_health(2, false);
    for (const auto& [key, target] : owner) {
        const Pick made = bench.request(Outcome::answered, {.key = hash_of(std::to_string(key))});
        REQUIRE(made.target != 2);
        if (target != 2) REQUIRE(made.target == target);
    }
    bench.set_health(2, true);
    for (const auto& [key, target] : owner) {
        REQUIRE(bench.request(Outcome::answered, {.key = hash_of(std::to_string(key))}).target == target);
    }
}

TEST_CASE("what was tried for this request is left out until nothing is left") {
    Bench bench(targets_of({1, 1, 1}));
    Tried tried;
    for (std::size_t i = 0; i < 3; ++i) {
        const Pick made = bench.request(Outcome::answered, {.tried = &tried});
        REQUIRE(made.is_chosen());
        REQUIRE_FALSE(tried.has(made.target));
        REQUIRE(tried.add(made.target));
    }
    const Pick none = bench.pick({.tried = &tried});
    REQUIRE(none.result == Pick::Result::no_target);
    REQUIRE(bench.group->outstanding() == 0);
    REQUIRE(bench.group->finish(none, Outcome::broken, bench.now) == Change::none);
    REQUIRE(bench.group->outstanding() == 0);
}

TEST_CASE("a request tries at most sixteen targets") {
    Tried tried;
    for (std::size_t i = 0; i < 16; ++i) REQUIRE(tried.add(i));
    REQUIRE_FALSE(tried.add(16));
    REQUIRE(tried.has(15));
    REQUIRE_FALSE(tried.has(16));
}

TEST_CASE("an unhealthy target gets nothing until it has risen") {
    Bench bench(targets_of({1, 1, 1}), checked());
    REQUIRE(bench.group->count_available(bench.now) == 3);
    REQUIRE(bench.group->on_health(1, false, bench.now));
    REQUIRE(bench.group->count_available(bench.now) == 2);
    REQUIRE(bench.shares(100) == std::vector<int>{50, 0, 50});
    REQUIRE_FALSE(bench.group->on_health(1, true, bench.now));
    REQUIRE(bench.shares(100)[1] == 0);
    REQUIRE(bench.group->on_health(1, true, bench.now));
    REQUIRE(bench.shares(99)[1] == 33);
}

TEST_CASE("when fewer than half are available all are used") {
    Bench bench(targets_of({1, 1, 1, 1, 0}), checked());
    bench.set_health(0, false);
    bench.set_health(1, false);
    REQUIRE_FALSE(bench.pick().panic);
    REQUIRE(bench.shares(100) == std::vector<int>{0, 0, 50, 50, 0});
    bench.set_health(2, false);
    REQUIRE(bench.pick().panic);
    REQUIRE(bench.shares(100) == std::vector<int>{25, 25, 25, 25, 0});
    bench.set_health(3, false);
    REQUIRE(bench.shares(100) == std::vector<int>{25, 25, 25, 25, 0});
    bench.set_health(0, true);
    bench.set_health(1, true);
    REQUIRE_FALSE(bench.pick().panic);
    REQUIRE(bench.shares(100) == std::vector<int>{50, 50, 0, 0, 0});
}

TEST_CASE("a panic threshold of 0 answers nobody when nobody is healthy") {
    GroupSettings settings = checked();
    settings.panic_threshold_percent = 0;
    Bench bench(targets_of({1, 1}), settings);
    bench.set_health(0, false);
    REQUIRE(bench.shares(10) == std::vector<int>{0, 10});
    bench.set_health(1, false);
    REQUIRE(bench.pick().result == Pick::Result::no_target);
}

TEST_CASE("a target that returns grows into its share") {
    GroupSettings settings = checked();
    settings.slow_start = 100s;
    Bench bench(targets_of({1, 1, 1}), settings);
    REQUIRE(bench.shares(300) == std::vector<int>{100, 100, 100});
    bench.set_health(0, false);
    bench.set_health(0, true);
    const int begun = bench.shares(2100)[0];
    REQUIRE(begun >= 95);
    REQUIRE(begun <= 105);
    bench.now += 50s;
    const int half = bench.shares(2550)[0];
    REQUIRE(half >= 540);
    REQUIRE(half <= 560);
    bench.now += 50s;
    const int whole = bench.shares(300)[0];
    REQUIRE(whole >= 99);
    REQUIRE(whole <= 101);
}

TEST_CASE("the breaker trips at its limit and lets in again what has ended") {
    Bench bench(targets_of({1, 1}));
    std::vector<Pick> picks;
    for (int i = 0; i < 1024; ++i) {
        picks.push_back(bench.pick());
        REQUIRE(picks.back().is_chosen());
    }
    REQUIRE(bench.pick().result == Pick::Result::full);
    REQUIRE(bench.group->outstanding() == 1024);
    REQUIRE(bench.group->view(0, bench.now).outstanding == 512);
    bench.group->finish(picks.back(), Outcome::answered, bench.now);
    REQUIRE(bench.pick().is_chosen());
    for (int i = 0; i < 1024; ++i) REQUIRE(bench.group->try_wait());
    REQUIRE_FALSE(bench.group->try_wait());
    bench.group->stop_waiting();
    REQUIRE(bench.group->try_wait());
    REQUIRE(bench.group->pending() == 1024);
}

TEST_CASE("an ejected target gets nothing, then one probe at a time, then its share") {
    Bench bench(targets_of({1, 1, 1}));
    bench.eject(0);
    REQUIRE(bench.shares(100)[0] == 0);
    REQUIRE(bench.group->view(0, bench.now).ejected_for == 30s);
    bench.now += 30s;
    std::vector<Pick> picks;
    for (int i = 0; i < 30; ++i) picks.push_back(bench.pick());
    int probes = 0;
    for (const Pick& pick : picks) {
        REQUIRE(pick.probe == (pick.target == 0));
        if (pick.probe) ++probes;
    }
    REQUIRE(probes == 1);
    for (const Pick& pick : picks) {
        const Change change = bench.group->finish(pick, Outcome::answered, bench.now);
        REQUIRE(change == (pick.probe ? Change::returned : Change::none));
    }
    REQUIRE(bench.group->count_available(bench.now) == 3);
    REQUIRE(bench.shares(90)[0] >= 29);
}

TEST_CASE("the head of the answer decides a probe whose body takes long") {
    Bench bench(targets_of({1, 1}));
    bench.eject(0);
    bench.now += 30s;
    Pick probe = bench.pick();
    while (!probe.probe) probe = bench.pick();
    REQUIRE(bench.group->on_head(probe, 200, bench.now) == Change::returned);
    REQUIRE(bench.group->on_head(probe, 500, bench.now) == Change::none);
    REQUIRE(bench.group->view(0, bench.now).standing == Standing::closed);
    REQUIRE(bench.group->finish(probe, Outcome::answered, bench.now) == Change::none);
    Pick plain = bench.pick();
    REQUIRE(bench.group->on_head(plain, 500, bench.now) == Change::none);
}

TEST_CASE("a failed probe ejects for longer and a client that leaves passes the probe on") {
    Bench bench(targets_of({1, 1}));
    bench.eject(0);
    bench.now += 30s;
    const auto probe = [&] {
        for (int i = 0; i < 10; ++i) {
            const Pick made = bench.pick();
            if (made.probe) return made;
            bench.group->finish(made, Outcome::answered, bench.now);
        }
        return Pick();
    };
    const Pick abandoned = probe();
    REQUIRE(abandoned.probe);
    REQUIRE_FALSE(probe().probe);
    bench.group->finish(abandoned, Outcome::abandoned, bench.now);
    const Pick failed = probe();
    REQUIRE(failed.probe);
    REQUIRE(bench.group->finish(failed, Outcome::connect_failed, bench.now) == Change::ejected);
    REQUIRE(bench.group->view(0, bench.now).ejected_for == 60s);
    REQUIRE(bench.group->view(0, bench.now).ejections == 2);
}

TEST_CASE("a single target that only fails is never taken away") {
    for (const Algorithm algorithm : {Algorithm::round_robin, Algorithm::least_outstanding, Algorithm::hash}) {
        GroupSettings settings = checked();
        settings.algorithm = algorithm;
        Bench bench(targets_of({1}), settings);
        for (int i = 0; i < 1000; ++i) {
            REQUIRE(bench.request(Outcome::connect_failed, {.key = 5}).is_chosen());
            bench.now += 10ms;
        }
        bench.set_health(0, false);
        REQUIRE(bench.request(Outcome::connect_failed).is_chosen());
    }
}

TEST_CASE("ejections give way when the targets that are not ejected fall ill") {
    GroupSettings settings = checked();
    settings.panic_threshold_percent = 0;
    Bench bench(targets_of({1, 1}), settings);
    bench.eject(0);
    bench.set_health(1, false);
    REQUIRE(bench.shares(10) == std::vector<int>{10, 0});
}

TEST_CASE("retries need budget and give it back") {
    Bench bench(targets_of({1, 1}));
    std::vector<Pick> retries;
    for (int i = 0; i < 3; ++i) {
        retries.push_back(bench.pick({.retry = true}));
        REQUIRE(retries.back().is_chosen());
    }
    REQUIRE(bench.pick({.retry = true}).result == Pick::Result::over_budget);
    REQUIRE(bench.pick().is_chosen());
    REQUIRE(bench.group->retries() == 3);
    for (const Pick& pick : retries) bench.group->finish(pick, Outcome::answered, bench.now);
    REQUIRE(bench.group->retries() == 0);
    Tried tried;
    tried.add(0);
    tried.add(1);
    REQUIRE(bench.pick({.tried = &tried, .retry = true}).result == Pick::Result::no_target);
    REQUIRE(bench.group->retries() == 0);
}

TEST_CASE("a reload keeps what is known of the addresses that stay") {
    Bench bench(targets_of({1, 1, 1, 1}), checked());
    bench.eject(0);
    bench.set_health(1, false);
    const Pick under_way = bench.pick();
    const Pick moved = bench.pick();
    REQUIRE(under_way.target == 2);
    REQUIRE(moved.target == 3);

    Targets targets{{"10.0.0.2:80", 1}, {"10.0.0.9:80", 1}, {"10.0.0.1:80", 1}, {"10.0.0.0:80", 1}};
    GroupSettings settings = checked();
    settings.slow_start = 10s;
    const auto next = Group::make(settings, targets, bench.group.get(), bench.now).value();
    REQUIRE(next->outstanding() == 2);
    REQUIRE(next->view(0, bench.now).outstanding == 1);
    REQUIRE(next->view(1, bench.now).outstanding == 0);
    REQUIRE(next->view(2, bench.now).health == Health::Status::unhealthy);
    REQUIRE(next->view(3, bench.now).standing == Standing::ejected);
    REQUIRE(next->view(3, bench.now).ejections == 1);

    bench.group->finish(under_way, Outcome::answered, bench.now);
    bench.group->finish(moved, Outcome::answered, bench.now);
    REQUIRE(next->outstanding() == 0);
    REQUIRE(next->view(0, bench.now).outstanding == 0);

    Cursor cursor = next->make_cursor(0);
    std::vector<int> shares(4);
    for (int i = 0; i < 1100; ++i) {
        const Pick made = next->pick(cursor, {}, bench.now);
        ++shares[made.target];
        next->finish(made, Outcome::answered, bench.now);
    }
    REQUIRE(shares[2] + shares[3] == 0);
    REQUIRE(shares[1] >= 98);
    REQUIRE(shares[1] <= 102);
}

TEST_CASE("a group whose checks are switched off forgets what they said") {
    Bench bench(targets_of({1, 1, 1}), checked());
    bench.set_health(0, false);
    const auto next = Group::make({}, targets_of({1, 1, 1}), bench.group.get(), bench.now).value();
    REQUIRE(next->count_available(bench.now) == 3);
    REQUIRE_FALSE(next->on_health(0, false, bench.now));
}

TEST_CASE("a group whose outlier detection is switched off uses what was ejected") {
    Bench bench(targets_of({1, 1, 1}));
    bench.eject(0);
    GroupSettings settings;
    settings.outlier.consecutive_errors = 0;
    const auto next = Group::make(settings, targets_of({1, 1, 1}), bench.group.get(), bench.now).value();
    REQUIRE(next->count_available(bench.now) == 3);
}
