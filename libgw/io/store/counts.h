#pragma once
// Where the counts of limits live. The stage `throttle` sees only this: whether they are in memory, on a disk or with
// other gateways in a database is the store's business.
//
// A store answers at once, from what this process holds: a worker never waits for a disk or a network here. What lies
// elsewhere is fetched ahead in the background and spent from memory: a block of a quota is reserved on disk before its
// requests are let through; tokens of a shared bucket are leased.

#include <cstdint>
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
    std::size_t refused = kNone;  ///< which of the asks said no; kNone: the quota did
    std::uint64_t missing = 0;    ///< parts that its bucket is away from full
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
    virtual Outcome take(std::span<const Ask> asks, Tally* quota, Instant now, Date date) = 0;
    /// Parts that a bucket is away from full, and requests that are left of a quota.
    [[nodiscard]] virtual std::uint64_t missing(const Ask& ask, Instant now) const = 0;
    [[nodiscard]] virtual std::uint64_t left(const Tally& quota, Date date) const = 0;

    /// Requests that were counted in a bucket that several keys share, because there was no place for one of their own.
    [[nodiscard]] virtual std::uint64_t overflowed() const = 0;
};

}  // namespace gw::store
