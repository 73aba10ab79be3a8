#pragma once
// How old an answer is, and how long it is fresh (RFC 9111 §4.2). Times are of this gateway's calendar.

#include <cstdint>
#include <optional>
#include <string_view>

#include "libgw/base/clock.h"
#include "libgw/policy/cache/directives.h"
#include "libgw/wire/http/fields.h"

namespace gw::cache {

/// When an answer was asked for, and when its head came.
struct Exchanged {
    Date requested;
    Date received;
};

/// Where a lifetime comes from.
enum class LifetimeSource : std::uint8_t { none, s_maxage, max_age, expires, heuristic, configured };

struct Lifetime {
    Nanoseconds span{0};
    LifetimeSource source = LifetimeSource::none;
    [[nodiscard]] bool is_explicit() const {
        return source != LifetimeSource::none && source != LifetimeSource::heuristic;
    }
    friend bool operator==(const Lifetime&, const Lifetime&) = default;
};

/// A date of a field, its names in any case (RFC 9111 §4.2). Zones other than GMT, and whatever else is no HTTP-date,
/// are none.
std::optional<Date> parse_date(std::string_view text, Date now);

/// The Age field (RFC 9111 §5.1): the first member of the first line; one that is no number counts as none.
Seconds parse_age(const http::Fields& fields);

/// corrected_initial_age (RFC 9111 §4.2.3), never negative. A Date that is absent or cannot be read is the moment of
/// receipt.
Nanoseconds initial_age(const http::Fields& fields, const Exchanged& when);

/// Whether a status may be stored without being told so (RFC 9110 §15.1).
bool is_heuristically_cacheable(std::uint16_t status);

/// freshness_lifetime (RFC 9111 §4.2.1) for a shared cache: s-maxage, max-age, Expires, and else a tenth of the time
/// since Last-Modified, at most a day (§4.2.2), where the status or `public` allows that. An Expires that cannot be
/// read, or several that differ, are in the past.
Lifetime lifetime_of(std::uint16_t status, const http::Fields& fields, const ResponseDirectives& directives,
                     const Exchanged& when);

}  // namespace gw::cache
