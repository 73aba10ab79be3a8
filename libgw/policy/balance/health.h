#pragma once
// Active health checks: what a row of results says about a target, and when to look again.

#include <cstdint>

#include "libgw/base/clock.h"

namespace gw::balance {

/// When a target is looked at, and how many results change its status.
struct HealthSettings {
    Nanoseconds interval = std::chrono::seconds(5);
    std::uint32_t fall = 3;  ///< failures in a row after which a healthy target is unhealthy; at least 1
    std::uint32_t rise = 2;  ///< successes in a row after which an unhealthy target is healthy; at least 1
};

/// What the checks of one target have shown. Touched by one thread only: the one that checks.
///
/// A target nobody has looked at is `unknown` and counts as healthy: a gateway that has just started serves. The first
/// result then decides alone, whichever it is, since nothing else is known; from there on `fall` and `rise` damp.
class Health {
  public:
    enum class Status : std::uint8_t { unknown, healthy, unhealthy };

    [[nodiscard]] Status status() const { return status_; }
    [[nodiscard]] bool is_usable() const { return status_ != Status::unhealthy; }
    /// Results in a row that speak against the present status.
    [[nodiscard]] std::uint32_t against() const { return against_; }

    /// Takes one result; true when is_usable() changed by it.
    bool feed(bool passed, const HealthSettings& settings);

  private:
    Status status_ = Status::unknown;
    std::uint32_t against_ = 0;
};

/// When to look at a target for the first time: within a second of the start, or within the interval if that is
/// shorter, each target at a moment of its own.
Instant first_check_at(const HealthSettings& settings, std::uint64_t random, Instant now);

/// When to look again after a check that ended at `now`: the interval, 10 % more or less, so that checks of many
/// targets (and of many gateways) do not fall into step.
Instant next_check_at(const HealthSettings& settings, std::uint64_t random, Instant now);

}  // namespace gw::balance
