#include "libgw/io/store/memory_counts.h"

#include <algorithm>
#include <utility>

#include "libgw/policy/throttle/token_bucket.h"

namespace gw::store {

namespace {

/// Takes out what nobody holds any more, when there may be twice as much as when it last looked.
template <class T>
void forget_expired(std::map<std::string, std::weak_ptr<T>>& named, std::size_t& looked_at) {
    if (named.size() < looked_at) return;
    std::erase_if(named, [](const auto& entry) { return entry.second.expired(); });
    looked_at = std::max<std::size_t>(64, 2 * named.size());
}

}  // namespace

/// One bucket.
class MemoryCounts::Bucket : public Meter {
  public:
    Bucket(std::string name, const throttle::Limit& limit, Instant now)
        : Meter(std::move(name), limit, false), bucket(limit, now) {}
    throttle::SharedBucket bucket;
};

/// One for each key.
class MemoryCounts::Buckets : public Meter {
  public:
    Buckets(std::string name, const throttle::Limit& limit, std::uint64_t hash)
        : Meter(std::move(name), limit, true), id(hash) {}
    std::uint64_t id;  ///< of the name: a changed limit goes on with the buckets that are there
    std::array<throttle::KeyTable::Overflow, kShards> overflow;  ///< each under the lock of its shard
};

class MemoryCounts::Count : public Tally {
  public:
    Count(std::string name, const throttle::Quota& quota, Date date)
        : Tally(std::move(name), quota), count(std::make_shared<throttle::QuotaCount>(quota.period, date)) {}
    Count(std::string name, const throttle::Quota& quota, const Count& before)
        : Tally(std::move(name), quota), count(before.count) {}
    std::shared_ptr<throttle::QuotaCount> count;
};

MemoryCounts::MemoryCounts(HashSeed seed, std::size_t keys) : seed_(seed), keys_(keys) {}
MemoryCounts::~MemoryCounts() = default;

std::shared_ptr<Meter> MemoryCounts::meter(const std::string& name, const throttle::Limit& limit, bool keyed,
                                           Instant now) {
    forget_expired(meters_, meters_looked_at_);
    auto known = meters_[name].lock();
    if (known != nullptr && known->is_keyed() != keyed) known = nullptr;
    if (known != nullptr && known->limit() == limit) return known;
    std::shared_ptr<Meter> made;
    if (keyed) {
        if (shards_[0] == nullptr)
            for (auto& shard : shards_) shard = std::make_unique<Shard>((keys_ + kShards - 1) / kShards);
        auto buckets = std::make_shared<Buckets>(name, limit, siphash(name, seed_));
        for (std::size_t i = 0; known != nullptr && i < kShards; ++i) {
            const std::lock_guard hold(shards_[i]->mutex);
            buckets->overflow[i] = static_cast<const Buckets&>(*known).overflow[i];
        }
        made = std::move(buckets);
    } else {
        auto bucket = std::make_shared<Bucket>(name, limit, now);
        if (known != nullptr) bucket->bucket.start_from(static_cast<const Bucket&>(*known).bucket, now);
        made = std::move(bucket);
    }
    meters_[name] = made;
    return made;
}

std::shared_ptr<Tally> MemoryCounts::tally(const std::string& name, const throttle::Quota& quota, Date date) {
    forget_expired(tallies_, tallies_looked_at_);
    auto known = tallies_[name].lock();
    if (known != nullptr && known->quota() == quota) return known;
    // another period counts anew; another limit goes on
    const auto* before =
        known != nullptr && known->quota().period == quota.period ? static_cast<const Count*>(known.get()) : nullptr;
    std::shared_ptr<Tally> made =
        before != nullptr ? std::make_shared<Count>(name, quota, *before) : std::make_shared<Count>(name, quota, date);
    tallies_[name] = made;
    return made;
}

std::uint64_t MemoryCounts::tag_of(const Buckets& meter, std::string_view key) const {
    return siphash(key, {seed_.first ^ meter.id, seed_.second});
}

void MemoryCounts::prepare(Ask& ask) const {
    if (!ask.meter->is_keyed()) return;
    ask.tag = tag_of(static_cast<const Buckets&>(*ask.meter), ask.key);
    shards_[ask.tag >> 58U]->table.prefetch(ask.tag);
}

throttle::Taken MemoryCounts::take_one(const Ask& ask, Instant now, std::uint64_t& tag, bool& shared) {
    if (!ask.meter->is_keyed()) return static_cast<Bucket&>(*ask.meter).bucket.take(now);
    auto& meter = static_cast<Buckets&>(*ask.meter);
    tag = ask.tag != 0 ? ask.tag : tag_of(meter, ask.key);
    const std::size_t index = tag >> 58U;
    Shard& shard = *shards_[index];
    shard.table.prefetch(tag);
    const std::lock_guard hold(shard.mutex);
    const auto outcome = shard.table.take(tag, meter.limit(), meter.overflow[index], now);
    shared = outcome.shared;
    if (shared) overflowed_.fetch_add(1, std::memory_order_relaxed);
    return outcome.taken;
}

void MemoryCounts::give_back(const Ask& ask, std::uint64_t tag, bool shared) {
    if (!ask.meter->is_keyed()) return static_cast<Bucket&>(*ask.meter).bucket.give_back();
    auto& meter = static_cast<Buckets&>(*ask.meter);
    const std::size_t index = tag >> 58U;
    Shard& shard = *shards_[index];
    const std::lock_guard hold(shard.mutex);
    shard.table.give_back(tag, meter.limit(), meter.overflow[index], shared);
}

Outcome MemoryCounts::take(std::span<const Ask> asks, Tally* quota, Instant now, Date date) {
    Receipt receipt;
    return take(asks, quota, now, date, receipt);
}

Outcome MemoryCounts::take(std::span<const Ask> asks, Tally* quota, Instant now, Date date, Receipt& receipt) {
    Outcome outcome;
    if (asks.size() == 1 && quota == nullptr) {  // most have one limit, and nothing to put back
        const throttle::Taken one = take_one(asks.front(), now, receipt.tags[0], receipt.shared[0]);
        outcome.admitted = one.admitted;
        if (outcome.admitted) return outcome;
        outcome.refused = 0;
        outcome.missing = one.missing;
        return outcome;
    }
    outcome.admitted = asks.size() <= kMostAsks;
    if (!outcome.admitted) return outcome;
    std::size_t taken = 0;
    for (; taken < asks.size(); ++taken) {
        const throttle::Taken one = take_one(asks[taken], now, receipt.tags[taken], receipt.shared[taken]);
        if (one.admitted) continue;
        outcome.admitted = false;
        outcome.refused = taken;
        outcome.missing = one.missing;
        break;
    }
    if (outcome.admitted && quota != nullptr)
        outcome.admitted = static_cast<Count&>(*quota).count->take(quota->quota(), date);
    if (!outcome.admitted) put_back(asks.first(taken), nullptr, date, receipt);
    return outcome;
}

void MemoryCounts::put_back(std::span<const Ask> asks, Tally* quota, Date date, const Receipt& receipt) {
    if (quota != nullptr) static_cast<Count&>(*quota).count->give_back(quota->quota(), date);
    for (std::size_t i = asks.size(); i-- > 0;) give_back(asks[i], receipt.tags[i], receipt.shared[i]);
}

void MemoryCounts::remember(Tally& quota, std::uint32_t first, std::uint32_t current, std::uint64_t used) {
    static_cast<Count&>(quota).count = std::make_shared<throttle::QuotaCount>(first, current, used);
}

std::uint64_t MemoryCounts::missing(const Ask& ask, Instant now) const {
    if (!ask.meter->is_keyed()) return static_cast<const Bucket&>(*ask.meter).bucket.missing(now);
    const auto& meter = static_cast<const Buckets&>(*ask.meter);
    const std::uint64_t tag = tag_of(meter, ask.key);
    Shard& shard = *shards_[tag >> 58U];
    const std::lock_guard hold(shard.mutex);
    return shard.table.missing(tag, meter.limit(), now);
}

std::uint64_t MemoryCounts::left(const Tally& quota, Date date) const {
    return static_cast<const Count&>(quota).count->left(quota.quota(), date);
}

std::size_t MemoryCounts::bytes() const {
    std::size_t sum = 0;
    for (const auto& shard : shards_)
        if (shard != nullptr) sum += shard->table.bytes();
    return sum;
}

}  // namespace gw::store
