#include "libgw/policy/throttle/block.h"

#include <algorithm>
#include <chrono>

namespace gw::throttle {

LeaseTerms block_terms() {
    LeaseTerms terms;
    terms.most = 4096;
    terms.life = std::chrono::seconds(5);
    // in the last moments of a period whoever is refused would ask again at once
    terms.pace = std::chrono::milliseconds(10);
    return terms;
}

std::uint64_t left_of(const Reserved& entry, const Quota& quota) {
    const std::uint64_t offset = entry.current == entry.first ? std::min(quota.offset, quota.limit) : 0;
    const std::uint64_t allowed = quota.limit - offset;
    return allowed - std::min(allowed, entry.used);
}

LeaseGrant reserve(Reserved& entry, const Quota& quota, std::uint32_t period, const LeaseWish& wish) {
    if (period > entry.current) {
        entry.current = period;
        entry.used = 0;
    }
    if (wish.stamp == static_cast<std::int64_t>(entry.current)) entry.used -= std::min(entry.used, wish.back);
    entry.used = std::min(entry.used + wish.owed, kMostQuota);
    const std::uint64_t left = left_of(entry, quota);
    LeaseGrant grant;
    grant.granted = std::min({wish.want, std::max<std::uint64_t>(1, left / 8), left});
    grant.stamp = entry.current;
    if (grant.granted == 0 && wish.want > 0) grant.wait = kQuotaWait;
    entry.used += grant.granted;
    grant.left = left - grant.granted;
    return grant;
}

}  // namespace gw::throttle
