#include "libgw/policy/canary/simulate.h"

#include "libgw/policy/canary/statistics/chance.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::canary;

namespace {

Rollout rollout(double canary) {
    Rollout rollout;
    rollout.stable = 0.02;
    rollout.canary = canary;
    rollout.per_second = 20;
    rollout.shares = {0.1, 0.25, 0.5};
    rollout.looks = 15;
    rollout.question.detect = Margin{Margin::Kind::absolute, 0.015};
    return rollout;
}

}  // namespace

TEST_CASE("canary simulate: what is counted adds up, and a seed makes the same run again", "[policy][canary]") {
    for (const Method method : {Method::msprt, Method::gst, Method::naive, Method::mannwhitney}) {
        const Simulated one = simulate(rollout(0.03), method, 40, 5);
        const Simulated same = simulate(rollout(0.03), method, 40, 5);
        const Simulated other = simulate(rollout(0.03), method, 40, 6);
        CHECK(one.runs == 40);
        CHECK(one.promoted + one.rolled_back + one.undecided() == 40);
        std::uint64_t promoted = 0;
        for (const std::uint64_t count : one.promotions) promoted += count;
        CHECK(promoted == one.promoted);
        CHECK(one.requests % 600 == 0);
        CHECK(one.canary_bad <= one.canary_requests);
        CHECK(one.canary_requests < one.requests);
        CHECK(one.canary_bad == same.canary_bad);
        CHECK(one.promotions == same.promotions);
        CHECK(one.rollbacks == same.rollbacks);
        CHECK(one.canary_bad != other.canary_bad);
    }
}

TEST_CASE("canary simulate: looking each time, ours keeps what it says and naive peeking does not",
          "[policy][canary]") {
    constexpr std::uint64_t kRuns = 300;
    const Simulated alike = simulate(rollout(0.02), Method::msprt, kRuns, 1);
    CHECK(binomial_limits(kRuns, alike.rolled_back, 0.01).low <= 0.05);
    CHECK(alike.promoted > 240);
    const Simulated harm = simulate(rollout(0.035), Method::msprt, kRuns, 2);
    CHECK(binomial_limits(kRuns, harm.promoted, 0.01).low <= 0.05);
    CHECK(harm.rolled_back > 240);
    CHECK(binomial_limits(kRuns, simulate(rollout(0.035), Method::naive, kRuns, 2).promoted, 0.01).low > 0.05);
    const Simulated group = simulate(rollout(0.02), Method::gst, kRuns, 1);
    CHECK(binomial_limits(kRuns, group.rolled_back, 0.01).low <= 0.05);
}

TEST_CASE("canary simulate: more harm is found sooner and costs fewer bad answers than its rate would",
          "[policy][canary]") {
    const Simulated some = simulate(rollout(0.035), Method::msprt, 100, 3);
    const Simulated much = simulate(rollout(0.2), Method::msprt, 100, 3);
    const auto late = some.looks_until(0.5, Answer::rollback);
    const auto soon = much.looks_until(0.5, Answer::rollback);
    REQUIRE(late);
    REQUIRE(soon);
    CHECK(*soon < *late);
    CHECK(!much.looks_until(0.5, Answer::promote));
    CHECK(much.looks_until(1));  // all were decided
}

TEST_CASE("canary simulate: it tells how far it is, and stops when it is told to", "[policy][canary]") {
    std::uint64_t told = 0;
    const Simulated stopped = simulate(rollout(0.02), Method::naive, 1000, 1, [&](std::uint64_t runs) {
        told = runs;
        return runs < 128;
    });
    CHECK(told == 128);
    CHECK(stopped.runs == 128);
    Rollout tiny = rollout(0.5);
    tiny.per_second = 0.001;
    CHECK(tiny.requests_a_look() == 1);
    CHECK(simulate(tiny, Method::msprt, 3, 1).runs == 3);
}
