#include "libgw/policy/throttle/key_table.h"

#include <algorithm>
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
    return rest * limit.parts() + std::min<std::uint64_t>(at.part, limit.parts() - 1);
}

void set_missing(Fullness& at, std::uint64_t missing, const Limit& limit, Instant now) {
    if (limit.parts() == 1) {
        at = {now.time_since_epoch().count() + static_cast<std::int64_t>(missing), 0};
        return;
    }
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

}  // namespace

KeyTable::KeyTable(std::size_t keys) {
    const std::size_t sets = std::bit_ceil(std::max<std::size_t>(1, (2 * keys + kWays - 1) / kWays));
    mask_ = sets - 1;
    sets_.resize(sets);
}

const KeyTable::Way* KeyTable::find(std::uint64_t tag) const {
    // the upper 44 bits and the lower ones that chose the set; 0 stands for a way that was never used, which is full
    for (const std::size_t set : {first_set(tag), second_set(tag)})
        for (const Way& way : sets_[set].ways)
            if (mark_of(way.word) == mark_of(tag)) return &way;
    return nullptr;
}

/// In the first set while there is room, so that most look-ups end there.
KeyTable::Way* KeyTable::find_free(std::uint64_t tag, Instant now) {
    for (const std::size_t set : {first_set(tag), second_set(tag)})
        for (Way& way : sets_[set].ways)
            if (is_full(full_at(way), now)) return &way;
    return nullptr;
}

KeyTable::Outcome KeyTable::take(std::uint64_t tag, const Limit& limit, Overflow& overflow, Instant now) {
    if (limit.admits_nothing()) return {};
    Way* way = find(tag);
    Fullness at = overflow;  // what a key may have spent while it had no place
    if (way != nullptr) {
        at = full_at(*way);
    } else {
        way = find_free(tag, now);
        if (way == nullptr) return {take_from(overflow, limit, now), true};
    }
    const Taken taken = take_from(at, limit, now);
    put(*way, tag, at);
    return {taken, false};
}

void KeyTable::give_back(std::uint64_t tag, const Limit& limit, Overflow& overflow, bool shared) {
    if (shared) return put_back(overflow, limit);
    Way* way = find(tag);
    if (way == nullptr) return;
    Fullness at = full_at(*way);
    put_back(at, limit);
    put(*way, tag, at);
}

std::uint64_t KeyTable::missing(std::uint64_t tag, const Limit& limit, Instant now) const {
    const Way* way = find(tag);
    return way == nullptr ? 0 : missing_of(full_at(*way), limit, now);
}

}  // namespace gw::throttle
