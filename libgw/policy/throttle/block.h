#pragma once
// Blocks of a quota, reserved ahead of spending: what a book on disk or in a database holds of one quota. A block
// counts as used from the moment it is reserved, so whoever dies with one has used it up, and no more than the quota
// ever passes.

#include <cstdint>

#include "libgw/policy/throttle/lease.h"
#include "libgw/policy/throttle/quota.h"

namespace gw::throttle {

/// The book's entry of one quota.
struct Reserved {
    std::uint32_t first = 0;    ///< the period in which it was begun, of which the quota's offset is taken
    std::uint32_t current = 0;  ///< never goes back
    std::uint64_t used = 0;     ///< in it: spent or reserved
    friend bool operator==(const Reserved&, const Reserved&) = default;
};

/// How much of a quota a gateway has reserved and not spent, at most, and for how long without wanting it.
LeaseTerms block_terms();
/// When to ask again a quota that is used up: another gateway may give something back.
inline constexpr Nanoseconds kQuotaWait = std::chrono::seconds(1);

/// An entry that nobody has made yet.
inline Reserved begin_quota(std::uint32_t period) { return {period, period, 0}; }
/// Of `quota`, what is left in a book that says `entry`.
std::uint64_t left_of(const Reserved& entry, const Quota& quota);

/// Reserves at most `wish.want` requests in `period`: an eighth of what is left at a time, and the last ones singly, so
/// that little is kept from others. What is given back counts for the period in which it was granted (LeaseWish::stamp)
/// and is nobody's afterwards. What is owed is used, whether it is left or not. LeaseGrant::stamp is the period;
/// LeaseGrant::life is left to the caller.
LeaseGrant reserve(Reserved& entry, const Quota& quota, std::uint32_t period, const LeaseWish& wish);

}  // namespace gw::throttle
