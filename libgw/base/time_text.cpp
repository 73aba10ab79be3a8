#include "libgw/base/time_text.h"

#include "libgw/base/text.h"

namespace gw {

namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::int64_t kDay = 86400;

/// Days since 1970-01-01, and back; eras of 400 years that begin in March.
constexpr std::int64_t to_days(std::int64_t year, unsigned month, unsigned day) {
    year -= month <= 2 ? 1 : 0;
    const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
    const std::int64_t year_of_era = year - era * 400;
    const std::int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

constexpr unsigned days_in_month(std::int64_t year, unsigned month) {
    if (month == 2) return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/// Reads a text from left to right; after the first thing that is not there, `good` is false.
struct Scan {
    std::string_view rest;
    bool good = true;

    void expect(std::string_view word) {
        if (rest.starts_with(word)) {
            rest.remove_prefix(word.size());
        } else {
            good = false;
        }
    }
    unsigned digits(std::size_t count) {
        const auto value = rest.size() < count ? std::nullopt : parse_unsigned(rest.substr(0, count));
        if (!value) {
            good = false;
            return 0;
        }
        rest.remove_prefix(count);
        return static_cast<unsigned>(*value);
    }
    template <std::size_t N>
    unsigned one_of(const std::array<std::string_view, N>& words) {
        for (unsigned i = 0; i < N; ++i) {
            if (rest.starts_with(words[i])) {
                rest.remove_prefix(words[i].size());
                return i;
            }
        }
        good = false;
        return 0;
    }
    void day(Civil& civil, std::string_view dash) {
        civil.year = static_cast<int>(digits(4));
        expect(dash);
        civil.month = digits(2);
        expect(dash);
        civil.day = digits(2);
    }
    void clock(Civil& civil, std::string_view colon) {
        civil.hour = digits(2);
        expect(colon);
        civil.minute = digits(2);
        expect(colon);
        civil.second = digits(2);
    }
    [[nodiscard]] bool done() const { return good && rest.empty(); }
};

/// The Date, or nothing when the calendar has no such moment. A 60th second is the first of the next minute.
std::optional<Date> to_date(const Civil& civil, std::int64_t offset_seconds = 0) {
    if (civil.month < 1 || civil.month > 12 || civil.day < 1 || civil.day > days_in_month(civil.year, civil.month) ||
        civil.hour > 23 || civil.minute > 59 || civil.second > 60) {
        return std::nullopt;
    }
    const std::int64_t seconds = to_days(civil.year, civil.month, civil.day) * kDay + civil.hour * 3600 +
                                 civil.minute * 60 + civil.second - offset_seconds;
    constexpr std::int64_t kLast = Date::max().time_since_epoch().count() / 1'000'000'000 - 1;
    if (seconds > kLast) return Date::max();
    if (seconds < -kLast) return Date::min();
    return Date(std::chrono::seconds(seconds) + Nanoseconds(civil.nanosecond));
}

}  // namespace

Civil to_civil(Date date) {
    const std::int64_t seconds = to_unix_seconds(date);
    std::int64_t days = seconds / kDay;
    std::int64_t rest = seconds % kDay;
    if (rest < 0) {
        rest += kDay;
        --days;
    }
    Civil civil;
    // not date - seconds: the whole second in which Date::min() lies begins before it
    constexpr std::int64_t kSecond = 1'000'000'000;
    civil.nanosecond = static_cast<std::uint32_t>((date.time_since_epoch().count() % kSecond + kSecond) % kSecond);
    civil.hour = static_cast<unsigned>(rest / 3600);
    civil.minute = static_cast<unsigned>(rest / 60 % 60);
    civil.second = static_cast<unsigned>(rest % 60);
    civil.weekday = static_cast<unsigned>(((days + 4) % 7 + 7) % 7);
    const std::int64_t shifted = days + 719468;
    const std::int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    const std::int64_t day_of_era = shifted - era * 146097;
    const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::int64_t month = (5 * day_of_year + 2) / 153;
    civil.day = static_cast<unsigned>(day_of_year - (153 * month + 2) / 5 + 1);
    civil.month = static_cast<unsigned>(month < 10 ? month + 3 : month - 9);
    civil.year = static_cast<int>(year_of_era + era * 400 + (civil.month <= 2 ? 1 : 0));
    return civil;
}

namespace {
template <std::size_t N>
void put_clock(TimeText<N>& text, const Civil& civil, std::string_view colon) {
    text.put(civil.hour, 2);
    text.put(colon);
    text.put(civil.minute, 2);
    text.put(colon);
    text.put(civil.second, 2);
}

template <std::size_t N>
void put_day(TimeText<N>& text, const Civil& civil, std::string_view dash) {
    text.put(static_cast<std::uint32_t>(civil.year), 4);
    text.put(dash);
    text.put(civil.month, 2);
    text.put(dash);
    text.put(civil.day, 2);
}

/// Day and clock with a 'T' between them, as ISO 8601 has it.
template <std::size_t N>
void put_moment(TimeText<N>& text, const Civil& civil, std::string_view dash, std::string_view colon) {
    put_day(text, civil, dash);
    text.put('T');
    put_clock(text, civil, colon);
}
}  // namespace

TimeText<29> to_http_date(Date date) {
    const Civil civil = to_civil(date);
    TimeText<29> text;
    text.put(kDays[civil.weekday]);
    text.put(", ");
    text.put(civil.day, 2);
    text.put(' ');
    text.put(kMonths[civil.month - 1]);
    text.put(' ');
    text.put(static_cast<std::uint32_t>(civil.year), 4);
    text.put(' ');
    put_clock(text, civil, ":");
    text.put(" GMT");
    return text;
}

std::optional<Date> parse_http_date(std::string_view text, Date now) {
    if (text.size() < 4) return std::nullopt;
    Civil civil;
    Scan scan{text};
    if (text[3] == ',') {  // IMF-fixdate: Sun, 06 Nov 1994 08:49:37 GMT
        scan.one_of(kDays);
        scan.expect(", ");
        civil.day = scan.digits(2);
        scan.expect(" ");
        civil.month = scan.one_of(kMonths) + 1;
        scan.expect(" ");
        civil.year = static_cast<int>(scan.digits(4));
        scan.expect(" ");
        scan.clock(civil, ":");
        scan.expect(" GMT");
    } else if (text[3] == ' ') {  // asctime: Sun Nov  6 08:49:37 1994
        scan.one_of(kDays);
        scan.expect(" ");
        civil.month = scan.one_of(kMonths) + 1;
        scan.expect(" ");
        if (scan.rest.starts_with(' ')) {
            scan.expect(" ");
            civil.day = scan.digits(1);
        } else {
            civil.day = scan.digits(2);
        }
        scan.expect(" ");
        scan.clock(civil, ":");
        scan.expect(" ");
        civil.year = static_cast<int>(scan.digits(4));
    } else {  // RFC 850: Sunday, 06-Nov-94 08:49:37 GMT
        scan.one_of(kLongDays);
        scan.expect(", ");
        civil.day = scan.digits(2);
        scan.expect("-");
        civil.month = scan.one_of(kMonths) + 1;
        scan.expect("-");
        const int year = static_cast<int>(scan.digits(2));
        scan.expect(" ");
        scan.clock(civil, ":");
        scan.expect(" GMT");
        const int this_year = to_civil(now).year;
        civil.year = this_year - this_year % 100 + year;
        // RFC 9110 §5.6.7: more than 50 years ahead is the most recent such year in the past
        if (civil.year > this_year + 50) civil.year -= 100;
        if (civil.year <= this_year - 50) civil.year += 100;
    }
    if (!scan.done()) return std::nullopt;
    return to_date(civil);
}

TimeText<20> to_iso8601(Date date) {
    const Civil civil = to_civil(date);
    TimeText<20> text;
    put_moment(text, civil, "-", ":");
    text.put('Z');
    return text;
}

TimeText<24> to_iso8601_milliseconds(Date date) {
    const Civil civil = to_civil(date);
    TimeText<24> text;
    put_moment(text, civil, "-", ":");
    text.put('.');
    text.put(civil.nanosecond / 1'000'000, 3);
    text.put('Z');
    return text;
}

std::optional<Date> parse_iso8601(std::string_view text) {
    Civil civil;
    Scan scan{text};
    scan.day(civil, "-");
    scan.expect(scan.rest.starts_with('t') ? "t" : "T");
    scan.clock(civil, ":");
    if (scan.good && scan.rest.starts_with('.')) {
        scan.expect(".");
        if (scan.rest.empty() || !is_digit(scan.rest.front())) return std::nullopt;
        std::uint32_t scale = 100'000'000;
        while (!scan.rest.empty() && is_digit(scan.rest.front())) {
            civil.nanosecond += static_cast<std::uint32_t>(scan.rest.front() - '0') * scale;
            scale /= 10;
            scan.rest.remove_prefix(1);
        }
    }
    std::int64_t offset = 0;
    if (scan.rest.starts_with('+') || scan.rest.starts_with('-')) {
        const int sign = scan.rest.front() == '-' ? -1 : 1;
        scan.rest.remove_prefix(1);
        const unsigned hours = scan.digits(2);
        scan.expect(":");
        const unsigned minutes = scan.digits(2);
        if (hours > 23 || minutes > 59) return std::nullopt;
        offset = sign * static_cast<std::int64_t>(hours * 3600 + minutes * 60);
    } else {
        scan.expect(scan.rest.starts_with('z') ? "z" : "Z");
    }
    if (!scan.done()) return std::nullopt;
    return to_date(civil, offset);
}

TimeText<26> to_clf_date(Date date) {
    const Civil civil = to_civil(date);
    TimeText<26> text;
    text.put(civil.day, 2);
    text.put('/');
    text.put(kMonths[civil.month - 1]);
    text.put('/');
    text.put(static_cast<std::uint32_t>(civil.year), 4);
    text.put(':');
    put_clock(text, civil, ":");
    text.put(" +0000");
    return text;
}

TimeText<16> to_aws_date_time(Date date) {
    const Civil civil = to_civil(date);
    TimeText<16> text;
    put_moment(text, civil, "", "");
    text.put('Z');
    return text;
}

TimeText<8> to_aws_day(Date date) {
    TimeText<8> text;
    put_day(text, to_civil(date), "");
    return text;
}

std::optional<Date> parse_aws_date_time(std::string_view text) {
    Civil civil;
    Scan scan{text};
    scan.day(civil, "");
    scan.expect("T");
    scan.clock(civil, "");
    scan.expect("Z");
    if (!scan.done()) return std::nullopt;
    return to_date(civil);
}

TimeText<8> to_clock(Date date, std::chrono::seconds offset) {
    TimeText<8> text;
    put_clock(text, to_civil(date + offset), ":");
    return text;
}

}  // namespace gw
