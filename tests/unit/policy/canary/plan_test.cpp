#include "libgw/policy/canary/plan.h"

#include "libgw/policy/canary/simulate.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::canary;

namespace {

Wanted wanted(double share) { return {0.02, {Margin::Kind::absolute, 0.02}, 0.05, 0.8, share, 1}; }

}  // namespace

TEST_CASE("canary plan: what it promises is what other runs come to", "[policy][canary]") {
    const Needed needed = plan(wanted(0.3));
    REQUIRE(needed.rollback);
    REQUIRE(needed.promote);
    for (const bool harm : {false, true}) {
        Rollout rollout;
        rollout.stable = 0.02;
        rollout.canary = harm ? 0.04 : 0.02;
        rollout.shares = {0.3};
        rollout.looks = 40;
        rollout.every = std::chrono::seconds(1);
        rollout.per_second = static_cast<double>(harm ? *needed.rollback : *needed.promote) / rollout.looks;
        rollout.question.detect = Margin{Margin::Kind::absolute, 0.02};
        const Simulated simulated = simulate(rollout, Method::msprt, 300, 99);
        const std::uint64_t right = harm ? simulated.rolled_back : simulated.promoted;
        CHECK(right > 215);  // 240 were promised
        CHECK(right < 275);
    }
}

TEST_CASE("canary plan: a larger share takes fewer requests", "[policy][canary]") {
    const Needed small = plan(wanted(0.1));
    const Needed large = plan(wanted(0.5));
    REQUIRE(small.rollback);
    REQUIRE(large.rollback);
    CHECK(*large.rollback < *small.rollback);
    CHECK(*large.promote < *small.promote);
}

TEST_CASE("canary plan: the harm that so many requests find is the one that takes so many", "[policy][canary]") {
    const Needed needed = plan(wanted(0.5));
    REQUIRE(needed.rollback);
    const auto harm = detectable(wanted(0.5), *needed.rollback);
    REQUIRE(harm);
    CHECK(*harm == Approx(0.02).epsilon(0.2));
    CHECK(!detectable(wanted(0.5), 3));
}
