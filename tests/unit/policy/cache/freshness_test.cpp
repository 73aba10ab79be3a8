#include "libgw/policy/cache/freshness.h"

#include "tests/support/cache_case.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::cache;
using namespace std::chrono_literals;
using gw::test::fields_of;
using gw::test::kReceived;

TEST_CASE("the time that the target took makes an answer older", "[cache]") {
    CHECK(initial_age(fields_of("Age: 5"), {kReceived - 3s, kReceived}) == 8s);
    CHECK(initial_age(fields_of("X: 1"), {kReceived - 3s, kReceived}) == 3s);
    CHECK(initial_age(fields_of("Date: -20|Age: 5"), {kReceived - 3s, kReceived}) == 20s);
    CHECK(initial_age(fields_of("Date: +20"), {kReceived, kReceived}) == 0s);
}

TEST_CASE("a calendar that was set back makes nothing negative", "[cache]") {
    CHECK(initial_age(fields_of("X: 1"), {kReceived + 100s, kReceived}) == 0s);
    const auto stored = gw::test::store(200, "Cache-Control: max-age=10");
    REQUIRE(stored);
    CHECK(age_of(*stored, kReceived - 1h) == 0s);
}

TEST_CASE("dates at the ends of the calendar do not overflow", "[cache]") {
    const Exchanged when{kReceived, kReceived};
    const auto life = lifetime_of(200, fields_of("Expires: Fri, 31 Dec 9999 23:59:59 GMT"), {}, when);
    CHECK(life.span > std::chrono::hours(24 * 365 * 50));
    CHECK(initial_age(fields_of("Date: Mon, 01 Jan 1601 00:00:00 GMT"), when) > std::chrono::hours(24 * 365 * 50));
    CHECK(lifetime_of(200, fields_of("Last-Modified: Mon, 01 Jan 1601 00:00:00 GMT"), {}, when).span == 24h);
}
