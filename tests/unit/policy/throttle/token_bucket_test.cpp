#include "libgw/policy/throttle/token_bucket.h"

#include <algorithm>
#include <thread>
#include <vector>

#include "libgw/base/random.h"
#include "libgw/policy/throttle/key_table.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace std::chrono_literals;
using throttle::Limit;

namespace {

__extension__ using Wide = __int128;

/// Tokens as a fraction, by the book: tokens = min(burst, tokens + rate · dt), one a request.
class Model {
  public:
    Model(const Rate& rate, std::uint64_t burst, std::int64_t scale)
        : gain_(static_cast<Wide>(rate.count * static_cast<double>(scale) + 0.5)),
          unit_(static_cast<Wide>(scale) * rate.per.count()),
          most_(static_cast<Wide>(burst) * unit_),
          level_(most_) {}
    bool take(std::int64_t now) {
        level_ = std::min(most_, level_ + (now - last_) * gain_);
        last_ = now;
        if (level_ < unit_) return false;
        level_ -= unit_;
        return true;
    }

  private:
    Wide gain_;
    Wide unit_;
    Wide most_;
    Wide level_;
    std::int64_t last_ = 0;
};

struct Case {
    const char* rate;
    std::uint64_t burst;
};
constexpr Case kCases[] = {{"100/s", 200},      {"3/s", 1},        {"333/s", 7},       {"0.7/s", 3},
                           {"10000/day", 20},   {"999983/s", 50},  {"1.001/s", 12},    {"12345/m", 100},
                           {"1000000/s", 1},    {"7/h", 2},        {"29999999/s", 64}, {"123.456/s", 9},
                           {"1000000000/s", 4}, {"0.001/s", 1000}, {"97/day", 5}};

Limit limit_of(const Case& one) { return Limit::make(*parse_rate(one.rate), one.burst).value(); }

/// Steps that matter to this limit: none, tiny, about a token, many tokens, for ever.
std::int64_t step_of(Random& random, const Limit& limit) {
    const auto token = static_cast<std::int64_t>(limit.cost() / limit.parts());
    switch (random.below(12)) {
        case 0: return 0;
        case 1: return 1;
        case 2: return token;
        case 3: return token + 1;
        case 4: return std::max<std::int64_t>(token - 1, 0);
        case 5: return static_cast<std::int64_t>(random.below(1'000'000'000'000));
        case 6: return random.below(50) == 0 ? static_cast<std::int64_t>(random.below(1ULL << 53U)) : 0;
        default: return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(token) * 2 + 2));
    }
}

}  // namespace

TEST_CASE("every bucket admits exactly what the model with fractions admits, whatever the steps") {
    for (const Case& one : kCases) {
        CAPTURE(one.rate, one.burst);
        const Limit limit = limit_of(one);
        Random random(one.burst * 7919 + 1);
        const Instant begin(Nanoseconds(static_cast<std::int64_t>(random.below(1ULL << 60U))));
        Model model(*parse_rate(one.rate), one.burst, 1000);
        throttle::TokenBucket bucket(limit, begin);
        throttle::SharedBucket shared(limit, begin);
        throttle::KeyTable table(64);
        throttle::KeyTable::Overflow overflow;
        std::int64_t now = 0;
        for (int i = 0; i < 20000; ++i) {
            now += step_of(random, limit);
            const Instant at = begin + Nanoseconds(now);
            const bool expected = model.take(now);
            const auto taken = bucket.take(at);
            if (taken.admitted != expected) FAIL("step " << i << ", " << now << " ns: the bucket differs");
            const auto same = shared.take(at);
            if (same.admitted != expected || same.missing != taken.missing) FAIL("step " << i << ": the shared one");
            const auto keyed = table.take(77, limit, overflow, at);
            if (keyed.taken.admitted != expected || keyed.taken.missing != taken.missing)
                FAIL("step " << i << ": the table");
            if (limit.tokens(bucket.missing(at)) != bucket.tokens(at)) FAIL("tokens");
        }
    }
}

TEST_CASE("no window of time sees more than the burst and what the rate brings") {
    for (const Case& one : kCases) {
        CAPTURE(one.rate, one.burst);
        const Limit limit = limit_of(one);
        Random random(5);
        throttle::SharedBucket bucket(limit, Instant());
        std::vector<std::int64_t> admitted;
        std::int64_t now = 0;
        std::int64_t latest = 0;
        for (int i = 0; i < 3000; ++i) {
            // threads see the clock in another order than it went
            const std::int64_t back =
                random.below(3) == 0 ? static_cast<std::int64_t>(random.below(limit.cost() / limit.parts() + 2)) : 0;
            now = std::max<std::int64_t>(0, latest - back);
            if (bucket.take(Instant(Nanoseconds(now))).admitted) admitted.push_back(now);
            latest += step_of(random, limit) / 8;
        }
        std::sort(admitted.begin(), admitted.end());
        for (std::size_t i = 0; i < admitted.size(); ++i)
            for (std::size_t j = i; j < std::min(admitted.size(), i + 400); ++j) {
                const auto parts = static_cast<Wide>(admitted[j] - admitted[i]) * limit.parts() + limit.depth();
                if (static_cast<Wide>(j - i + 1) * limit.cost() > parts)
                    FAIL(j - i + 1 << " from " << admitted[i] << " to " << admitted[j]);
            }
    }
}

TEST_CASE("a bucket that nobody touched for years is full") {
    const Limit limit = limit_of({"999983/s", 50});
    for (const auto idle : {Nanoseconds(1h), Nanoseconds(24h * 365), Nanoseconds(24h * 365 * 40)}) {
        throttle::TokenBucket bucket(limit, Instant(1s));
        throttle::SharedBucket shared(limit, Instant(1s));
        for (int i = 0; i < 50; ++i) {
            CHECK(bucket.take(Instant(1s)).admitted);
            CHECK(shared.take(Instant(1s)).admitted);
        }
        CHECK_FALSE(shared.take(Instant(1s)).admitted);
        // the alias: 2^64 parts later the word means the same moment again
        const auto around = Nanoseconds(static_cast<std::int64_t>(~std::uint64_t{0} / limit.parts()));
        for (const auto rest : {idle, around, around - 10us, around + 10us}) {
            CHECK(bucket.tokens(Instant(1s) + rest) == 50);
            CHECK(shared.tokens(Instant(1s) + rest) == 50);
        }
    }
}

TEST_CASE("what is given back is as if it had never been taken") {
    for (const Case& one : kCases) {
        const Limit limit = limit_of(one);
        Random random(9);
        throttle::SharedBucket with(limit, Instant());
        throttle::SharedBucket without(limit, Instant());
        throttle::KeyTable table(8);
        throttle::KeyTable::Overflow overflow;
        std::int64_t now = 1;
        for (int i = 0; i < 2000; ++i) {
            now += step_of(random, limit) % 1'000'000'000'000;
            const Instant at{Nanoseconds(now)};
            if (random.below(2) == 0) {
                if (with.take(at).admitted) with.give_back();
                const auto taken = table.take(5, limit, overflow, at);
                if (taken.taken.admitted) table.give_back(5, limit, overflow, taken.shared);
            } else {
                const bool admitted = without.take(at).admitted;
                REQUIRE(with.take(at).admitted == admitted);
                REQUIRE(table.take(5, limit, overflow, at).taken.admitted == admitted);
            }
        }
    }
}

TEST_CASE("sixteen threads get no more than the rate and the burst") {
    const Limit limit = limit_of({"1000/s", 500});
    throttle::SharedBucket bucket(limit, Instant());
    std::atomic<std::int64_t> clock{0};
    std::atomic<std::uint64_t> admitted{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 16; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 20000; ++i) {
                const Instant now{Nanoseconds(clock.fetch_add(10'000, std::memory_order_relaxed))};
                if (bucket.take(now).admitted) admitted.fetch_add(1, std::memory_order_relaxed);
            }
        });
    for (std::thread& thread : threads) thread.join();
    // 320,000 requests in 3.2 s of the clock that they were told
    CHECK(admitted <= 500 + 3200);
    CHECK(admitted >= 3200);
}
