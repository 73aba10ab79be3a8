#pragma once
// Buckets of many keys in bounded memory: clients' addresses, callers, values of a field.

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "libgw/policy/throttle/limit.h"

namespace gw::throttle {

/// The moment at which a bucket is full again: nanoseconds, and parts of one more.
struct Fullness {
    std::int64_t nanoseconds = 0;
    std::uint32_t part = 0;  ///< below Limit::parts()
};

/// Keys of several limits share one table. A full bucket says nothing and needs no place, so only buckets that miss
/// something are kept; a place whose bucket has filled up is free without anybody clearing it. When a key finds no
/// place (both of its sets hold buckets that miss something) it shares an overflow bucket of its limit with all
/// others that find none. Nobody who has spent his tokens is ever forgotten, and a newcomer begins with no more than
/// the overflow bucket has: a crowd of invented keys makes limits stricter, never wider.
///
/// Not for several threads: whoever shares it puts a lock around it. Most look-ups read one cache line. 32 to 64 bytes
/// a key.
class KeyTable {
  public:
    /// Where keys without a place go: a limit's own, one for each table.
    using Overflow = Fullness;

    /// Room for so many keys. There are twice as many places, and more up to a power of two.
    explicit KeyTable(std::size_t keys);

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

    [[nodiscard]] std::size_t places() const { return sets_.size() * kWays; }
    /// Bytes that it holds, and will ever hold.
    [[nodiscard]] std::size_t bytes() const { return sets_.size() * sizeof(Set); }
    /// Brings what the next take() of this tag reads nearer: for whoever knows it early.
    void prefetch(std::uint64_t tag) const { __builtin_prefetch(&sets_[first_set(tag)]); }

  private:
    static constexpr std::size_t kWays = 4;
    static constexpr std::uint64_t kPartBits = 20;
    /// A bucket: 44 bits of its key's hash, the part of a nanosecond behind `nanoseconds`, and those. The set it is in
    /// says more of the hash.
    struct Way {
        std::uint64_t word = 0;
        std::int64_t nanoseconds = 0;
    };
    struct alignas(64) Set {
        std::array<Way, kWays> ways;
    };
    static Fullness full_at(const Way& way) {
        return {way.nanoseconds, static_cast<std::uint32_t>(way.word & ((1U << kPartBits) - 1))};
    }
    static std::uint64_t mark_of(std::uint64_t tag) { return tag >> kPartBits << kPartBits; }
    static void put(Way& way, std::uint64_t tag, const Fullness& at) { way = {mark_of(tag) | at.part, at.nanoseconds}; }
    [[nodiscard]] std::size_t first_set(std::uint64_t tag) const { return tag & mask_; }
    [[nodiscard]] std::size_t second_set(std::uint64_t tag) const { return (tag >> 24U) & mask_; }
    [[nodiscard]] const Way* find(std::uint64_t tag) const;
    Way* find(std::uint64_t tag) { return const_cast<Way*>(std::as_const(*this).find(tag)); }
    Way* find_free(std::uint64_t tag, Instant now);

    std::size_t mask_;
    std::vector<Set> sets_;
};

static_assert(Limit::kMostParts <= 1U << 20U);

}  // namespace gw::throttle
