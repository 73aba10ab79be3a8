#include "libgw/policy/throttle/key_table.h"

#include <bit>

namespace gw::throttle {
namespace {

bool is_full(const Fullness& at, Instant now) {
    const std::int64_t moment = now.time_since_epoch().count();
    return at.nanoseconds < moment || (at.nanoseconds == moment && at.part == 0);
}

std::uint64_t missing_of(const Fullness& at, const Limit& limit, Instant now) {
    if (is_full(at, now)) return 0;
    const auto rest = static_cast<std::uint64_t>(at.nanoseconds - now.time_since_epoch().count());
    // only a clock that went backwards gets here
    if (rest > Limit::kDeepest / limit.parts()) return Limit::kDeepest;
    return rest * limit.parts() + at.part;
}

void set_missing(Fullness& at, std::uint64_t missing, const Limit& limit, Instant now) {
    at.nanoseconds = now.time_since_epoch().count() + static_cast<std::int64_t>(missing / limit.parts());
    at.part = static_cast<std::uint32_t>(missing % limit.parts());
}

/// Threads read the clock apart; more than this between them is a clock that was set back, or another limit.
constexpr Nanoseconds kApart = std::chrono::seconds(10);

Taken take_from(Fullness& at, const Limit& limit, Instant now) {
    const std::uint64_t missing = missing_of(at, limit, now);
    if (!limit.has_token(missing)) {
        // a bucket never misses more than all of its tokens
        const std::int64_t rest = at.nanoseconds - now.time_since_epoch().count();
        if (missing > limit.depth() && rest > (limit.until_full(limit.depth()) + kApart).count())
            set_missing(at, limit.depth(), limit, now);
        return {false, missing};
    }
    set_missing(at, missing + limit.cost(), limit, now);
    return {true, missing + limit.cost()};
}

void put_back(Fullness& at, const Limit& limit) {
    at.nanoseconds -= static_cast<std::int64_t>(limit.cost() / limit.parts());
    const std::uint64_t part = limit.cost() % limit.parts();
    if (at.part < part) {
        at.nanoseconds -= 1;
        at.part += static_cast<std::uint32_t>(limit.parts());
    }
    at.part -= static_cast<std::uint32_t>(part);
}

/// 0 marks a place that was never used.
std::uint64_t marked(std::uint64_t tag) { return tag == 0 ? 1 : tag; }

}  // namespace

KeyTable::KeyTable(std::size_t places) {
    const std::size_t sets = std::bit_ceil((places + kWays - 1) / kWays);
    mask_ = sets - 1;
    tags_.resize(sets * kWays);
    full_at_.resize(sets * kWays);
}

std::array<std::size_t, 2> KeyTable::sets_of(std::uint64_t tag) const {
    return {(tag & mask_) * kWays, ((tag >> 32U) & mask_) * kWays};
}

std::size_t KeyTable::find(std::uint64_t tag) const {
    for (const std::size_t set : sets_of(tag))
        for (std::size_t i = set; i < set + kWays; ++i)
            if (tags_[i] == tag) return i;
    return kNone;
}

/// In the emptier of the two sets, so that both fill evenly (Azar et al. 1994).
std::size_t KeyTable::find_free(std::uint64_t tag, Instant now) const {
    std::size_t best = kNone;
    std::size_t most = 0;
    for (const std::size_t set : sets_of(tag)) {
        std::size_t count = 0;
        std::size_t last = kNone;
        for (std::size_t i = set; i < set + kWays; ++i) {
            if (tags_[i] != 0 && !is_full(full_at_[i], now)) continue;
            ++count;
            last = i;
        }
        if (count > most) {
            most = count;
            best = last;
        }
    }
    return best;
}

KeyTable::Outcome KeyTable::take(std::uint64_t tag, const Limit& limit, Overflow& overflow, Instant now) {
    tag = marked(tag);
    std::size_t place = find(tag);
    if (place == kNone) {
        if (limit.admits_nothing()) return {};
        place = find_free(tag, now);
        if (place == kNone) return {take_from(overflow, limit, now), true};
        // what the key may have spent while it had no place
        tags_[place] = tag;
        full_at_[place] = overflow;
    }
    return {take_from(full_at_[place], limit, now), false};
}

void KeyTable::give_back(std::uint64_t tag, const Limit& limit, Overflow& overflow, bool shared) {
    if (shared) return put_back(overflow, limit);
    const std::size_t place = find(marked(tag));
    if (place != kNone) put_back(full_at_[place], limit);
}

std::uint64_t KeyTable::missing(std::uint64_t tag, const Limit& limit, Instant now) const {
    const std::size_t place = find(marked(tag));
    return place == kNone ? 0 : missing_of(full_at_[place], limit, now);
}

std::size_t KeyTable::bytes() const { return tags_.size() * (sizeof(std::uint64_t) + sizeof(Fullness)); }

void KeyTable::prefetch(std::uint64_t tag) const {
    tag = marked(tag);
    for (const std::size_t set : sets_of(tag)) {
        __builtin_prefetch(&tags_[set]);
        __builtin_prefetch(&full_at_[set]);
    }
}

}  // namespace gw::throttle
