#include "libgw/io/net/rate.h"

#include "tests/support/catch.h"

using namespace gw;
using namespace std::chrono_literals;
using net::Rate;

TEST_CASE("a peer is judged by each period anew, however fast it was before") {
    Rate rate;
    CHECK_FALSE(rate.falls_below(240, 1s, 100'000'000));
    CHECK_FALSE(rate.falls_below(240, 5s, 1));  // the period of the fast start ends
    for (int i = 0; i < 5; ++i) CHECK_FALSE(rate.falls_below(240, 1s, 1));
    CHECK(rate.falls_below(240, 1s, 1));
}

TEST_CASE("a peer that is just fast enough in every period goes on for ever") {
    Rate rate;
    for (int i = 0; i < 1000; ++i) REQUIRE_FALSE(rate.falls_below(240, 1s, 240));
}

TEST_CASE("nothing is said of a peer before five seconds of waiting, and time without bytes counts") {
    Rate rate;
    CHECK_FALSE(rate.falls_below(240, 5s, 0));
    CHECK(rate.falls_below(240, 1ms, 1));
    rate.wait(20s);
    CHECK(rate.falls_below(240, 0s, 4799));
    rate.wait(20s);
    CHECK_FALSE(rate.falls_below(240, 0s, 4800));
    CHECK_FALSE(rate.falls_below(240, 1s, 0));
}
