#include "libgw/policy/throttle/algorithm.h"

#include "libgw/base/random.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace std::chrono_literals;
using throttle::Algorithm;
using throttle::Limit;
using throttle::Limiter;

namespace {

constexpr Algorithm kAll[] = {Algorithm::token, Algorithm::gcra, Algorithm::fixed, Algorithm::sliding,
                              Algorithm::leaky};

Limit limit_of(std::string_view rate, std::uint64_t burst) { return Limit::make(*parse_rate(rate), burst).value(); }

int admitted(Limiter& limiter, Nanoseconds at, int count) {
    int sum = 0;
    for (int i = 0; i < count; ++i) sum += limiter.take(Instant(at)) ? 1 : 0;
    return sum;
}

}  // namespace

TEST_CASE("each algorithm has a name that is read back") {
    for (const Algorithm algorithm : kAll) {
        CHECK(throttle::parse_algorithm(to_text(algorithm)) == algorithm);
        CHECK_FALSE(describe(algorithm).empty());
    }
    CHECK_FALSE(throttle::parse_algorithm("bucket"));
}

TEST_CASE("every algorithm lets a burst through, and the rate in the long run") {
    for (const Algorithm algorithm : kAll) {
        INFO(to_text(algorithm));
        Limiter limiter(algorithm, limit_of("10/s", 20), Instant());
        CHECK(admitted(limiter, 0s, 50) == 20);
        int sum = 0;
        for (int i = 1; i <= 100'000; ++i) sum += limiter.take(Instant(i * 10ms)) ? 1 : 0;
        // an estimate of what came in the window before is sometimes too much
        CHECK(sum <= 10'020);
        CHECK(sum >= (algorithm == Algorithm::sliding ? 9'000 : 9'980));
        Limiter nothing(algorithm, limit_of("0/s", 20), Instant());
        CHECK(admitted(nothing, 0s, 5) == 0);
    }
}

TEST_CASE("the generic cell rate algorithm admits what the token bucket does") {
    const Limit limit = limit_of("100/s", 7);
    Limiter token(Algorithm::token, limit, Instant());
    Limiter gcra(Algorithm::gcra, limit, Instant());
    Random random(9);
    std::int64_t now = 0;
    for (int i = 0; i < 200'000; ++i) {
        now += static_cast<std::int64_t>(random.below(15'000'000));
        REQUIRE(token.take(Instant(Nanoseconds(now))) == gcra.take(Instant(Nanoseconds(now))));
    }
}

TEST_CASE("fixed windows let twice the burst through around their edge, a sliding one does not") {
    const Limit limit = limit_of("10/s", 20);  // a window is 2s
    Limiter fixed(Algorithm::fixed, limit, Instant());
    CHECK(admitted(fixed, 1999ms, 50) == 20);
    CHECK(admitted(fixed, 2000ms, 50) == 20);
    Limiter sliding(Algorithm::sliding, limit, Instant());
    CHECK(admitted(sliding, 1999ms, 50) == 20);
    CHECK(admitted(sliding, 2000ms, 50) == 0);
    CHECK(admitted(sliding, 3000ms, 50) == 10);
    Limiter token(Algorithm::token, limit, Instant());
    CHECK(admitted(token, 1999ms, 50) == 20);
    CHECK(admitted(token, 2000ms, 50) == 0);
}

TEST_CASE("a leaky bucket lets requests wait and sends them on at the rate") {
    Limiter leaky(Algorithm::leaky, limit_of("10/s", 3), Instant());
    CHECK(leaky.take(Instant()));
    CHECK(leaky.delay() == 0ms);
    CHECK(leaky.take(Instant()));
    CHECK(leaky.delay() == 100ms);
    CHECK(leaky.take(Instant()));
    CHECK(leaky.delay() == 200ms);
    CHECK_FALSE(leaky.take(Instant()));
    CHECK(leaky.take(Instant(150ms)));
    CHECK(leaky.delay() == 150ms);
}

TEST_CASE("algorithms bear a time that goes backwards") {
    for (const Algorithm algorithm : kAll) {
        INFO(to_text(algorithm));
        Limiter limiter(algorithm, limit_of("10/s", 2), Instant(1h));
        CHECK(admitted(limiter, 1h, 5) == 2);
        CHECK(admitted(limiter, 0h, 5) == 0);
        CHECK(admitted(limiter, 2h, 5) == 2);
    }
}
