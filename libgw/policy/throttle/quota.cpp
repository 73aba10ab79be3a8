#include "libgw/policy/throttle/quota.h"

#include <algorithm>
#include <chrono>

namespace gw::throttle {
namespace {

using namespace std::chrono;

constexpr std::uint32_t kMostPeriod = (1U << 24U) - 1;
/// 1970-01-01 was a Thursday: its week began three days before.
constexpr days kToMonday{3};

std::uint32_t clamp_period(std::int64_t number) {
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(number, 0, kMostPeriod));
}

}  // namespace

std::uint32_t period_of(Period period, Date date) {
    const auto day = floor<days>(date);
    switch (period) {
        case Period::day: return clamp_period(day.time_since_epoch().count());
        case Period::week: return clamp_period(floor<weeks>(day.time_since_epoch() + kToMonday).count());
        case Period::month: break;
    }
    const year_month_day calendar(day);
    return clamp_period((static_cast<int>(calendar.year()) - 1970) * 12 +
                        static_cast<int>(static_cast<unsigned>(calendar.month())) - 1);
}

Date begin_of_period(Period period, Date date) {
    const auto day = floor<days>(date);
    switch (period) {
        case Period::day: return day;
        case Period::week: return sys_days(floor<weeks>(day.time_since_epoch() + kToMonday) - kToMonday);
        case Period::month: break;
    }
    const year_month_day calendar(day);
    return sys_days(calendar.year() / calendar.month() / 1);
}

Date end_of_period(Period period, Date date) {
    const auto day = floor<days>(date);
    switch (period) {
        case Period::day: return day + days(1);
        case Period::week: return sys_days(floor<weeks>(day.time_since_epoch() + kToMonday) + weeks(1) - kToMonday);
        case Period::month: break;
    }
    const year_month_day calendar(day);
    return sys_days((calendar.year() / calendar.month() + months(1)) / 1);
}

QuotaCount::State QuotaCount::state_of(std::uint64_t word, const Quota& quota, Date date) {
    const State stored{static_cast<std::uint32_t>(word >> 40U), word & kMostQuota};
    const std::uint32_t period = period_of(quota.period, date);
    return period > stored.period ? State{period, 0} : stored;
}

std::uint64_t QuotaCount::allowed(const Quota& quota, std::uint32_t period) const {
    if (period != first_) return quota.limit;
    return quota.limit - std::min(quota.limit, quota.offset);
}

bool QuotaCount::take(const Quota& quota, Date date) {
    std::uint64_t word = word_.load(std::memory_order_relaxed);
    while (true) {
        const State state = state_of(word, quota, date);
        if (state.used >= allowed(quota, state.period)) return false;
        if (word_.compare_exchange_weak(word, pack(state.period, state.used + 1), std::memory_order_relaxed))
            return true;
    }
}

void QuotaCount::give_back(const Quota& quota, Date date) {
    std::uint64_t word = word_.load(std::memory_order_relaxed);
    while (true) {
        const State state = state_of(word, quota, date);
        if (state.used == 0) return;
        if (word_.compare_exchange_weak(word, pack(state.period, state.used - 1), std::memory_order_relaxed)) return;
    }
}

std::uint64_t QuotaCount::used(const Quota& quota, Date date) const {
    return state_of(word_.load(std::memory_order_relaxed), quota, date).used;
}

std::uint64_t QuotaCount::left(const Quota& quota, Date date) const {
    const State state = state_of(word_.load(std::memory_order_relaxed), quota, date);
    const std::uint64_t most = allowed(quota, state.period);
    return most - std::min(most, state.used);
}

}  // namespace gw::throttle
