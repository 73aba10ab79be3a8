// Moments as text: what is written is read as the same moment, what is read is a moment of the calendar of <chrono>,
// and the one text of a moment is the one that is written. The first eight bytes are a moment too.

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "libgw/base/time_text.h"
#include "tests/fuzz/require.h"

using namespace gw;

namespace {

constexpr Date kNow{std::chrono::seconds(1'785'000'000)};  // 2026

void check_moment(Date date) {
    using namespace std::chrono;
    constexpr std::int64_t kSecond = 1'000'000'000;
    const std::int64_t count = date.time_since_epoch().count();
    const std::int64_t nanosecond = (count % kSecond + kSecond) % kSecond;
    // not floor(date): the day of the first Date begins before it
    const sys_seconds second(seconds(count / kSecond - (count % kSecond < 0 ? 1 : 0)));
    const auto day = floor<days>(second);
    const year_month_day calendar(day);
    const hh_mm_ss clock(second - day);
    const Civil civil = to_civil(date);
    REQUIRE_THAT_IT_HOLDS(civil.year == static_cast<int>(calendar.year()));
    REQUIRE_THAT_IT_HOLDS(civil.month == static_cast<unsigned>(calendar.month()));
    REQUIRE_THAT_IT_HOLDS(civil.day == static_cast<unsigned>(calendar.day()));
    REQUIRE_THAT_IT_HOLDS(civil.weekday == weekday(day).c_encoding());
    REQUIRE_THAT_IT_HOLDS(civil.hour == clock.hours().count() && civil.minute == clock.minutes().count());
    REQUIRE_THAT_IT_HOLDS(civil.second == clock.seconds().count() && civil.nanosecond == nanosecond);
    if (civil.year < 1678 || civil.year > 2261) return;  // at both ends a whole second may lie outside
    REQUIRE_THAT_IT_HOLDS(parse_http_date(to_http_date(date), kNow) == second);
    REQUIRE_THAT_IT_HOLDS(parse_iso8601(to_iso8601(date)) == second);
    REQUIRE_THAT_IT_HOLDS(parse_iso8601(to_iso8601_milliseconds(date)) == Date(floor<milliseconds>(date)));
    REQUIRE_THAT_IT_HOLDS(parse_aws_date_time(to_aws_date_time(date)) == second);
    REQUIRE_THAT_IT_HOLDS(to_aws_date_time(date).view().starts_with(to_aws_day(date).view()));
    REQUIRE_THAT_IT_HOLDS(to_clf_date(date).view().size() == 26 && to_clock(date).view().size() == 8);
    REQUIRE_THAT_IT_HOLDS(to_clf_date(date).view().substr(12, 8) == to_clock(date).view());
}

void check_text(std::string_view text) {
    if (const auto date = parse_http_date(text, kNow)) {
        check_moment(*date);
        const auto written = to_http_date(*date);
        // nothing but the name of the day may differ, unless the second was a leap second or the year out of range
        const bool plain =
            text.size() == 29 && !text.ends_with(":60 GMT") && *date != Date::max() && *date != Date::min();
        if (plain) REQUIRE_THAT_IT_HOLDS(written.view().substr(5) == text.substr(5));
        if (text.size() != 29 && text.size() != 24) {
            // two digits of a year: at most 50 years ahead (RFC 9110 §5.6.7), and none behind that would be nearer
            const int ahead = to_civil(*date).year - to_civil(kNow).year;
            REQUIRE_THAT_IT_HOLDS(ahead <= 51 && ahead >= -50);
        }
    }
    if (const auto date = parse_iso8601(text)) {
        check_moment(*date);
        REQUIRE_THAT_IT_HOLDS(text.size() >= 20 && text[4] == '-' && text[7] == '-' && text[13] == ':');
    }
    if (const auto date = parse_aws_date_time(text)) {
        check_moment(*date);
        const bool plain = !text.ends_with("60Z") && *date != Date::max() && *date != Date::min();
        if (plain) REQUIRE_THAT_IT_HOLDS(to_aws_date_time(*date) == text);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 256) return 0;
    check_text({reinterpret_cast<const char*>(data), size});
    std::int64_t count = 0;
    if (size >= sizeof count) {
        std::memcpy(&count, data, sizeof count);
        check_moment(Date(Nanoseconds(count)));
        check_moment(Date(Nanoseconds(count % 1'000'000'000'000'000)));
    }
    return 0;
}
