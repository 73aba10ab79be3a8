#include "libgw/policy/balance/breaker.h"

#include <thread>
#include <vector>

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::balance;
using namespace std::chrono_literals;

TEST_CASE("a gate lets in exactly as many as its limit") {
    Gate gate;
    for (int i = 0; i < 1024; ++i) REQUIRE(gate.try_enter(1024));
    REQUIRE_FALSE(gate.try_enter(1024));
    REQUIRE(gate.inside() == 1024);
    gate.leave();
    REQUIRE(gate.try_enter(1024));
    REQUIRE_FALSE(Gate().try_enter(0));
}

TEST_CASE("a gate never holds more than its limit however many threads press") {
    Gate gate;
    std::atomic<int> inside{0};
    std::atomic<int> most{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 20000; ++i) {
                if (!gate.try_enter(2)) continue;
                const int now = inside.fetch_add(1) + 1;
                int seen = most.load();
                while (now > seen && !most.compare_exchange_weak(seen, now)) {
                }
                inside.fetch_sub(1);
                gate.leave();
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    REQUIRE(most.load() <= 2);
    REQUIRE(gate.inside() == 0);
}

TEST_CASE("retries at a time are a fifth of what is under way and at least three") {
    const auto taken = [](std::uint32_t under_way) {
        RetryBudget budget;
        int count = 0;
        while (budget.try_take(under_way, Instant{1s})) ++count;
        return count;
    };
    REQUIRE(taken(0) == 3);
    REQUIRE(taken(19) == 3);
    REQUIRE(taken(20) == 4);
    REQUIRE(taken(45) == 9);
    REQUIRE(taken(100000) == 10);
}

TEST_CASE("a retry that has ended makes room for the next") {
    RetryBudget budget;
    for (int i = 0; i < 3; ++i) REQUIRE(budget.try_take(0, Instant{}));
    REQUIRE_FALSE(budget.try_take(0, Instant{}));
    REQUIRE(budget.inside() == 3);
    budget.give_back();
    REQUIRE(budget.try_take(0, Instant{}));
}

TEST_CASE("against failures that are instant retries are a fifth of the requests and three a second") {
    RetryBudget budget;
    int requests = 0;
    int retries = 0;
    for (Instant now{}; now < Instant{10s}; now += 1ms) {
        ++requests;
        budget.earn(now);
        if (budget.try_take(0, now)) {
            ++retries;
            budget.give_back();
        }
    }
    REQUIRE(requests == 10000);
    REQUIRE(retries >= 2000);
    REQUIRE(retries <= 2000 + 10 * 3 + 10);
}

TEST_CASE("a quiet group may retry every request") {
    RetryBudget budget;
    for (Instant now{}; now < Instant{100s}; now += 400ms) {
        budget.earn(now);
        REQUIRE(budget.try_take(0, now));
        budget.give_back();
    }
}

TEST_CASE("what is earned in quiet does not pile up") {
    RetryBudget budget;
    for (int i = 0; i < 100000; ++i) budget.earn(Instant{1s});
    int taken = 0;
    while (budget.try_take(1000, Instant{1s})) ++taken;
    REQUIRE(taken == static_cast<int>(kRetryReserve));
}
