#include "libgw/policy/cache/freshness.h"

#include <algorithm>
#include <array>

#include "libgw/base/text.h"
#include "libgw/base/time_text.h"

namespace gw::cache {
namespace {

constexpr Nanoseconds kLongestGuess = std::chrono::hours(24);

/// later - earlier, without leaving the range of what holds it; never negative.
Nanoseconds elapsed(Date earlier, Date later) {
    if (later <= earlier) return Nanoseconds(0);
    const auto seconds = std::chrono::floor<Seconds>(later.time_since_epoch()).count() -
                         std::chrono::floor<Seconds>(earlier.time_since_epoch()).count();
    if (seconds >= kForever.count()) return kForever;
    return later - earlier;
}

std::optional<Date> date_of(const http::Fields& fields, http::FieldName name, Date now) {
    const auto text = fields.find(name);
    return text ? parse_date(*text, now) : std::nullopt;
}

Date date_value(const http::Fields& fields, Date received) {
    return date_of(fields, http::FieldName::date, received).value_or(received);
}

/// Nothing: no such field.
std::optional<Nanoseconds> until_expires(const http::Fields& fields, Date received) {
    std::optional<std::string_view> first;
    for (const http::FieldView field : fields) {
        if (field.id != http::FieldName::expires) continue;
        if (first && *first != field.value) return Nanoseconds(0);
        first = field.value;
    }
    if (!first) return std::nullopt;
    const auto expires = parse_date(*first, received);
    return expires ? elapsed(date_value(fields, received), *expires) : Nanoseconds(0);
}

}  // namespace

std::optional<Date> parse_date(std::string_view text, Date now) {
    std::array<char, 40> spelt{};
    if (text.size() > spelt.size()) return std::nullopt;
    bool inside = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool zone = i + 3 >= text.size() && text.size() > 3 && is_alpha(text.back());
        spelt[i] = inside && !zone ? to_lower(text[i]) : to_upper(text[i]);
        inside = is_alpha(text[i]);
    }
    return parse_http_date({spelt.data(), text.size()}, now);
}

Seconds parse_age(const http::Fields& fields) {
    const auto line = fields.find(http::FieldName::age);
    if (!line) return Seconds(0);
    const std::string_view first = trim_ows(line->substr(0, line->find(',')));
    if (first.empty() || !std::all_of(first.begin(), first.end(), is_digit)) return Seconds(0);
    const auto value = parse_unsigned(first, static_cast<std::uint64_t>(kForever.count()));
    return value ? Seconds(*value) : kForever;
}

Nanoseconds initial_age(const http::Fields& fields, const Exchanged& when) {
    const Nanoseconds apparent = elapsed(date_value(fields, when.received), when.received);
    const Nanoseconds corrected = parse_age(fields) + elapsed(when.requested, when.received);
    return std::max(apparent, corrected);
}

bool is_heuristically_cacheable(std::uint16_t status) {
    switch (status) {
        case 200:
        case 203:
        case 204:
        case 206:
        case 300:
        case 301:
        case 308:
        case 404:
        case 405:
        case 410:
        case 414:
        case 501: return true;
        default: return false;
    }
}

Lifetime lifetime_of(std::uint16_t status, const http::Fields& fields, const ResponseDirectives& directives,
                     const Exchanged& when) {
    if (directives.s_maxage) return {*directives.s_maxage, LifetimeSource::s_maxage};
    if (directives.max_age) return {*directives.max_age, LifetimeSource::max_age};
    // RFC 9213 §2.1: Expires is ignored where a targeted field speaks
    if (!directives.targeted)
        if (const auto left = until_expires(fields, when.received)) return {*left, LifetimeSource::expires};
    if (!is_heuristically_cacheable(status) && !directives.is_public) return {};
    const auto modified = date_of(fields, http::FieldName::last_modified, when.received);
    if (!modified) return {};
    const Nanoseconds guess = elapsed(*modified, date_value(fields, when.received)) / 10;
    return {std::min(guess, kLongestGuess), LifetimeSource::heuristic};
}

}  // namespace gw::cache
