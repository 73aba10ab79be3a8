#include "libgw/policy/throttle/fit.h"

#include <algorithm>
#include <cmath>

#include "libgw/base/random.h"
#include "libgw/policy/throttle/token_bucket.h"
#include "tests/support/catch.h"

using namespace gw;
using throttle::Limit;
using throttle::Times;

namespace {

Limit limit_of(double rate, std::uint64_t burst) { return Limit::make({rate, std::chrono::seconds(1)}, burst).value(); }

/// Requests of one key by chance.
std::vector<std::int64_t> by_chance(Random& random, double rate, double seconds) {
    std::vector<std::int64_t> times;
    for (double at = 0; at < seconds; at -= std::log1p(-random.unit()) / rate)
        times.push_back(static_cast<std::int64_t>(at * 1e9));
    return times;
}

std::uint64_t refusals(const Times& times, const Limit& limit) {
    std::uint64_t sum = 0;
    for (const auto& key : times) {
        throttle::TokenBucket bucket(limit, Instant(Nanoseconds(key.front())));
        for (const std::int64_t at : key) sum += bucket.take(Instant(Nanoseconds(at))).admitted ? 0 : 1;
    }
    return sum;
}

/// What a server of that limit answers to requests by chance.
std::vector<throttle::Answer> answers_of(const Limit& limit, double offered, double seconds, std::uint64_t seed) {
    Random random(seed);
    std::vector<throttle::Answer> answers;
    throttle::TokenBucket bucket(limit, Instant());
    for (const std::int64_t at : by_chance(random, offered, seconds))
        answers.push_back({at, !bucket.take(Instant(Nanoseconds(at))).admitted});
    return answers;
}

}  // namespace

TEST_CASE("what is fitted refuses no more than it may, and one token less would") {
    Random random(4);
    Times times;
    for (int key = 0; key < 20; ++key) times.push_back(by_chance(random, 5, 300));
    std::uint64_t offered = 0;
    for (const auto& key : times) offered += key.size();
    for (const double share : {0.0, 0.001, 0.05}) {
        INFO(share);
        const auto allowed = static_cast<std::uint64_t>(share * static_cast<double>(offered));
        const auto fitted = throttle::fit(times, share);
        REQUIRE(fitted.all.size() > 1);
        for (const auto& one : fitted.all) {
            CHECK(one.count.offered == offered);
            CHECK(one.count.rejected <= allowed);
            CHECK(one.count.rejected == refusals(times, one.limit));
            if (one.limit.burst() > 1)
                CHECK(refusals(times, limit_of(one.limit.rate().count, one.limit.burst() - 1)) > allowed);
            CHECK(one.in_a_minute() >= fitted.all[fitted.best].in_a_minute());
        }
        CHECK(std::is_sorted(fitted.all.begin(), fitted.all.end(), [](const auto& a, const auto& b) {
            return a.limit.rate().per_second() < b.limit.rate().per_second();
        }));
    }
}

TEST_CASE("evenly spaced requests need their rate and one token") {
    Times times(1);
    for (int i = 0; i < 1000; ++i) times[0].push_back(static_cast<std::int64_t>(i) * 100'000'000);
    const auto fitted = throttle::fit(times, 0);
    CHECK(fitted.all[fitted.best].limit.rate().per_second() == 10);
    CHECK(fitted.all[fitted.best].limit.burst() == 1);
}

TEST_CASE("fit bears keys of one request, requests at one moment, and a single one") {
    const auto single = throttle::fit({{5}}, 0);
    REQUIRE_FALSE(single.all.empty());
    CHECK(single.all[single.best].limit.burst() == 1);
    const auto together = throttle::fit({std::vector<std::int64_t>(500, 7)}, 0);
    CHECK(together.all[together.best].limit.burst() == 500);
    CHECK(together.all[together.best].count.rejected == 0);
    const auto some = throttle::fit({std::vector<std::int64_t>(500, 7), {}, {9}}, 0.5);
    CHECK(some.all[some.best].count.rejected <= 250);
    // all may be refused: the smallest limit there is
    const auto all = throttle::fit({std::vector<std::int64_t>(500, 7)}, 1);
    CHECK(all.all[all.best].limit.burst() == 1);
    // ten years apart
    const auto apart = throttle::fit({{0, 315'360'000'000'000'000}}, 0);
    CHECK_FALSE(apart.all.empty());
}

TEST_CASE("fit tells how far it has come") {
    Random random(4);
    double last = -1;
    int told = 0;
    throttle::fit({by_chance(random, 5, 60)}, 0, [&](double share) {
        CHECK(share > last);
        CHECK(share >= 0);
        CHECK(share < 1);
        last = share;
        ++told;
    });
    CHECK(told > 1);
}

TEST_CASE("probe finds the rate and the burst that a server holds") {
    struct Case {
        double rate;
        std::uint64_t burst;
        double offered;
        double seconds;
    };
    for (const auto& [rate, burst, offered, seconds] :
         {Case{100, 200, 150, 60}, Case{5, 1, 8, 120}, Case{10, 40, 30, 60}, Case{0.5, 3, 2, 600},
          Case{1000, 50, 1400, 20}})
        for (const std::uint64_t seed : {1U, 2U}) {
            CAPTURE(rate, burst, seed);
            const auto answers = answers_of(limit_of(rate, burst), offered, seconds, seed);
            const auto probed = throttle::probe(answers);
            REQUIRE(probed);
            CHECK(probed->limit.rate().per_second() == Approx(rate).epsilon(0.01));
            CHECK(std::abs(static_cast<double>(probed->limit.burst()) - static_cast<double>(burst)) <=
                  std::max(1.0, 0.01 * static_cast<double>(burst)));
            CHECK(probed->low <= rate * 1.0001);
            CHECK(probed->high >= rate / 1.0001);
            CHECK(probed->agree + probed->differ == answers.size());
            CHECK(static_cast<double>(probed->agree) >= 0.99 * static_cast<double>(answers.size()));
        }
}

TEST_CASE("probe says so when there is too little to tell") {
    std::vector<throttle::Answer> answers;
    CHECK_FALSE(throttle::probe(answers));
    for (int i = 0; i < 100; ++i) answers.push_back({static_cast<std::int64_t>(i) * 1'000'000'000, false});
    CHECK_FALSE(throttle::probe(answers));  // nobody was refused
    for (int i = 0; i < 4; ++i) answers.push_back({100'000'000'000 + i, true});
    CHECK_FALSE(throttle::probe(answers));  // four are too few
    std::vector<throttle::Answer> at_once(50, {7, false});
    at_once.insert(at_once.end(), 50, {7, true});
    CHECK_FALSE(throttle::probe(at_once));  // at one moment there is no rate
}

TEST_CASE("probe does not explain what no bucket says") {
    Random random(3);
    std::vector<throttle::Answer> answers;
    for (const std::int64_t at : by_chance(random, 100, 60)) answers.push_back({at, random.below(2) == 0});
    const auto probed = throttle::probe(answers);
    REQUIRE(probed);
    CHECK(static_cast<double>(probed->agree) < 0.9 * static_cast<double>(answers.size()));
}
