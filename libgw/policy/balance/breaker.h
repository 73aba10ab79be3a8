#pragma once
// Bounds on what a group may have under way, so that a slow target costs a 503 and not the gateway.

#include <atomic>
#include <cstdint>

#include "libgw/base/clock.h"

namespace gw::balance {

/// A count with a ceiling that all workers share. Safe without a lock: one word, and whoever raises it above the
/// ceiling takes his own step back before he has done anything. What was let in never exceeds the ceiling; at the very
/// edge somebody may be turned away because another was being turned away at the same moment. The ceiling is an
/// argument, since a reload may change it.
class Gate {
  public:
    /// Lets one in, if fewer than `limit` are. Who gets true must leave() once.
    bool try_enter(std::uint32_t limit) {
        if (inside_.fetch_add(1, std::memory_order_relaxed) < limit) return true;
        leave();
        return false;
    }
    void leave() { inside_.fetch_sub(1, std::memory_order_relaxed); }
    [[nodiscard]] std::uint32_t inside() const { return inside_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint32_t> inside_{0};
};

/// Retries are an answer to one target's trouble and must not become everybody's.
inline constexpr std::uint32_t kRetryPercent = 20;  ///< of what is under way for the first time, and of what began
inline constexpr std::uint32_t kRetryMinimum = 3;   ///< at a time, and each second, however little is under way
inline constexpr std::uint32_t kRetryReserve = 10;  ///< that may be taken at once after a quiet time

/// What retries may add to a group's load, two bounds that must both hold:
///  - at a time: 20 % of the first attempts under way, or 3 if that is more;
///  - in the long run: 20 % of the first attempts begun, plus 3 a second. The first bound alone does nothing against
///  failures that are
///    instant, because then nothing is ever under way.
///
/// Safe without a lock: a gate, and a reserve that is one instant, the moment at which it will be full again.
class RetryBudget {
  public:
    /// A first attempt begins: a fifth of a retry is earned.
    void earn(Instant now);
    /// Takes one retry, with `first_attempts` under way. Who gets true must give_back() when the retry has ended.
    bool try_take(std::uint32_t first_attempts, Instant now);
    void give_back() { retries_.leave(); }
    /// Retries under way.
    [[nodiscard]] std::uint32_t inside() const { return retries_.inside(); }

  private:
    Gate retries_;
    std::atomic<std::int64_t> full_at_{INT64_MIN};
};

}  // namespace gw::balance
