#pragma once
// Targets that answer badly are set aside for a while, and let back in one request at a time.
//
//   closed ── errors in a row ──▶ ejected ── time passes ──▶ half open ── probe succeeds ──▶ closed
//                                    ▲                          │
//                                    └────── probe fails ───────┘

#include <atomic>
#include <cstdint>
#include <span>

#include "libgw/policy/balance/target.h"

namespace gw::balance {

/// When a target is set aside, and for how long.
struct OutlierSettings {
    std::uint32_t consecutive_errors = 5;  ///< 0: off
    Nanoseconds interval = std::chrono::seconds(10);
    Nanoseconds base_ejection = std::chrono::seconds(30);
    Nanoseconds max_ejection = std::chrono::seconds(300);
    std::uint32_t max_ejection_percent = 50;  ///< of the targets with a weight; at least one, never the last
};

/// Where a target stands in the circle above.
enum class Standing : std::uint8_t { closed, ejected, half_open };

/// Where this one stands.
Standing standing_of(const TargetState& state, Instant now);

/// How long the n-th ejection in a row lasts: n times the base, up to the maximum. Requires: ejections ≥ 1.
Nanoseconds ejection_time(const OutlierSettings& settings, std::uint32_t ejections);

/// How many of `targets` may be away at once: the percentage rounded down, but at least one; all but one at most; 0 for
/// a lone target.
std::size_t max_ejected(const OutlierSettings& settings, std::size_t targets);

/// What one outcome changed.
enum class Change : std::uint8_t { none, ejected, returned };

/// Takes the outcome of an attempt that was not a probe. On the last error of the row the target is ejected, unless
/// that would exceed max_ejected() or leave no other target that is usable and closed; then the next error tries again.
/// Outcomes that arrive for a target which is ejected already (they began before) change nothing.
///
/// `ejecting` is the group's flag: at most one ejection is weighed at a time, so that two workers cannot together eject
/// what neither could alone. Nobody waits for it: who finds it taken leaves the matter to the next error.
Change record_outcome(const OutlierSettings& settings, std::span<const Member> members, std::size_t index,
                      Outcome outcome, std::atomic<bool>& ejecting, Instant now);

/// Claims the one probe of a half-open target. False when somebody else has it or the target is not half open.
/// Who gets true must call finish_probe() once.
bool try_probe(TargetState& state, Instant now);

/// Ends a probe: an answer closes the target again (its slow start begins), an error ejects it for longer, and an
/// abandoned one leaves the next probe to somebody else.
Change finish_probe(const OutlierSettings& settings, TargetState& state, Outcome outcome, Instant now);

}  // namespace gw::balance
