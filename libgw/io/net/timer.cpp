#include "libgw/io/net/timer.h"

#include <bit>

namespace gw::net {
namespace {

constexpr Nanoseconds kTick = std::chrono::milliseconds(1);
constexpr std::uint64_t kFar = (1ULL << 32) - 1;

/// The first set bit at or after `from`, or 256.
std::size_t find_from(const std::array<std::uint64_t, 4>& bits, std::size_t from) {
    for (std::size_t word = from / 64; word < bits.size(); ++word) {
        std::uint64_t value = bits[word];
        if (word == from / 64) value &= ~0ULL << (from % 64);
        if (value != 0) return word * 64 + static_cast<std::size_t>(std::countr_zero(value));
    }
    return 256;
}

}  // namespace

void Timer::cancel() {
    if (wheel_ != nullptr) wheel_->remove(*this);
}

TimerWheel::~TimerWheel() {
    for (Level& level : levels_)
        for (Timer* timer : level.slots)
            while (timer != nullptr) {
                Timer* next = timer->next_;
                timer->wheel_ = nullptr;
                timer->next_ = timer->previous_ = nullptr;
                timer = next;
            }
}

void TimerWheel::arm(Timer& timer, Instant at) {
    timer.cancel();
    timer.at_ = at;
    const auto since = at - start_;
    // rounded up: never early
    const std::uint64_t tick =
        since.count() <= 0 ? 0 : static_cast<std::uint64_t>((since + kTick - Nanoseconds(1)) / kTick);
    timer.tick_ = tick <= tick_ ? tick_ + 1 : tick;
    timer.wheel_ = this;
    ++size_;
    insert(timer);
}

void TimerWheel::insert(Timer& timer) {
    // The level is that of the highest byte in which the alarm differs from now, as in a trie.
    std::uint64_t tick = timer.tick_;
    if (tick - tick_ > kFar / 2) tick = tick_ + kFar / 2;  // carried over once more when it comes round
    const std::uint64_t differs = (tick ^ tick_) & kFar;
    const std::size_t level = differs == 0 ? 0 : static_cast<std::size_t>(63 - std::countl_zero(differs)) / 8;
    const std::size_t slot = (tick >> (8 * level)) & 0xff;
    Level& at = levels_[level];
    timer.level_ = static_cast<std::uint8_t>(level);
    timer.slot_ = static_cast<std::uint8_t>(slot);
    timer.previous_ = nullptr;
    timer.next_ = at.slots[slot];
    if (timer.next_ != nullptr) timer.next_->previous_ = &timer;
    at.slots[slot] = &timer;
    at.used[slot / 64] |= 1ULL << (slot % 64);
}

void TimerWheel::remove(Timer& timer) {
    Level& level = levels_[timer.level_];
    if (timer.previous_ != nullptr)
        timer.previous_->next_ = timer.next_;
    else
        level.slots[timer.slot_] = timer.next_;
    if (timer.next_ != nullptr) timer.next_->previous_ = timer.previous_;
    if (level.slots[timer.slot_] == nullptr) level.used[timer.slot_ / 64] &= ~(1ULL << (timer.slot_ % 64));
    timer.wheel_ = nullptr;
    timer.next_ = timer.previous_ = nullptr;
    --size_;
}

void TimerWheel::cascade(std::size_t level, std::size_t slot) {
    Timer* timer = levels_[level].slots[slot];
    levels_[level].slots[slot] = nullptr;
    levels_[level].used[slot / 64] &= ~(1ULL << (slot % 64));
    while (timer != nullptr) {
        Timer* next = timer->next_;
        insert(*timer);
        timer = next;
    }
}

std::uint64_t TimerWheel::next_tick() const {
    // Within each level everything lies ahead of the current position; the lowest level that has anything is nearest.
    std::uint64_t best = UINT64_MAX;
    for (std::size_t level = 0; level < kLevels; ++level) {
        const std::size_t shift = 8 * level;
        const std::size_t here = (tick_ >> shift) & 0xff;
        std::size_t slot = find_from(levels_[level].used, here + 1 > 255 ? 256 : here + 1);
        std::uint64_t base = tick_ >> shift >> 8 << 8;
        if (slot == 256) {
            slot = find_from(levels_[level].used, 0);  // only the top level wraps
            if (slot == 256) continue;
            base += 256;
        }
        const std::uint64_t tick = (base + slot) << shift;
        if (tick < best) best = tick;
    }
    return best;
}

Instant TimerWheel::next() const {
    if (size_ == 0) return Instant::max();
    return start_ + kTick * static_cast<std::int64_t>(next_tick());
}

void TimerWheel::advance(Instant now) {
    if (now <= start_) return;
    const auto target = static_cast<std::uint64_t>((now - start_) / kTick);
    while (size_ > 0) {
        const std::uint64_t tick = next_tick();
        if (tick > target) break;
        tick_ = tick;
        // a boundary: bring down what now belongs to the lower levels, from the top
        for (std::size_t level = kLevels - 1; level > 0; --level)
            if ((tick & ((1ULL << (8 * level)) - 1)) == 0) cascade(level, (tick >> (8 * level)) & 0xff);
        Level& lowest = levels_[0];
        const std::size_t slot = tick & 0xff;
        while (Timer* timer = lowest.slots[slot]) {
            if (timer->tick_ > tick) {  // an alarm farther away than the wheel reaches
                remove(*timer);
                timer->wheel_ = this;
                ++size_;
                insert(*timer);
                if (lowest.slots[slot] == timer) break;
                continue;
            }
            remove(*timer);
            timer->callback_();
        }
    }
    if (target > tick_) tick_ = target;
}

}  // namespace gw::net
