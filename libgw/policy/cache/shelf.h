#pragma once
// A bounded set of stored answers by key: one shard of the store, without its lock. What is asked for once does not
// push out what is asked for often: S3-FIFO (Yang, Zhang, Qiu, Yue, Rashmi: "FIFO queues are all you need for cache
// eviction", SOSP 2023), counted in bytes.

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "libgw/base/text.h"
#include "libgw/policy/cache/stored.h"

namespace gw::cache {

/// The answers of one key, the newest first; they differ in what their Vary names. Immutable.
using Variants = std::vector<std::shared_ptr<const Stored>>;

/// More variants than this of one key, and the oldest goes.
inline constexpr std::size_t kMostVariants = 64;

/// The newest answer that is for this request (RFC 9111 §4.1), or null.
std::shared_ptr<const Stored> select(const Variants& variants, const http::Fields& request);

class Shelf {
  public:
    /// Invariant: bytes() is at most `capacity` after each call.
    Shelf(std::size_t capacity, HashSeed seed);
    Shelf(const Shelf&) = delete;
    Shelf& operator=(const Shelf&) = delete;

    /// Counts as a use. Null when there is nothing.
    std::shared_ptr<const Variants> find(std::string_view key);
    /// Takes the place of what has the same selector. An answer larger than the shelf is not kept: false.
    bool put(std::string_view key, std::shared_ptr<const Stored> answer);
    /// False: there was nothing.
    bool erase(std::string_view key);
    void clear();

    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    [[nodiscard]] std::size_t size() const { return places_.size(); }
    [[nodiscard]] std::uint64_t evicted() const { return evicted_; }

  private:
    struct Place {
        std::string_view key;  // of the map
        std::shared_ptr<const Variants> variants;
        std::size_t bytes = 0;
        Place* newer = nullptr;
        Place* older = nullptr;
        std::uint8_t uses = 0;
        bool main = false;
    };
    struct Queue {
        Place* newest = nullptr;
        Place* oldest = nullptr;
        std::size_t bytes = 0;
    };

    Queue& queue_of(const Place& place) { return place.main ? main_ : small_; }
    void push(Place& place, bool main);
    void unlink(Place& place);
    void set(Place& place, std::shared_ptr<const Variants> variants);
    void make_room();
    void age_small();
    void age_main();
    void drop(Place& place);
    void remember(std::string_view key);
    bool recall(std::string_view key);

    std::size_t capacity_;
    HashSeed seed_;
    SeededMap<Place> places_;
    Queue small_;
    Queue main_;
    std::deque<std::uint64_t> ghosts_;  // hashes of keys that left `small_` unused, the oldest first
    std::unordered_set<std::uint64_t> is_ghost_;
    std::size_t bytes_ = 0;
    std::uint64_t evicted_ = 0;
};

}  // namespace gw::cache
