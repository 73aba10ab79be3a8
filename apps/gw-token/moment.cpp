#include "apps/gw-token/moment.h"

#include <cmath>
#include <cstdlib>
#include <ctime>
#include <tuple>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/base/time_text.h"
#include "libgw/base/units.h"

namespace gw::token {
namespace {

/// "+02:00", "-0530", "+2"; nothing for anything else.
std::optional<std::chrono::seconds> parse_offset(std::string_view text) {
    if (text.size() < 2 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
    std::string_view hours = text.substr(1);
    std::string_view minutes = "0";
    if (const auto parts = split_once(hours, ':')) {
        std::tie(hours, minutes) = *parts;
    } else if (hours.size() == 4) {
        minutes = hours.substr(2);
        hours = hours.substr(0, 2);
    }
    const auto hour = parse_unsigned(hours, 23);
    const auto minute = parse_unsigned(minutes, 59);
    if (!hour || !minute || hours.size() > 2 || minutes.size() > 2) return std::nullopt;
    const auto seconds = std::chrono::seconds(*hour * 3600 + *minute * 60);
    return text[0] == '-' ? -seconds : seconds;
}

std::chrono::seconds local_offset(Date date) {
    const auto seconds = static_cast<std::time_t>(to_unix_seconds(date));
    std::tm local{};
    ::localtime_r(&seconds, &local);
    return std::chrono::seconds(local.tm_gmtoff);
}

}  // namespace

Date current_date() { return std::chrono::system_clock::now(); }

Result<Date> parse_moment(std::string_view text, std::string_view name, Date now) {
    if (text.starts_with('+') || text.starts_with('-')) {
        const auto distance = TRY(parse_duration(text.substr(1)).in(name));
        const bool is_past = text[0] == '-';
        if (is_past ? distance > now - Date() : distance > Date::max() - now)
            return Error{Errc::usage, fmt::format("{}: {} is out of range", name, text), {}, {}};
        return is_past ? now - distance : now + distance;
    }
    constexpr std::uint64_t kLast = 9223372035;  // seconds that a Date holds
    if (const auto seconds = parse_unsigned(text, kLast)) return Date(std::chrono::seconds(*seconds));
    if (const auto date = parse_iso8601(text)) return *date;
    if (const auto date = parse_aws_date_time(text)) return *date;
    return Error{Errc::usage,
                 fmt::format("{}: '{}' is no moment", name, text),
                 "+1h, -5m, 2026-11-22T12:00:00Z, or seconds since 1970",
                 {}};
}

Result<Date> parse_date_option(std::string_view text) {
    if (text.empty()) return current_date();
    return parse_moment(text, "--date", current_date());
}

Result<Zone> Zone::parse(std::string_view text) {
    Zone zone;
    if (text == "local") {
        zone.offset_ = std::nullopt;
    } else if (text != "utc") {
        zone.offset_ = parse_offset(text);
        if (!zone.offset_)
            return Error{Errc::usage, fmt::format("'{}' is no zone", text), "utc, local, or an offset: +02:00", {}};
    }
    return zone;
}

std::string Zone::text(Date date) const {
    const auto offset = offset_ ? *offset_ : local_offset(date);
    // the first and the last day of all would not fit
    const bool fits = date > Date::min() + std::chrono::hours(24) && date < Date::max() - std::chrono::hours(24);
    const Civil at = to_civil(fits ? date + offset : date);
    const std::string day =
        fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", at.year, at.month, at.day, at.hour, at.minute, at.second);
    if (offset.count() == 0) return day + " UTC";
    const auto minutes = std::abs(offset.count()) / 60;
    return fmt::format("{} {}{:02}:{:02}", day, offset.count() < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

std::string distance_text(Date date, Date now) {
    const auto span = date < now ? now - date : date - now;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(span).count();
    std::string text = seconds < 60      ? fmt::format("{}s", seconds)
                       : seconds < 3600  ? fmt::format("{}m {}s", seconds / 60, seconds % 60)
                       : seconds < 86400 ? fmt::format("{}h {}m", seconds / 3600, seconds % 3600 / 60)
                                         : fmt::format("{}d {}h", seconds / 86400, seconds % 86400 / 3600);
    if (seconds == 0) return "now";
    return date < now ? text + " ago" : "in " + text;
}

std::optional<Date> to_date(double seconds) {
    if (!std::isfinite(seconds) || seconds < 0 || seconds > 9223372035.0) return std::nullopt;
    return Date(std::chrono::milliseconds(static_cast<std::int64_t>(std::floor(seconds * 1000))));
}

}  // namespace gw::token
