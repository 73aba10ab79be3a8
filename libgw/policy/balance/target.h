#pragma once
// A member of a group, and what all workers know of it together.

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include "libgw/base/clock.h"
#include "libgw/policy/balance/health.h"

namespace gw::balance {

/// How an attempt at a target ended.
enum class Outcome : std::uint8_t {
    answered,        ///< a status below 500
    server_error,    ///< a status of 500 to 599
    connect_failed,  ///< refused, unreachable, no answer to the connect, a failed handshake
    broken,          ///< closed, reset or malformed before the end of the answer
    timed_out,       ///< no head in time
    abandoned,       ///< given up for a reason that is not the target's: the client left, a stale connection, a drain
};

/// What a status says about the target that sent it.
constexpr Outcome outcome_of(std::uint16_t status) { return status >= 500 ? Outcome::server_error : Outcome::answered; }
/// Whether it speaks against the target.
constexpr bool is_error(Outcome outcome) { return outcome != Outcome::answered && outcome != Outcome::abandoned; }

/// An Instant that never came.
inline constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t to_count(Instant at) { return at.time_since_epoch().count(); }
constexpr Instant to_instant(std::int64_t count) { return Instant(Nanoseconds(count)); }

/// What is known of one target, shared by all workers and by the group that comes after a reload.
///
/// Safe without a lock: each fact is one atomic word that is right by itself, and no decision needs two of them to
/// agree to better than "one request too many or too few". Where that would not do there is one writer at a time:
/// `ejected_until` and `ejections` are written by whoever holds the group's ejection flag, or, for a target that is
/// already ejected, by whoever holds `probing`; `usable` and `health` by the thread that checks. A cache line each, so
/// that two targets never share one.
struct alignas(64) TargetState {
    std::atomic<std::uint32_t> outstanding{0};         ///< attempts begun and not finished
    std::atomic<std::uint32_t> consecutive_errors{0};  ///< since the last success; stops counting at the threshold
    std::atomic<std::uint32_t> ejections{0};           ///< how often ejected, less one for every quiet interval since
    std::atomic<bool> usable{true};                    ///< what the health checks say; true when there are none
    std::atomic<bool> probing{false};  ///< one attempt is under way to see whether an ejected target is back
    std::atomic<std::int64_t> ejected_until{kNever};  ///< kNever: not ejected
    std::atomic<std::int64_t> returned_at{kNever};  ///< since when it takes requests again; kNever: from the beginning
    Health health;
};

/// One target as a group has it.
struct Member {
    std::string address;         ///< "host:port" or "unix:PATH": its identity across reloads
    std::uint32_t weight = 1;    ///< 0 takes no new requests
    std::uint64_t identity = 0;  ///< hash_of(address)
    std::shared_ptr<TargetState> state;
};

}  // namespace gw::balance
