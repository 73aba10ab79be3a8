#include "libgw/policy/throttle/algorithm.h"

#include <algorithm>
#include <array>

namespace gw::throttle {
namespace {

struct Known {
    std::string_view name;
    std::string_view description;
};
constexpr std::array<Known, 5> kKnown = {{
    {"token", "token bucket, the gateway's own"},
    {"gcra", "generic cell rate algorithm"},
    {"fixed", "fixed windows"},
    {"sliding", "sliding window, estimated"},
    {"leaky", "leaky bucket as a queue"},
}};

std::int64_t floor_divide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

std::optional<Algorithm> parse_algorithm(std::string_view text) {
    for (std::size_t i = 0; i < kKnown.size(); ++i)
        if (kKnown[i].name == text) return static_cast<Algorithm>(i);
    return std::nullopt;
}
std::string_view to_text(Algorithm algorithm) { return kKnown[static_cast<std::size_t>(algorithm)].name; }
std::string_view describe(Algorithm algorithm) { return kKnown[static_cast<std::size_t>(algorithm)].description; }

Limiter::Limiter(Algorithm algorithm, const Limit& limit, Instant now) : algorithm_(algorithm), limit_(limit) {
    if (algorithm == Algorithm::token) bucket_.emplace(limit, now);
    if (limit.admits_nothing()) return;
    distance_ = static_cast<std::int64_t>((limit.cost() + limit.parts() - 1) / limit.parts());
    window_ = std::max<std::int64_t>(1, limit.until_full(limit.depth()).count());
    moment_ = now.time_since_epoch().count();
    began_ = floor_divide(moment_, window_);
}

bool Limiter::take(Instant now) {
    if (limit_.admits_nothing()) return false;
    const std::int64_t moment = now.time_since_epoch().count();
    switch (algorithm_) {
        case Algorithm::token: return bucket_->take(now).admitted;
        case Algorithm::gcra: return take_gcra(moment);
        case Algorithm::fixed: return take_fixed(moment);
        case Algorithm::sliding: return take_sliding(moment);
        case Algorithm::leaky: break;
    }
    return take_leaky(moment);
}

bool Limiter::take_gcra(std::int64_t now) {
    const std::int64_t tolerance = window_ - distance_;
    if (moment_ > now + tolerance) return false;
    moment_ = std::max(moment_, now) + distance_;
    return true;
}

/// Nanoseconds of the current window that are over.
std::int64_t Limiter::turn_window(std::int64_t now) {
    const std::int64_t number = floor_divide(now, window_);
    if (number > began_) {
        before_ = number == began_ + 1 ? current_ : 0;
        current_ = 0;
        began_ = number;
    }
    return now - began_ * window_;
}

bool Limiter::take_fixed(std::int64_t now) {
    turn_window(now);
    if (current_ >= limit_.burst()) return false;
    ++current_;
    return true;
}

bool Limiter::take_sliding(std::int64_t now) {
    const std::int64_t over = turn_window(now);
    const double weight = 1 - static_cast<double>(over) / static_cast<double>(window_);
    const double estimate = static_cast<double>(before_) * weight + static_cast<double>(current_);
    if (estimate + 1 > static_cast<double>(limit_.burst())) return false;
    ++current_;
    return true;
}

bool Limiter::take_leaky(std::int64_t now) {
    const std::int64_t waits = std::max<std::int64_t>(0, moment_ - now);
    // whoever is being served stands in the queue too
    if (waits > window_ - distance_) return false;
    delay_ = Nanoseconds(waits);
    moment_ = now + waits + distance_;
    return true;
}

}  // namespace gw::throttle
