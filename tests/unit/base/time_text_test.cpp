#include "libgw/base/time_text.h"

#include "libgw/base/random.h"
#include "tests/support/catch.h"

using namespace gw;

namespace {
Date at(std::int64_t seconds, std::int64_t nanoseconds = 0) {
    return Date(std::chrono::seconds(seconds) + Nanoseconds(nanoseconds));
}
const Date kNow = at(1795348867);  // 2026-11-22 12:01:07
}  // namespace

TEST_CASE("one moment in every form", "[base][time_text]") {
    CHECK(to_http_date(at(784111777)) == "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(to_http_date(at(0)) == "Thu, 01 Jan 1970 00:00:00 GMT");
    CHECK(to_iso8601(kNow) == "2026-11-22T12:01:07Z");
    CHECK(to_iso8601_milliseconds(at(1795348867, 42'999'999)) == "2026-11-22T12:01:07.042Z");
    CHECK(to_clf_date(kNow) == "22/Nov/2026:12:01:07 +0000");
    CHECK(to_aws_date_time(at(1440938160)) == "20150830T123600Z");
    CHECK(to_aws_day(at(1440938160)) == "20150830");
    CHECK(to_clock(kNow) == "12:01:07");
    CHECK(to_clock(kNow, std::chrono::hours(-13)) == "23:01:07");
}

TEST_CASE("moments before 1970 and leap days are in the calendar", "[base][time_text]") {
    CHECK(to_iso8601(at(-1)) == "1969-12-31T23:59:59Z");
    CHECK(to_iso8601_milliseconds(at(-1, 500'000'000)) == "1969-12-31T23:59:59.500Z");
    CHECK(to_iso8601(at(951782400)) == "2000-02-29T00:00:00Z");
    CHECK(to_iso8601(at(-2203891200)) == "1900-03-01T00:00:00Z");
    CHECK(to_iso8601(Date::max()) == "2262-04-11T23:47:16Z");
    CHECK(to_iso8601(Date::min()) == "1677-09-21T00:12:43Z");
}

TEST_CASE("the three forms of an HTTP date are read", "[base][time_text]") {
    CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT", kNow) == at(784111777));
    CHECK(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", kNow) == at(784111777));
    CHECK(parse_http_date("Sun Nov  6 08:49:37 1994", kNow) == at(784111777));
    CHECK(parse_http_date("Wed Nov 16 08:49:37 1994", kNow) == at(784975777));
}

TEST_CASE("a two-digit year lies at most fifty years ahead", "[base][time_text]") {
    CHECK(to_iso8601(*parse_http_date("Sunday, 06-Nov-76 08:49:37 GMT", kNow)).view().starts_with("2076"));
    CHECK(to_iso8601(*parse_http_date("Sunday, 06-Nov-77 08:49:37 GMT", kNow)).view().starts_with("1977"));
    const Date late = *parse_iso8601("2090-01-01T00:00:00Z");
    CHECK(to_iso8601(*parse_http_date("Sunday, 06-Nov-10 08:49:37 GMT", late)).view().starts_with("2110"));
}

TEST_CASE("anything else is not an HTTP date", "[base][time_text]") {
    for (const char* text : {"",
                             "0",
                             "Sun",
                             "Sun,",
                             "Sun, 06 Nov 1994 08:49:37 UTC",
                             "Sun, 06 Nov 1994 08:49:37",
                             "Sun, 6 Nov 1994 08:49:37 GMT",
                             "sun, 06 Nov 1994 08:49:37 GMT",
                             "Sun, 06 nov 1994 08:49:37 GMT",
                             "Sun, 06 Nov 1994 8:49:37 GMT",
                             "Sun, 06 Nov 1994 08:49:37 GMT ",
                             " Sun, 06 Nov 1994 08:49:37 GMT",
                             "Sun, 31 Nov 1994 08:49:37 GMT",
                             "Sun, 00 Nov 1994 08:49:37 GMT",
                             "Wed, 29 Feb 1995 08:49:37 GMT",
                             "Sun, 06 Nov 1994 24:00:00 GMT",
                             "Sun, 06 Nov 1994 08:60:37 GMT",
                             "Sun, 06 Nov 1994 08:49:61 GMT",
                             "Sun, 06-Nov-1994 08:49:37 GMT",
                             "Xxx, 06 Nov 1994 08:49:37 GMT",
                             "Sun Nov 6 08:49:37 1994",
                             "Sunday, 06-Nov-1994 08:49:37 GMT",
                             "Sun, 06 Nov -994 08:49:37 GMT",
                             "Sun, 06  Nov 1994 08:49:37 GMT"}) {
        INFO(text);
        CHECK_FALSE(parse_http_date(text, kNow));
    }
}

TEST_CASE("a moment that no Date holds is the last or first one", "[base][time_text]") {
    CHECK(parse_http_date("Fri, 31 Dec 9999 23:59:59 GMT", kNow) == Date::max());
    CHECK(parse_http_date("Sat, 01 Jan 0000 00:00:00 GMT", kNow) == Date::min());
    CHECK(parse_iso8601("9999-12-31T23:59:59.999999999Z") == Date::max());
}

TEST_CASE("a leap second is the first of the next minute", "[base][time_text]") {
    CHECK(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT", kNow) == parse_iso8601("2017-01-01T00:00:00Z"));
}

TEST_CASE("RFC 3339 dates are read with offsets and fractions", "[base][time_text]") {
    CHECK(parse_iso8601("2026-11-22T12:01:07Z") == kNow);
    CHECK(parse_iso8601("2026-11-22t12:01:07z") == kNow);
    CHECK(parse_iso8601("2026-11-22T13:31:07+01:30") == kNow);
    CHECK(parse_iso8601("2026-11-21T23:01:07-13:00") == kNow);
    CHECK(parse_iso8601("2026-11-22T12:01:07.5Z") == kNow + std::chrono::milliseconds(500));
    CHECK(parse_iso8601("2026-11-22T12:01:07.0000000019Z") == kNow + Nanoseconds(1));
    for (const char* text :
         {"", "2026-11-22", "2026-11-22T12:01:07", "2026-11-22 12:01:07Z", "2026-11-22T12:01:07.Z",
          "2026-13-22T12:01:07Z", "2026-11-31T12:01:07Z", "2026-11-22T12:01:07+0100", "2026-11-22T12:01:07+24:00",
          "2026-11-22T12:01:07+01:60", "2026-11-22T12:01Z", "2026-11-22T12:01:07ZZ", "26-11-22T12:01:07Z"}) {
        INFO(text);
        CHECK_FALSE(parse_iso8601(text));
    }
}

TEST_CASE("the AWS date is read in its one form", "[base][time_text]") {
    CHECK(parse_aws_date_time("20150830T123600Z") == at(1440938160));
    for (const char* text : {"", "20150830", "20150830T123600", "20150830t123600z", "20150832T123600Z",
                             "20150830T123600Z0", "2015-08-30T12:36:00Z"}) {
        INFO(text);
        CHECK_FALSE(parse_aws_date_time(text));
    }
}

TEST_CASE("what was written is read as the same second", "[base][time_text]") {
    Random random(7);
    for (int i = 0; i < 20000; ++i) {
        const Date date = at(static_cast<std::int64_t>(random.below(18'000'000'000)) - 9'000'000'000);
        REQUIRE(parse_http_date(to_http_date(date), kNow) == date);
        REQUIRE(parse_iso8601(to_iso8601(date)) == date);
        REQUIRE(parse_aws_date_time(to_aws_date_time(date)) == date);
        const Civil civil = to_civil(date);
        const std::chrono::year_month_day oracle(std::chrono::floor<std::chrono::days>(date));
        REQUIRE(civil.year == static_cast<int>(oracle.year()));
        REQUIRE(civil.month == static_cast<unsigned>(oracle.month()));
        REQUIRE(civil.day == static_cast<unsigned>(oracle.day()));
        REQUIRE(civil.weekday == std::chrono::weekday(std::chrono::floor<std::chrono::days>(date)).c_encoding());
    }
}
