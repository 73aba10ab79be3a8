#include "libgw/policy/cache/shelf.h"

#include <algorithm>
#include <utility>

namespace gw::cache {
namespace {

constexpr std::uint8_t kMostUses = 3;
constexpr std::size_t kLeastGhosts = 256;

std::size_t bytes_of(const Variants& variants) {
    std::size_t bytes = 0;
    for (const auto& stored : variants) bytes += stored->bytes();
    return bytes;
}

}  // namespace

std::shared_ptr<const Stored> select(const Variants& variants, const http::Fields& request) {
    const std::vector<std::string>* names = nullptr;
    std::string values;
    for (const auto& stored : variants) {
        const Selector& selector = stored->selector;
        if (selector.names.empty()) return stored;
        if (names == nullptr || *names != selector.names) values = selecting_values(selector.names, request);
        names = &selector.names;
        if (values == selector.values) return stored;
    }
    return nullptr;
}

Shelf::Shelf(std::size_t capacity, HashSeed seed) : capacity_(capacity), seed_(seed), places_(0, SeededHash(seed)) {}

std::shared_ptr<const Variants> Shelf::find(std::string_view key) {
    const auto found = places_.find(key);
    if (found == places_.end()) return nullptr;
    Place& place = found->second;
    if (place.uses < kMostUses) ++place.uses;
    return place.variants;
}

bool Shelf::put(std::string_view key, std::shared_ptr<const Stored> answer) {
    if (answer->bytes() + key.size() > capacity_) {
        erase(key);
        return false;
    }
    auto variants = std::make_shared<Variants>();
    const auto found = places_.find(key);
    variants->push_back(std::move(answer));
    std::size_t bytes = variants->front()->bytes();
    if (found != places_.end()) {
        for (const auto& other : *found->second.variants) {
            if (other->selector == variants->front()->selector) continue;
            bytes += other->bytes();
            if (variants->size() == kMostVariants || bytes + key.size() > capacity_) break;
            variants->push_back(other);
        }
        set(found->second, std::move(variants));
    } else {
        const bool known = recall(key);
        const auto made = places_.emplace(std::string(key), Place{}).first;
        made->second.key = made->first;
        push(made->second, known);
        set(made->second, std::move(variants));
    }
    make_room();
    return places_.find(key) != places_.end();
}

bool Shelf::erase(std::string_view key) {
    const auto found = places_.find(key);
    if (found == places_.end()) return false;
    drop(found->second);
    return true;
}

void Shelf::clear() {
    places_.clear();
    small_ = main_ = {};
    ghosts_.clear();
    is_ghost_.clear();
    bytes_ = 0;
}

void Shelf::push(Place& place, bool main) {
    place.main = main;
    Queue& queue = queue_of(place);
    place.older = queue.newest;
    place.newer = nullptr;
    (queue.newest == nullptr ? queue.oldest : queue.newest->newer) = &place;
    queue.newest = &place;
    queue.bytes += place.bytes;
}

void Shelf::unlink(Place& place) {
    Queue& queue = queue_of(place);
    (place.newer == nullptr ? queue.newest : place.newer->older) = place.older;
    (place.older == nullptr ? queue.oldest : place.older->newer) = place.newer;
    queue.bytes -= place.bytes;
}

void Shelf::set(Place& place, std::shared_ptr<const Variants> variants) {
    const std::size_t bytes = bytes_of(*variants) + place.key.size();
    Queue& queue = queue_of(place);
    queue.bytes += bytes - place.bytes;
    bytes_ += bytes - place.bytes;
    place.bytes = bytes;
    place.variants = std::move(variants);
}

/// A tenth of the room is for what was asked for once.
void Shelf::make_room() {
    while (bytes_ > capacity_) {
        if (small_.oldest != nullptr && (small_.bytes > capacity_ / 10 || main_.oldest == nullptr))
            age_small();
        else
            age_main();
    }
}

void Shelf::age_small() {
    Place& place = *small_.oldest;
    if (place.uses > 1) {
        unlink(place);
        place.uses = 0;
        push(place, true);
        return;
    }
    remember(place.key);
    ++evicted_;
    drop(place);
}

void Shelf::age_main() {
    Place& place = *main_.oldest;
    if (place.uses > 0) {
        unlink(place);
        --place.uses;
        push(place, true);
        return;
    }
    ++evicted_;
    drop(place);
}

void Shelf::drop(Place& place) {
    unlink(place);
    bytes_ -= place.bytes;
    places_.erase(places_.find(place.key));
}

/// As many as there are answers: what was dropped lately and is asked for again belongs to the many.
void Shelf::remember(std::string_view key) {
    const std::uint64_t hash = siphash(key, seed_);
    if (!is_ghost_.insert(hash).second) return;
    ghosts_.push_back(hash);
    while (ghosts_.size() > std::max(kLeastGhosts, places_.size())) {
        is_ghost_.erase(ghosts_.front());
        ghosts_.pop_front();
    }
}

/// What is recalled leaves its place in the queue of ghosts to be skipped when its turn comes.
bool Shelf::recall(std::string_view key) { return is_ghost_.erase(siphash(key, seed_)) > 0; }

}  // namespace gw::cache
