#pragma once
// Where the counts of limits live. The stage `throttle` sees only this: whether they are in memory, on a disk or with
// other gateways in a database is the store's business.
//
// A store answers at once, from what this process holds: a worker never waits for a disk or a network here. What lies
// elsewhere is fetched ahead in the background and spent from memory: a block of a quota is reserved on disk before its
// requests are let through; tokens of a shared bucket are leased.

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "libgw/base/clock.h"
#include "libgw/policy/throttle/limit.h"
#include "libgw/policy/throttle/quota.h"

namespace gw::store {

/// A limit by its name, and the counts that go with it: one bucket, or one for each key.
class Meter {
  public:
    Meter(std::string name, const throttle::Limit& limit, bool keyed)
        : name_(std::move(name)), limit_(limit), keyed_(keyed) {}
    virtual ~Meter() = default;
    Meter(const Meter&) = delete;
    Meter& operator=(const Meter&) = delete;
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const throttle::Limit& limit() const { return limit_; }
    /// A bucket for each key.
    [[nodiscard]] bool is_keyed() const { return keyed_; }

  private:
    std::string name_;
    throttle::Limit limit_;
    bool keyed_;
};

/// A quota by its name, and what is used of it.
class Tally {
  public:
    Tally(std::string name, const throttle::Quota& quota) : name_(std::move(name)), quota_(quota) {}
    virtual ~Tally() = default;
    Tally(const Tally&) = delete;
    Tally& operator=(const Tally&) = delete;
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const throttle::Quota& quota() const { return quota_; }

  private:
    std::string name_;
    throttle::Quota quota_;
};

/// One bucket that a request needs a token of. Requires: the meter is of the store that is asked.
struct Ask {
    Meter* meter = nullptr;
    std::string_view key = {};  ///< whose bucket; of no account where the meter has one only
    std::uint64_t tag = 0;      ///< what prepare() found out; 0: nothing
};

/// What became of a request.
struct Outcome {
    static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
    bool admitted = true;
    bool unknown = false;         ///< neither: it is not known here yet, see Counts::await(). Nothing was spent
    std::size_t refused = kNone;  ///< which of the asks said no; kNone: the quota did
    std::uint64_t missing = 0;    ///< parts that its bucket is away from full
};

/// How the place is doing where counts live.
struct CountsStanding {
    std::string place;           ///< for people; "": this process's memory, which is all there is
    bool is_up = true;           ///< it answers
    std::string problem;         ///< why not; "" when it does
    std::uint64_t answered = 0;  ///< questions that it has answered
    std::uint64_t failed = 0;    ///< that it has not, or with an error
    std::uint64_t late = 0;      ///< that it has answered after requests had given up waiting
    std::uint64_t alone = 0;     ///< requests that were admitted by what this gateway alone had counted
    std::uint64_t waited = 0;    ///< requests that waited for an answer
};

class Counts {
  public:
    /// Most buckets that one request is counted in.
    static constexpr std::size_t kMostAsks = 8;
    virtual ~Counts() = default;

    // ── whoever builds a Runtime ──
    /// What is called so, under this limit. The counts are those of the name: a reload that changes a limit goes on
    /// with them. `keyed`: a bucket for each key.
    virtual std::shared_ptr<Meter> meter(const std::string& name, const throttle::Limit& limit, bool keyed,
                                         Instant now) = 0;
    virtual std::shared_ptr<Tally> tally(const std::string& name, const throttle::Quota& quota, Date date) = 0;

    // ── any worker, at any time ──
    /// For whoever knows early what he will ask: does beforehand what can be, and brings the bucket nearer.
    virtual void prepare(Ask& ask) const { static_cast<void>(ask); }
    /// A token of each, and one of the quota (may be null), in this order; or nothing of any. The first that has none
    /// is named: whoever is refused has spent nothing. More than kMostAsks are refused.
    /// It is Outcome::unknown when tokens of one have to be fetched first and that takes no longer than patience().
    virtual Outcome take(std::span<const Ask> asks, Tally* quota, Instant now, Date date) = 0;
    /// After take() was unknown: calls `told` once, when it knows more. From any thread, perhaps before it returns.
    virtual void await(std::span<const Ask> asks, Tally* quota, std::function<void()> told) {
        static_cast<void>(asks), static_cast<void>(quota), std::move(told)();
    }
    /// How long a request waits for that, in all.
    [[nodiscard]] virtual Nanoseconds patience() const { return Nanoseconds(0); }
    /// As take() when that time is over: never unknown, by what this gateway alone has counted if need be.
    virtual Outcome take_alone(std::span<const Ask> asks, Tally* quota, Instant now, Date date) {
        return take(asks, quota, now, date);
    }
    /// Parts that a bucket is away from full, and requests that are left of a quota.
    [[nodiscard]] virtual std::uint64_t missing(const Ask& ask, Instant now) const = 0;
    [[nodiscard]] virtual std::uint64_t left(const Tally& quota, Date date) const = 0;

    /// Requests that were counted in a bucket that several keys share, because there was no place for one of their own.
    [[nodiscard]] virtual std::uint64_t overflowed() const = 0;
    [[nodiscard]] virtual CountsStanding standing() const { return {}; }

    /// At the end, when nobody takes any more: what was fetched and not spent is given back.
    virtual void close() {}
};

}  // namespace gw::store
