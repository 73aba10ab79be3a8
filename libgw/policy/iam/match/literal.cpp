#include "libgw/policy/iam/match/literal.h"

#include <array>

#include "libgw/base/text.h"

namespace gw::iam {

namespace {

// Takes a number of exactly `digits` digits off the front.
std::optional<std::int64_t> take_number(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return std::nullopt;
    const auto number = parse_unsigned(text.substr(0, digits));
    if (!number) return std::nullopt;
    text.remove_prefix(digits);
    return static_cast<std::int64_t>(*number);
}

bool take(std::string_view& text, char c) {
    if (!text.starts_with(c)) return false;
    text.remove_prefix(1);
    return true;
}

bool is_leap(std::int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

std::int64_t days_in(std::int64_t year, std::int64_t month) {
    constexpr std::array<std::int64_t, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

// Days from 1970-01-01 in the proleptic Gregorian calendar.
std::int64_t days_since_1970(std::int64_t year, std::int64_t month, std::int64_t day) {
    const std::int64_t before = year - 1;
    std::int64_t days = before * 365 + (before + 4) / 4 - (before + 100) / 100 + (before + 400) / 400 - 1;
    for (std::int64_t earlier = 1; earlier < month; ++earlier) days += days_in(year, earlier);
    constexpr std::int64_t kOf1970 = 719162;
    return days + day - 1 - kOf1970;
}

std::optional<std::int64_t> parse_epoch(std::string_view text) {
    const bool negative = take(text, '-');
    const auto seconds = parse_unsigned(text, static_cast<std::uint64_t>(INT64_MAX));
    if (!seconds) return std::nullopt;
    return negative ? -static_cast<std::int64_t>(*seconds) : static_cast<std::int64_t>(*seconds);
}

// "Z", "+01:00", or nothing, as seconds east of UTC.
std::optional<std::int64_t> take_zone(std::string_view& text) {
    if (text.empty() || take(text, 'Z')) return 0;
    const bool west = text.starts_with('-');
    if (!west && !text.starts_with('+')) return std::nullopt;
    text.remove_prefix(1);
    const auto hours = take_number(text, 2);
    if (!hours || *hours > 23 || !take(text, ':')) return std::nullopt;
    const auto minutes = take_number(text, 2);
    if (!minutes || *minutes > 59) return std::nullopt;
    const std::int64_t offset = *hours * 3600 + *minutes * 60;
    return west ? -offset : offset;
}

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view text) {
    Decimal number;
    number.negative = text.starts_with('-');
    if (number.negative || text.starts_with('+')) text.remove_prefix(1);
    const std::size_t point = text.find('.');
    std::string_view whole = text.substr(0, point);
    std::string_view fraction = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
    if (whole.empty() && fraction.empty()) return std::nullopt;
    for (const std::string_view digits : {whole, fraction}) {
        for (const char c : digits) {
            if (!is_digit(c)) return std::nullopt;
        }
    }
    while (whole.starts_with('0')) whole.remove_prefix(1);
    while (fraction.ends_with('0')) fraction.remove_suffix(1);
    number.whole = whole;
    number.fraction = fraction;
    if (whole.empty() && fraction.empty()) number.negative = false;
    return number;
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
    if (a.negative != b.negative) return a.negative ? std::strong_ordering::less : std::strong_ordering::greater;
    const Decimal& left = a.negative ? b : a;
    const Decimal& right = a.negative ? a : b;
    if (const auto order = left.whole.size() <=> right.whole.size(); order != 0) return order;
    if (const auto order = left.whole <=> right.whole; order != 0) return order;
    return left.fraction <=> right.fraction;
}

std::optional<Moment> Moment::parse(std::string_view text) {
    if (const auto seconds = parse_epoch(text)) return Moment{*seconds, 0};
    const auto year = take_number(text, 4);
    if (!year || !take(text, '-')) return std::nullopt;
    const auto month = take_number(text, 2);
    if (!month || *month < 1 || *month > 12) return std::nullopt;
    std::int64_t day = 1;
    Moment moment;
    if (take(text, '-')) {
        const auto read = take_number(text, 2);
        if (!read || *read < 1 || *read > days_in(*year, *month)) return std::nullopt;
        day = *read;
        if (take(text, 'T') || take(text, 't')) {
            const auto hour = take_number(text, 2);
            if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
            const auto minute = take_number(text, 2);
            if (!minute || *minute > 59) return std::nullopt;
            moment.seconds = *hour * 3600 + *minute * 60;
            if (take(text, ':')) {
                const auto second = take_number(text, 2);
                if (!second || *second > 59) return std::nullopt;
                moment.seconds += *second;
                if (take(text, '.')) {
                    std::uint32_t unit = 100000000;
                    if (text.empty() || !is_digit(text.front())) return std::nullopt;
                    for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1), unit /= 10) {
                        moment.nanoseconds += static_cast<std::uint32_t>(text.front() - '0') * unit;
                    }
                }
            }
            if (text.starts_with('z')) text = "Z";
            const auto zone = take_zone(text);
            if (!zone) return std::nullopt;
            moment.seconds -= *zone;
        }
    }
    if (!text.empty()) return std::nullopt;
    moment.seconds += days_since_1970(*year, *month, day) * 86400;
    return moment;
}

std::optional<Network> Network::parse(std::string_view text) {
    const auto cidr = http::Cidr::parse(text);
    if (!cidr) return std::nullopt;
    return Network{*cidr};
}

bool Network::contains(const http::IpAddress& address) const {
    constexpr std::uint8_t kMappedBits = 96;
    const bool is_ipv4 = cidr.bits >= kMappedBits && cidr.network.is_ipv4();
    return is_ipv4 == address.is_ipv4() && cidr.contains(address);
}

}  // namespace gw::iam
