#pragma once
// Moments as text. Proleptic Gregorian calendar, UTC, no leap seconds; nothing is allocated.
// A Date holds the years 1677 to 2262: a text that names an earlier or later moment gives the first or last Date, so
// that "Expires: Fri, 31 Dec 9999 23:59:59 GMT" means "very late" and not "invalid".

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "libgw/base/clock.h"

namespace gw {

/// A Date taken apart.
struct Civil {
    int year = 1970;
    unsigned month = 1;    ///< 1 to 12
    unsigned day = 1;      ///< 1 to 31
    unsigned weekday = 4;  ///< 0 is Sunday
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;
    std::uint32_t nanosecond = 0;
};
Civil to_civil(Date date);

/// A short text by value: `line += to_clf_date(date)`.
template <std::size_t N>
class TimeText {
  public:
    [[nodiscard]] std::string_view view() const { return {text_.data(), size_}; }
    operator std::string_view() const { return view(); }
    explicit operator std::string() const { return std::string(view()); }
    friend bool operator==(const TimeText& left, std::string_view right) { return left.view() == right; }
    friend std::ostream& operator<<(std::ostream& out, const TimeText& text) { return out << text.view(); }

    void put(char c) {
        if (size_ < N) text_[size_++] = c;
    }
    void put(std::string_view text) {
        for (const char c : text) put(c);
    }
    /// The last `digits` decimal digits of the value.
    void put(std::uint32_t value, unsigned digits) {
        std::uint32_t scale = 1;
        for (unsigned i = 1; i < digits; ++i) scale *= 10;
        for (; digits > 0; --digits, scale /= 10) put(static_cast<char>('0' + value / scale % 10));
    }

  private:
    std::array<char, N> text_{};
    std::uint8_t size_ = 0;
    static_assert(N < 256);
};

/// "Sun, 06 Nov 1994 08:49:37 GMT": IMF-fixdate (RFC 9110 §5.6.7).
TimeText<29> to_http_date(Date date);
/// Reads IMF-fixdate, the obsolete RFC 850 form and asctime (RFC 9110 §5.6.7). A two-digit year is the one that lies at
/// most 50 years after `now`. Names are case-sensitive; the day of the week must be one, but need not be the right one.
std::optional<Date> parse_http_date(std::string_view text, Date now);

/// "2026-11-22T12:01:07Z" (RFC 3339).
TimeText<20> to_iso8601(Date date);
/// "2026-11-22T12:01:07.042Z"
TimeText<24> to_iso8601_milliseconds(Date date);
/// Reads an RFC 3339 date-time: 'T' and 'Z' of either case or a numeric offset, any number of digits after the point.
std::optional<Date> parse_iso8601(std::string_view text);

/// "22/Nov/2026:12:01:07 +0000": the time of the Common Log Format, which is also `$context.requestTime`.
TimeText<26> to_clf_date(Date date);

/// "20150830T123600Z": X-Amz-Date.
TimeText<16> to_aws_date_time(Date date);
/// "20150830": the day of a credential scope.
TimeText<8> to_aws_day(Date date);
std::optional<Date> parse_aws_date_time(std::string_view text);

/// "12:01:07", east of UTC by `offset`.
TimeText<8> to_clock(Date date, std::chrono::seconds offset = std::chrono::seconds(0));

}  // namespace gw
