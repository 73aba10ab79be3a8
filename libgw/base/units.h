#pragma once
// Quantities as people write them. A number without its unit is refused: nobody shall guess whether 30 meant seconds.
// What is written back is read again as the same value.

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "libgw/base/clock.h"
#include "libgw/base/result.h"

namespace gw {

/// "250ms", "30s", "1h30m", "1.5s", "0": parts from the largest unit down (d h m s ms us ns), each unit once.
/// Refuses signs, spaces, a missing unit (Errc::parse), and more than 292 years (Errc::limit).
Result<Nanoseconds> parse_duration(std::string_view text);
/// The parts that are not zero: "1h30m", "250ms", "0s". Requires: not negative; a negative one is written as "0s".
std::string to_duration_text(Nanoseconds duration);

/// No limit, where a size is one.
inline constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();
/// Bytes: "64KiB" (2¹⁰), "10MB" (10⁶), "1.5GiB", "512B", "0"; "none" is kNoLimit.
Result<std::uint64_t> parse_size(std::string_view text);
/// With the largest unit that leaves a whole number: "10MiB", "10MB", "1000B"; "none" for kNoLimit.
std::string to_size_text(std::uint64_t bytes);

/// "5%", "0.1%": 0 to 100.
Result<double> parse_percent(std::string_view text);
std::string to_percent_text(double percent);

/// So many in a time.
struct Rate {
    double count = 0;
    Nanoseconds per = std::chrono::seconds(1);
    [[nodiscard]] double per_second() const { return count * 1e9 / static_cast<double>(per.count()); }
    friend bool operator==(const Rate&, const Rate&) = default;
};
/// "100/s", "600/m", "5/h", "10000/day", "0.5/s". The count is at most 10¹².
Result<Rate> parse_rate(std::string_view text);
/// Requires: `per` is a second, a minute, an hour or a day; otherwise it is written as a rate per second.
std::string to_rate_text(const Rate& rate);

}  // namespace gw
