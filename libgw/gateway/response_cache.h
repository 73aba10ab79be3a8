#pragma once
// The answers that all workers keep together, and the requests that wait for one another.

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/clock.h"
#include "libgw/base/text.h"
#include "libgw/policy/cache/shelf.h"

namespace gw::gateway {

/// Belongs to the process; a Runtime hands it on to the next. Safe: shards, each with its own lock, held for one
/// look-up or one change and never while anything is compared, copied or sent; and tables of atomic words that are
/// right by themselves.
class ResponseCache {
  public:
    /// Of all answers together, and of one.
    struct Limits {
        std::size_t bytes = 0;
        std::size_t object = 0;
        friend bool operator==(const Limits&, const Limits&) = default;
    };
    ResponseCache(Limits limits, HashSeed seed);

    [[nodiscard]] const Limits& limits() const { return limits_; }
    /// The largest body that fits.
    [[nodiscard]] std::size_t largest() const;

    // ── answers ──
    std::shared_ptr<const cache::Variants> find(std::string_view key);
    /// False: there is no room for such a one, or what it was made from has been made void meanwhile.
    /// `uri`: what void() names.
    bool put(std::string_view key, std::string_view uri, std::shared_ptr<const cache::Stored> answer);
    void erase(std::string_view key);
    /// Nothing is left, and nothing that was asked for before `date` comes in any more.
    void clear(Date date);

    /// Counts bytes of answers that are on their way into the store. False: they are too many already, a quarter of
    /// what it holds.
    bool fill(std::uint64_t bytes);
    void unfill(std::uint64_t bytes) { filling_.fetch_sub(bytes, std::memory_order_relaxed); }

    /// What was asked for before `date` under this URI, by whomever, is void. Several URIs share a mark: an answer may
    /// be lost by that, and none is shown that should not be.
    void make_void(std::string_view uri, Date date);
    [[nodiscard]] bool is_void(std::string_view uri, Date requested) const;

    // ── requests for what is not there ──
    enum class Joined : std::uint8_t {
        leads,    ///< ask the target, then land()
        follows,  ///< another asks; await() it
        alone,    ///< such answers were not to be shared lately: ask, and do not land
    };
    Joined join(std::string_view key, Instant now);
    /// `told` is called, from any thread, when the one who leads has landed. False: nobody leads any more.
    bool await(std::string_view key, std::function<void()> told);
    /// The answer is in the store, or will not be. Not `shareable`: for a while nobody waits for this key.
    void land(std::string_view key, bool shareable, Instant now);

    /// Keys that have answers.
    [[nodiscard]] std::size_t count();

    struct Figures {
        std::size_t bytes = 0;
        std::size_t keys = 0;
        std::uint64_t evicted = 0;  ///< keys that made room, since this was last asked
    };
    Figures take_figures();

  private:
    struct Flight {
        std::vector<std::function<void()>> waiting;
    };
    struct Shard {
        Shard(std::size_t capacity, HashSeed seed) : shelf(capacity, seed), flights(0, SeededHash(seed)) {}
        std::mutex mutex;
        cache::Shelf shelf;
        SeededMap<Flight> flights;
    };
    static constexpr std::size_t kMarks = 65536;
    static constexpr std::size_t kLoners = 4096;

    Shard& shard_of(std::uint64_t hash) { return *shards_[hash % shards_.size()]; }
    [[nodiscard]] std::uint64_t hash_of(std::string_view key) const { return siphash(key, seed_); }

    Limits limits_;
    HashSeed seed_;
    std::vector<std::unique_ptr<Shard>> shards_;
    std::atomic<std::uint64_t> filling_{0};
    std::atomic<std::int64_t> cleared_{INT64_MIN};
    std::uint64_t told_ = 0;                          // of what made room; of whoever takes figures
    std::vector<std::atomic<std::int64_t>> marks_;    // by hash of a URI: void before this moment
    std::vector<std::atomic<std::uint64_t>> loners_;  // by hash of a key: the rest of the hash, and until when
};

}  // namespace gw::gateway
