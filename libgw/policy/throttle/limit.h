#pragma once
// How often something may happen: a rate and a burst, as whole numbers.

#include <cstdint>

#include "libgw/base/clock.h"
#include "libgw/base/result.h"
#include "libgw/base/units.h"

namespace gw::throttle {

/// A token bucket's rate and burst (Amazon API Gateway, "Throttle requests": one token a request; capacity is the
/// burst; refilled at the rate).
///
/// Time is measured in *parts* of a nanosecond, so many of them that a token takes a whole number of parts to come
/// back: at 3/s a nanosecond has 3 parts and a token costs 10⁹ of them. Nothing is ever rounded, so a bucket admits
/// what the model with rational numbers admits. Where 64 bits cannot hold that (more than 2²⁰ parts, or a bucket of
/// more than 2⁶¹) the token's cost is rounded up to the finest parts that fit: the limit gets stricter, by less than
/// one part a token.
class Limit {
  public:
    /// The most parts that a nanosecond is cut into.
    static constexpr std::uint64_t kMostParts = std::uint64_t{1} << 20U;
    /// The most parts that a bucket holds: modulo 2⁶⁴ this leaves room to tell before from after.
    static constexpr std::uint64_t kDeepest = std::uint64_t{1} << 61U;
    static constexpr std::uint64_t kMostBurst = 1'000'000'000'000;

    /// Nothing passes.
    Limit() = default;
    /// A rate or burst of 0 admits nothing, as at AWS. Errc::limit when an empty bucket takes more than 73 years to
    /// fill, or the burst is above kMostBurst. Errc::parse when the rate is negative or no number.
    static Result<Limit> make(const Rate& rate, std::uint64_t burst);

    [[nodiscard]] const Rate& rate() const { return rate_; }
    [[nodiscard]] std::uint64_t burst() const { return burst_; }
    /// Parts of a nanosecond.
    [[nodiscard]] std::uint64_t parts() const { return parts_; }
    /// Parts in which one token comes back.
    [[nodiscard]] std::uint64_t cost() const { return cost_; }
    /// Parts in which an empty bucket fills.
    [[nodiscard]] std::uint64_t depth() const { return depth_; }
    [[nodiscard]] bool admits_nothing() const { return depth_ == 0; }

    /// Of a bucket that is `missing` parts away from full:
    [[nodiscard]] bool has_token(std::uint64_t missing) const { return missing <= depth_ && depth_ - missing >= cost_; }
    [[nodiscard]] std::uint64_t tokens(std::uint64_t missing) const {
        return missing >= depth_ ? 0 : (depth_ - missing) / cost_;
    }
    /// Time until it has a token; 0 when it has one; Nanoseconds::max() when it never will.
    [[nodiscard]] Nanoseconds until_token(std::uint64_t missing) const;
    /// Time until it is full.
    [[nodiscard]] Nanoseconds until_full(std::uint64_t missing) const;

    friend bool operator==(const Limit&, const Limit&) = default;

  private:
    Rate rate_;
    std::uint64_t burst_ = 0;
    std::uint64_t parts_ = 1;
    std::uint64_t cost_ = 1;
    std::uint64_t depth_ = 0;
};

/// What became of one request at one bucket.
struct Taken {
    bool admitted = false;
    std::uint64_t missing = 0;  ///< parts away from full, afterwards
};

}  // namespace gw::throttle
