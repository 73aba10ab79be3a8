#include "libgw/gateway/response_cache.h"

#include <algorithm>
#include <utility>

namespace gw::gateway {
namespace {

constexpr std::size_t kMostShards = 16;
/// A shard holds at least this many answers of the largest size.
constexpr std::size_t kLeastLarge = 4;
/// For how long nobody waits for a key whose answer was not to be shared.
constexpr std::uint64_t kLonely = 10;
constexpr std::uint64_t kTag = ~std::uint64_t{0xffffffff};

std::size_t shards_for(const ResponseCache::Limits& limits) {
    std::size_t shards = 1;
    while (shards < kMostShards && limits.bytes / (shards * 2) >= limits.object * kLeastLarge) shards *= 2;
    return shards;
}

std::uint64_t seconds_of(Instant now) {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
}

}  // namespace

ResponseCache::ResponseCache(Limits limits, HashSeed seed)
    : limits_(limits), seed_(seed), marks_(kMarks), loners_(kLoners) {
    const std::size_t count = shards_for(limits);
    for (std::size_t i = 0; i < count; ++i)
        shards_.push_back(std::make_unique<Shard>(limits.bytes / count, HashSeed{seed.first + i, seed.second}));
    for (auto& mark : marks_) mark.store(INT64_MIN, std::memory_order_relaxed);
}

std::size_t ResponseCache::largest() const { return std::min(limits_.object, limits_.bytes / shards_.size()); }

std::shared_ptr<const cache::Variants> ResponseCache::find(std::string_view key) {
    Shard& shard = shard_of(hash_of(key));
    std::lock_guard hold(shard.mutex);
    return shard.shelf.find(key);
}

bool ResponseCache::put(std::string_view key, std::string_view uri, std::shared_ptr<const cache::Stored> answer) {
    const Date requested = answer->when.requested;
    if (is_void(uri, requested)) return false;
    Shard& shard = shard_of(hash_of(key));
    std::lock_guard hold(shard.mutex);
    // who made it void in between looks for it behind this lock
    if (is_void(uri, requested)) return false;
    return shard.shelf.put(key, std::move(answer));
}

void ResponseCache::erase(std::string_view key) {
    Shard& shard = shard_of(hash_of(key));
    std::lock_guard hold(shard.mutex);
    shard.shelf.erase(key);
}

void ResponseCache::clear(Date date) {
    cleared_.store(date.time_since_epoch().count(), std::memory_order_release);
    for (const auto& shard : shards_) {
        std::lock_guard hold(shard->mutex);
        shard->shelf.clear();
    }
}

bool ResponseCache::fill(std::uint64_t bytes) {
    const std::uint64_t before = filling_.fetch_add(bytes, std::memory_order_relaxed);
    // one may always come
    if (before == 0 || before + bytes <= limits_.bytes / 4) return true;
    unfill(bytes);
    return false;
}

void ResponseCache::make_void(std::string_view uri, Date date) {
    auto& mark = marks_[hash_of(uri) % kMarks];
    const std::int64_t moment = date.time_since_epoch().count();
    std::int64_t before = mark.load(std::memory_order_acquire);
    while (before < moment && !mark.compare_exchange_weak(before, moment, std::memory_order_acq_rel)) {
    }
}

bool ResponseCache::is_void(std::string_view uri, Date requested) const {
    const std::int64_t moment = requested.time_since_epoch().count();
    return moment <= marks_[hash_of(uri) % kMarks].load(std::memory_order_acquire) ||
           moment <= cleared_.load(std::memory_order_acquire);
}

ResponseCache::Joined ResponseCache::join(std::string_view key, Instant now) {
    const std::uint64_t hash = hash_of(key);
    const std::uint64_t loner = loners_[(hash >> 16U) % kLoners].load(std::memory_order_relaxed);
    if ((loner & kTag) == (hash & kTag) && (loner & ~kTag) > (seconds_of(now) & ~kTag)) return Joined::alone;
    Shard& shard = shard_of(hash);
    std::lock_guard hold(shard.mutex);
    return shard.flights.try_emplace(std::string(key)).second ? Joined::leads : Joined::follows;
}

bool ResponseCache::await(std::string_view key, std::function<void()> told) {
    Shard& shard = shard_of(hash_of(key));
    std::lock_guard hold(shard.mutex);
    const auto found = shard.flights.find(key);
    if (found == shard.flights.end()) return false;
    found->second.waiting.push_back(std::move(told));
    return true;
}

void ResponseCache::land(std::string_view key, bool shareable, Instant now) {
    const std::uint64_t hash = hash_of(key);
    if (!shareable)
        loners_[(hash >> 16U) % kLoners].store((hash & kTag) | ((seconds_of(now) + kLonely) & ~kTag),
                                               std::memory_order_relaxed);
    std::vector<std::function<void()>> waiting;
    Shard& shard = shard_of(hash);
    {
        std::lock_guard hold(shard.mutex);
        const auto found = shard.flights.find(key);
        if (found == shard.flights.end()) return;
        waiting = std::move(found->second.waiting);
        shard.flights.erase(found);
    }
    for (const auto& told : waiting) told();
}

std::size_t ResponseCache::count() {
    std::size_t keys = 0;
    for (const auto& shard : shards_) {
        std::lock_guard hold(shard->mutex);
        keys += shard->shelf.size();
    }
    return keys;
}

ResponseCache::Figures ResponseCache::take_figures() {
    Figures figures;
    for (const auto& shard : shards_) {
        std::lock_guard hold(shard->mutex);
        figures.bytes += shard->shelf.bytes();
        figures.keys += shard->shelf.size();
        figures.evicted += shard->shelf.evicted();
    }
    figures.evicted -= told_;
    told_ += figures.evicted;
    return figures;
}

}  // namespace gw::gateway
