#pragma once
// A token bucket as one instant: the moment at which it will be full again. Tokens are the time that has passed since;
// nothing is refilled, so nothing has to run between requests, and time may come in steps of any size.
//
// Facts: this is the generic cell rate algorithm (ITU-T I.371, virtual scheduling) with its theoretical arrival time
// moved by one token; both admit the same.

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "libgw/policy/throttle/limit.h"

namespace gw::throttle {

/// The moment, in parts of a nanosecond modulo 2⁶⁴, and how the next one follows from it. What a bucket in a program
/// of one thread and one that threads share have in common.
class FullAt {
  public:
    static std::uint64_t at(const Limit& limit, Instant now) {
        return static_cast<std::uint64_t>(now.time_since_epoch().count()) * limit.parts();
    }
    /// Parts that a bucket misses which is full at `word`. Requires: less than half of 2⁶⁴ parts lie between them.
    static std::uint64_t missing(std::uint64_t word, std::uint64_t now) {
        const auto ahead = static_cast<std::int64_t>(word - now);
        return ahead > 0 ? static_cast<std::uint64_t>(ahead) : 0;
    }
    /// Nanoseconds after which a bucket that nobody touched is full for certain, and `word` could be mistaken for a
    /// later one.
    static std::int64_t stale_after(const Limit& limit) {
        return static_cast<std::int64_t>((std::uint64_t{1} << 62U) / limit.parts());
    }
};

/// For one thread. Time that goes backwards takes tokens away until it has caught up: no window of time, whatever the
/// order in which it was told, sees more than burst + rate·t.
class TokenBucket {
  public:
    /// Full at `now`.
    TokenBucket(const Limit& limit, Instant now) : limit_(limit), word_(FullAt::at(limit, now)), touched_(now) {}

    /// One token, if there is one. A refused request takes nothing.
    Taken take(Instant now) {
        const std::uint64_t at = FullAt::at(limit_, now);
        const std::uint64_t missing = missing_at(at, now);
        if (!limit_.has_token(missing)) return {false, missing};
        word_ = at + missing + limit_.cost();
        touched_ = now;
        return {true, missing + limit_.cost()};
    }
    /// Parts that it is away from full.
    [[nodiscard]] std::uint64_t missing(Instant now) const { return missing_at(FullAt::at(limit_, now), now); }
    [[nodiscard]] std::uint64_t tokens(Instant now) const { return limit_.tokens(missing(now)); }
    [[nodiscard]] const Limit& limit() const { return limit_; }

  private:
    [[nodiscard]] std::uint64_t missing_at(std::uint64_t at, Instant now) const {
        const std::int64_t idle = (now - touched_).count();
        if (idle > FullAt::stale_after(limit_)) return 0;
        if (idle < -FullAt::stale_after(limit_)) return limit_.depth();
        return FullAt::missing(word_, at);
    }

    Limit limit_;
    std::uint64_t word_;
    Instant touched_;
};

/// The same for any number of threads, without a lock. The bucket is one atomic word, so what it admits is exact in
/// whatever order the threads come. When it was last touched is told in a second word, rarely written: it only matters
/// after 2⁶² parts (an hour at the most parts, 146 years at 100/s) without a request, and it is written before the
/// first, so that a thread which reads the two apart can only be too strict, for one request.
class SharedBucket {
  public:
    SharedBucket(const Limit& limit, Instant now)
        : limit_(limit), word_(FullAt::at(limit, now)), touched_(now.time_since_epoch().count()) {}

    Taken take(Instant now) {
        const std::uint64_t at = FullAt::at(limit_, now);
        std::uint64_t word = word_.load(std::memory_order_relaxed);
        while (true) {
            const std::uint64_t missing = missing_at(word, at, now);
            if (!limit_.has_token(missing)) return {false, missing};
            touch(now);
            if (word_.compare_exchange_weak(word, at + missing + limit_.cost(), std::memory_order_relaxed))
                return {true, missing + limit_.cost()};
        }
    }
    /// What take() took is put back. The bucket is then as if the request had never come.
    void give_back() { word_.fetch_sub(limit_.cost(), std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t missing(Instant now) const {
        return missing_at(word_.load(std::memory_order_relaxed), FullAt::at(limit_, now), now);
    }
    [[nodiscard]] std::uint64_t tokens(Instant now) const { return limit_.tokens(missing(now)); }
    [[nodiscard]] const Limit& limit() const { return limit_; }
    /// As empty as another was under another limit: the time it needs to be full stays, cut to what it can be here.
    /// Requires: no other thread uses this one yet.
    void start_from(const SharedBucket& other, Instant now) {
        const auto rest = static_cast<std::uint64_t>(other.limit_.until_full(other.missing(now)).count());
        const std::uint64_t most = limit_.depth() / limit_.parts();
        const std::uint64_t missing = rest >= most ? limit_.depth() : rest * limit_.parts();
        word_.store(FullAt::at(limit_, now) + missing, std::memory_order_relaxed);
    }

  private:
    [[nodiscard]] std::uint64_t missing_at(std::uint64_t word, std::uint64_t at, Instant now) const {
        const std::int64_t idle = now.time_since_epoch().count() - touched_.load(std::memory_order_relaxed);
        if (idle > FullAt::stale_after(limit_)) return 0;
        if (idle < -FullAt::stale_after(limit_)) return limit_.depth();
        return FullAt::missing(word, at);
    }
    void touch(Instant now) {
        const std::int64_t moment = now.time_since_epoch().count();
        if (moment - touched_.load(std::memory_order_relaxed) > FullAt::stale_after(limit_) / 16)
            touched_.store(moment, std::memory_order_relaxed);
    }

    Limit limit_;
    std::atomic<std::uint64_t> word_;
    std::atomic<std::int64_t> touched_;
};

}  // namespace gw::throttle
