#include "libgw/policy/balance/health.h"

#include <algorithm>

namespace gw::balance {

bool Health::feed(bool passed, const HealthSettings& settings) {
    const Status shown = passed ? Status::healthy : Status::unhealthy;
    const bool was_usable = is_usable();
    if (shown == status_) {
        against_ = 0;
        return false;
    }
    ++against_;
    if (status_ == Status::unknown || against_ >= (passed ? settings.rise : settings.fall)) {
        status_ = shown;
        against_ = 0;
    }
    return is_usable() != was_usable;
}

Instant first_check_at(const HealthSettings& settings, std::uint64_t random, Instant now) {
    const Nanoseconds window = std::min<Nanoseconds>(settings.interval, std::chrono::seconds(1));
    if (window <= Nanoseconds::zero()) return now;
    return now + Nanoseconds(static_cast<std::int64_t>(random % static_cast<std::uint64_t>(window.count())));
}

Instant next_check_at(const HealthSettings& settings, std::uint64_t random, Instant now) {
    const Nanoseconds spread = settings.interval / 10;
    if (spread <= Nanoseconds::zero()) return now + settings.interval;
    const auto width = static_cast<std::uint64_t>(spread.count()) * 2 + 1;
    return now + settings.interval - spread + Nanoseconds(static_cast<std::int64_t>(random % width));
}

}  // namespace gw::balance
