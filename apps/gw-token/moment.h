#pragma once
// Moments as they are given to gw-token and told by it.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libgw/base/clock.h"
#include "libgw/base/result.h"

namespace gw::token {

/// The clock.
Date current_date();

/// A moment: "+1h" and "-5m" from `now`, "2026-11-22T12:00:00Z", "20150830T123600Z", seconds since 1970. Errc::usage;
/// `name` is the option's.
Result<Date> parse_moment(std::string_view text, std::string_view name, Date now);
/// The same for --date: `now` is the clock's; an empty text means it.
Result<Date> parse_date_option(std::string_view text);

/// Where dates are told.
class Zone {
  public:
    /// "utc", "local", "+02:00", "-0530". Errc::usage for anything else.
    static Result<Zone> parse(std::string_view text);
    /// "2026-11-22 14:01:07 +02:00", in UTC "2026-11-22 12:01:07 UTC"
    [[nodiscard]] std::string text(Date date) const;

  private:
    std::optional<std::chrono::seconds> offset_ = std::chrono::seconds(0);  ///< nothing: the machine's own zone
};

/// "in 54m 10s", "3d 2h ago", "now"
std::string distance_text(Date date, Date now);

/// A NumericDate (RFC 7519 §2) that a Date can hold, which ends in 2262.
std::optional<Date> to_date(double seconds);

}  // namespace gw::token
