#include "libgw/policy/throttle/limit.h"

#include "tests/support/catch.h"

using namespace gw;
using throttle::Limit;

namespace {

Limit limit_of(std::string_view rate, std::uint64_t burst) { return Limit::make(*parse_rate(rate), burst).value(); }

}  // namespace

TEST_CASE("a rate is kept as whole numbers, exactly as it was written") {
    struct Case {
        const char* rate;
        std::uint64_t parts;
        std::uint64_t cost;
    };
    for (const Case& one :
         {Case{"100/s", 1, 10'000'000}, Case{"3/s", 3, 1'000'000'000}, Case{"0.5/s", 1, 2'000'000'000},
          Case{"333/s", 333, 1'000'000'000}, Case{"10000/day", 1, 8'640'000'000}, Case{"0.1/s", 1, 10'000'000'000},
          Case{"1000000000000/s", 1000, 1}, Case{"600/m", 1, 100'000'000}}) {
        CAPTURE(one.rate);
        const Limit limit = limit_of(one.rate, 10);
        CHECK(limit.parts() == one.parts);
        CHECK(limit.cost() == one.cost);
        CHECK(limit.depth() == 10 * one.cost);
    }
}

TEST_CASE("a rate that 64 bits cannot hold exactly is rounded to the strict side, by less than a part") {
    for (const char* rate : {"1234567.891/s", "0.333333333/s", "29999999.9/s", "7654321/day"}) {
        CAPTURE(rate);
        const double exact = 1e9 / parse_rate(rate)->per_second();
        const Limit limit = limit_of(rate, 1000);
        const double cost = static_cast<double>(limit.cost()) / static_cast<double>(limit.parts());
        CHECK(limit.parts() <= Limit::kMostParts);
        CHECK(limit.depth() <= Limit::kDeepest);
        CHECK(cost >= exact * (1 - 1e-15));
        CHECK(cost <= exact * (1 + 1e-15) + 1.0 / static_cast<double>(limit.parts()));
    }
}

TEST_CASE("a rate of 0 and a burst of 0 admit nothing, ever") {
    for (const Limit& limit : {limit_of("0/s", 100), limit_of("100/s", 0), limit_of("0/s", 0), Limit()}) {
        CHECK(limit.admits_nothing());
        CHECK_FALSE(limit.has_token(0));
        CHECK(limit.tokens(0) == 0);
        CHECK(limit.until_token(0) == Nanoseconds::max());
    }
}

TEST_CASE("what takes more than 73 years to come back is no limit") {
    CHECK(Limit::make(*parse_rate("1/day"), 20000).has_value());
    const auto never = Limit::make(*parse_rate("1/day"), 30000);
    REQUIRE_FALSE(never.has_value());
    CHECK(never.error().code == Errc::limit);
    CHECK_FALSE(Limit::make(*parse_rate("1/s"), Limit::kMostBurst + 1).has_value());
    CHECK_FALSE(Limit::make(Rate{-1, std::chrono::seconds(1)}, 1).has_value());
}

TEST_CASE("the time until the next token is the shortest after which there is one") {
    const Limit limit = limit_of("3/s", 2);
    CHECK(limit.until_token(0) == Nanoseconds(0));
    CHECK(limit.until_token(limit.cost()) == Nanoseconds(0));
    CHECK(limit.until_token(limit.depth()) == Nanoseconds(333'333'334));
    CHECK(limit.until_full(limit.depth()) == Nanoseconds(666'666'667));
    const auto wait = static_cast<std::uint64_t>(limit.until_token(limit.depth()).count());
    CHECK(limit.has_token(limit.depth() - wait * limit.parts()));
    CHECK_FALSE(limit.has_token(limit.depth() - (wait - 1) * limit.parts()));
}
