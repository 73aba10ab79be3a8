#include "libgw/policy/balance/breaker.h"

#include <algorithm>

namespace gw::balance {

namespace {

/// What one retry costs in time, and what a first attempt earns.
constexpr std::int64_t kCost = std::int64_t{1'000'000'000} / kRetryMinimum;
constexpr std::int64_t kEarned = kCost * kRetryPercent / 100;
constexpr std::int64_t kDepth = kCost * kRetryReserve;

}  // namespace

void RetryBudget::earn(Instant now) {
    if (full_at_.load(std::memory_order_relaxed) <= now.time_since_epoch().count()) return;
    full_at_.fetch_sub(kEarned, std::memory_order_relaxed);
}

bool RetryBudget::try_take(std::uint32_t first_attempts, Instant now) {
    const std::uint64_t share = std::uint64_t{first_attempts} * kRetryPercent / 100;
    if (!retries_.try_enter(std::max(kRetryMinimum, static_cast<std::uint32_t>(share)))) return false;
    const std::int64_t moment = now.time_since_epoch().count();
    std::int64_t full_at = full_at_.load(std::memory_order_relaxed);
    while (true) {
        const std::int64_t next = std::max(full_at, moment) + kCost;
        if (next - moment > kDepth) {
            retries_.leave();
            return false;
        }
        if (full_at_.compare_exchange_weak(full_at, next, std::memory_order_relaxed)) return true;
    }
}

}  // namespace gw::balance
