#pragma once
// Counts in the memory of this process: they end with it.

#include <array>
#include <atomic>
#include <map>
#include <mutex>

#include "libgw/base/text.h"
#include "libgw/io/store/counts.h"
#include "libgw/policy/throttle/key_table.h"

namespace gw::store {

/// Single buckets and quotas are atomic words. Keyed ones lie in 64 tables, each behind a lock that is held for one
/// look-up; together they hold `keys` buckets that are not full, of all limits, and their memory does not grow.
class MemoryCounts : public Counts {
  public:
    static constexpr std::size_t kDefaultKeys = 131072;

    /// `seed`: nobody outside knows it, so nobody chooses keys that collide.
    explicit MemoryCounts(HashSeed seed, std::size_t keys = kDefaultKeys);
    ~MemoryCounts() override;

    std::shared_ptr<Meter> meter(const std::string& name, const throttle::Limit& limit, bool keyed,
                                 Instant now) override;
    std::shared_ptr<Tally> tally(const std::string& name, const throttle::Quota& quota, Date date) override;
    void prepare(Ask& ask) const override;
    Outcome take(std::span<const Ask> asks, Tally* quota, Instant now, Date date) override;
    /// What one request took, so that it can be put back.
    struct Receipt {
        std::array<std::uint64_t, kMostAsks> tags{};
        std::array<bool, kMostAsks> shared{};
    };
    /// The same with a receipt, which is filled when the request is admitted.
    Outcome take(std::span<const Ask> asks, Tally* quota, Instant now, Date date, Receipt& receipt);
    /// As if the request had never come. Requires: the arguments of that take().
    void put_back(std::span<const Ask> asks, Tally* quota, Date date, const Receipt& receipt);
    /// So much of a quota was used before: by the process before this one. Requires: nobody has taken of it yet.
    static void remember(Tally& quota, std::uint32_t first, std::uint32_t current, std::uint64_t used);
    [[nodiscard]] std::uint64_t missing(const Ask& ask, Instant now) const override;
    [[nodiscard]] std::uint64_t left(const Tally& quota, Date date) const override;
    [[nodiscard]] std::uint64_t overflowed() const override { return overflowed_.load(std::memory_order_relaxed); }

    /// Bytes of all tables.
    [[nodiscard]] std::size_t bytes() const;

  private:
    static constexpr std::size_t kShards = 64;
    class Bucket;
    class Buckets;
    class Count;
    struct Shard {
        explicit Shard(std::size_t places) : table(places) {}
        std::mutex mutex;
        throttle::KeyTable table;
    };
    [[nodiscard]] std::uint64_t tag_of(const Buckets& meter, std::string_view key) const;
    throttle::Taken take_one(const Ask& ask, Instant now, std::uint64_t& tag, bool& shared);
    void give_back(const Ask& ask, std::uint64_t tag, bool shared);

    HashSeed seed_;
    std::size_t keys_;
    std::atomic<std::uint64_t> overflowed_{0};
    std::array<std::unique_ptr<Shard>, kShards> shards_;  ///< made with the first keyed meter
    // touched by whoever builds a Runtime only
    std::map<std::string, std::weak_ptr<Meter>> meters_;
    std::map<std::string, std::weak_ptr<Tally>> tallies_;
    std::size_t meters_looked_at_ = 0;  ///< how many there were when that was last tidied, twice
    std::size_t tallies_looked_at_ = 0;
};

}  // namespace gw::store
