#pragma once
// Buckets of many keys in bounded memory: clients' addresses, callers, values of a field.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "libgw/policy/throttle/limit.h"

namespace gw::throttle {

/// The moment at which a bucket is full again: nanoseconds, and parts of one more.
struct Fullness {
    std::int64_t nanoseconds = 0;
    std::uint32_t part = 0;
};

/// Keys of several limits share one table. A full bucket says nothing and needs no place, so only buckets that miss
/// something are kept; a place whose bucket has filled up is free without anybody clearing it. When a key finds no
/// place (both of its sets hold buckets that miss something) it shares an overflow bucket of its limit with all
/// others that find none. Nobody who has spent his tokens is ever forgotten, and a newcomer begins with no more than
/// the overflow bucket has: a crowd of invented keys makes limits stricter, never wider.
///
/// Not for several threads: whoever shares it puts a lock around it. 24 bytes a place.
class KeyTable {
  public:
    /// Where keys without a place go: a limit's own, one for each table.
    using Overflow = Fullness;

    /// At least `places`, rounded up to a power of two times eight.
    explicit KeyTable(std::size_t places);

    struct Outcome {
        Taken taken;
        bool shared = false;  ///< the overflow bucket answered
    };
    /// One token of the bucket `tag`, a hash of limit and key that clients cannot choose (siphash()). Two keys of one
    /// hash share a bucket.
    Outcome take(std::uint64_t tag, const Limit& limit, Overflow& overflow, Instant now);
    /// What take() took is put back. `shared` as it was told then.
    void give_back(std::uint64_t tag, const Limit& limit, Overflow& overflow, bool shared);
    /// Parts that a key misses, without taking any.
    [[nodiscard]] std::uint64_t missing(std::uint64_t tag, const Limit& limit, Instant now) const;

    [[nodiscard]] std::size_t places() const { return tags_.size(); }
    /// Bytes that it holds, and will ever hold.
    [[nodiscard]] std::size_t bytes() const;
    /// Brings what the next take() of this tag reads nearer: for whoever knows it early.
    void prefetch(std::uint64_t tag) const;

  private:
    static constexpr std::size_t kWays = 8;
    static constexpr std::size_t kNone = SIZE_MAX;

    [[nodiscard]] std::array<std::size_t, 2> sets_of(std::uint64_t tag) const;
    [[nodiscard]] std::size_t find(std::uint64_t tag) const;
    [[nodiscard]] std::size_t find_free(std::uint64_t tag, Instant now) const;

    std::size_t mask_;
    std::vector<std::uint64_t> tags_;  ///< 0: never used
    std::vector<Fullness> full_at_;
};

}  // namespace gw::throttle
