#pragma once
// How many requests a caller has in a day, a week or a month of the calendar.

#include <atomic>
#include <cstdint>
#include <string_view>

#include "libgw/base/clock.h"

namespace gw::throttle {

/// A period of the calendar in UTC. A week begins on Monday (ISO 8601); AWS says only that there are days, weeks and
/// months.
enum class Period : std::uint8_t { day, week, month };

/// The number of the period that holds the date: days, weeks or months since the first that holds 1970-01-01.
std::uint32_t period_of(Period period, Date date);
/// When it began, and when the next one begins.
Date begin_of_period(Period period, Date date);
Date end_of_period(Period period, Date date);

/// quota of a usage plan (Amazon API Gateway, QuotaSettings).
struct Quota {
    std::uint64_t limit = 0;
    std::uint64_t offset = 0;  ///< requests that are taken from the limit of the first period
    Period period = Period::day;
    friend bool operator==(const Quota&, const Quota&) = default;
};

/// The largest limit that is counted.
inline constexpr std::uint64_t kMostQuota = (std::uint64_t{1} << 40U) - 1;

/// What one caller has used of a quota. For any number of threads without a lock: period and count are one atomic word.
/// A clock that goes backwards never opens a period again; one that jumps forwards opens one.
class QuotaCount {
  public:
    /// Nothing used; the period of `date` is the first.
    QuotaCount(Period period, Date date) : QuotaCount(period_of(period, date), period_of(period, date), 0) {}
    /// As it was remembered.
    QuotaCount(std::uint32_t first, std::uint32_t current, std::uint64_t used)
        : first_(first), word_(pack(current, used)) {}

    /// One more, if the quota allows it. A refused request uses nothing. Requires: limits up to kMostQuota.
    bool take(const Quota& quota, Date date);
    /// What take() took is put back, if its period has not ended.
    void give_back(const Quota& quota, Date date);
    /// In the period of the date, and how many are left.
    [[nodiscard]] std::uint64_t used(const Quota& quota, Date date) const;
    [[nodiscard]] std::uint64_t left(const Quota& quota, Date date) const;

  private:
    struct State {
        std::uint32_t period;
        std::uint64_t used;
    };
    static std::uint64_t pack(std::uint32_t period, std::uint64_t used) {
        return (static_cast<std::uint64_t>(period) << 40U) | used;
    }
    static State state_of(std::uint64_t word, const Quota& quota, Date date);
    [[nodiscard]] std::uint64_t allowed(const Quota& quota, std::uint32_t period) const;

    std::uint32_t first_;
    std::atomic<std::uint64_t> word_;
};

}  // namespace gw::throttle
