#pragma once
// Other ways to hold a rate, for whoever wants to know what a token bucket does better. A gateway of ours uses none of
// them but the first.

#include <cstdint>
#include <optional>
#include <string_view>

#include "libgw/base/clock.h"
#include "libgw/policy/throttle/token_bucket.h"

namespace gw::throttle {

enum class Algorithm : std::uint8_t {
    token,    ///< the gateway's own bucket
    gcra,     ///< ITU-T I.371: the theoretical arrival time, its tolerance burst-1 distances
    fixed,    ///< so many in each window that begins at a whole multiple of its length
    sliding,  ///< the window before weighs by how much of it the sliding one still covers (an estimate)
    leaky,    ///< a queue of `burst`, from which the rate leaks; who finds it full is refused
};

std::optional<Algorithm> parse_algorithm(std::string_view text);
std::string_view to_text(Algorithm algorithm);
std::string_view describe(Algorithm algorithm);

/// One of them for one client. Windows are as long as it takes the rate to bring the burst, so that all allow the same
/// in the long run.
class Limiter {
  public:
    Limiter(Algorithm algorithm, const Limit& limit, Instant now);
    bool take(Instant now);
    /// How long the request that take() just admitted waits to go on; 0 but for leaky.
    [[nodiscard]] Nanoseconds delay() const { return delay_; }

  private:
    bool take_gcra(std::int64_t now);
    bool take_fixed(std::int64_t now);
    bool take_sliding(std::int64_t now);
    bool take_leaky(std::int64_t now);
    std::int64_t turn_window(std::int64_t now);

    Algorithm algorithm_;
    Limit limit_;
    std::optional<TokenBucket> bucket_;
    std::int64_t distance_ = 0;  ///< nanoseconds from one request to the next, rounded up
    std::int64_t window_ = 0;    ///< nanoseconds
    std::int64_t moment_ = 0;    ///< gcra: the theoretical arrival time; leaky: when the queue is empty
    std::int64_t began_ = 0;     ///< the window's number
    std::uint64_t current_ = 0;
    std::uint64_t before_ = 0;
    Nanoseconds delay_{0};
};

}  // namespace gw::throttle
