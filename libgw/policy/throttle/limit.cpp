#include "libgw/policy/throttle/limit.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace gw::throttle {
namespace {

__extension__ using Wide = unsigned __int128;

/// A rate as tokens / nanoseconds, both whole: the shortest decimal that the number was written as, up to nine places.
struct Fraction {
    Wide tokens = 0;
    Wide nanoseconds = 1;
};

Fraction to_fraction(const Rate& rate) {
    constexpr double kMost = 9e15;  // whole numbers are exact in a double up to here
    double scale = 1;
    for (int places = 0; places < 9; ++places, scale *= 10) {
        const double scaled = rate.count * scale;
        if (scaled > kMost) break;
        if (std::round(scaled) / scale == rate.count)
            return {static_cast<Wide>(std::round(scaled)),
                    static_cast<Wide>(scale) * static_cast<Wide>(rate.per.count())};
    }
    while (rate.count * scale > kMost && scale > 1) scale /= 10;
    return {static_cast<Wide>(std::floor(rate.count * scale)),
            static_cast<Wide>(scale) * static_cast<Wide>(rate.per.count())};
}

Wide common_divisor(Wide a, Wide b) {
    while (b != 0) {
        const Wide rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

std::uint64_t divide_up(std::uint64_t a, std::uint64_t b) { return a / b + (a % b == 0 ? 0 : 1); }

}  // namespace

Result<Limit> Limit::make(const Rate& rate, std::uint64_t burst) {
    if (!(rate.count >= 0) || !std::isfinite(rate.count) || rate.per.count() <= 0)
        return Error{Errc::parse, "the rate is not a number", "100/s", {}};
    if (burst > kMostBurst) return Error{Errc::limit, fmt::format("burst {} is too large", burst), {}, {}};
    Limit limit;
    limit.rate_ = rate;
    limit.burst_ = burst;
    Fraction fraction = to_fraction(rate);
    if (fraction.tokens == 0 || burst == 0) return limit;
    const Wide divisor = common_divisor(fraction.tokens, fraction.nanoseconds);
    fraction.tokens /= divisor;
    fraction.nanoseconds /= divisor;
    Wide parts = fraction.tokens;
    Wide cost = fraction.nanoseconds;
    if (parts > kMostParts || cost * burst > kDeepest) {
        parts = kMostParts;
        while (true) {
            cost = (fraction.nanoseconds * parts + fraction.tokens - 1) / fraction.tokens;
            if (cost * burst <= kDeepest) break;
            parts /= 2;
            if (parts == 0)
                return Error{
                    Errc::limit,
                    fmt::format("a burst of {} at {} takes more than 73 years to come back", burst, to_rate_text(rate)),
                    "a smaller burst or a higher rate",
                    {}};
        }
    }
    limit.parts_ = static_cast<std::uint64_t>(parts);
    limit.cost_ = static_cast<std::uint64_t>(cost);
    limit.depth_ = limit.cost_ * burst;
    return limit;
}

Nanoseconds Limit::until_token(std::uint64_t missing) const {
    if (admits_nothing()) return Nanoseconds::max();
    if (has_token(missing)) return Nanoseconds(0);
    const std::uint64_t wanted = depth_ - cost_;
    return Nanoseconds(static_cast<std::int64_t>(divide_up(missing - wanted, parts_)));
}

Nanoseconds Limit::until_full(std::uint64_t missing) const {
    return Nanoseconds(static_cast<std::int64_t>(divide_up(std::min(missing, depth_), parts_)));
}

}  // namespace gw::throttle
