#pragma once
// A hierarchical timer wheel. Arming and cancelling are a few pointer writes; nothing is allocated.
// Time is an argument: the loop turns the wheel, a test turns it by hand.

#include <array>
#include <cstdint>
#include <limits>

#include "libgw/base/clock.h"

namespace gw::net {

class TimerWheel;

/// A function and the object it belongs to. Trivially copyable, never allocates.
struct Callback {
    void (*function)(void*) = nullptr;
    void* self = nullptr;
    void operator()() const { function(self); }
    explicit operator bool() const { return function != nullptr; }
};

/// `callback<&Connection::on_readable>(this)`
template <auto Member, class T>
Callback callback(T* object) {
    return {[](void* self) { (static_cast<T*>(self)->*Member)(); }, object};
}

/// `guarded<&Connection::on_readable, &Connection::on_fault>(this)`: an exception that comes out of the first (memory
/// that is not there, a fault of ours) ends in the second, which gives up what was under way and nothing else.
template <auto Member, auto Fault, class T>
Callback guarded(T* object) {
    return {[](void* self) {
                try {
                    (static_cast<T*>(self)->*Member)();
                } catch (...) {
                    (static_cast<T*>(self)->*Fault)();
                }
            },
            object};
}

/// One alarm. Lives in its owner and leaves the wheel when it is destroyed.
/// Deadlines that move with every request are not re-armed: the owner keeps the deadline and, when the alarm
/// goes off too early, arms it again (see Deadline).
class Timer {
  public:
    explicit Timer(Callback callback) : callback_(callback) {}
    ~Timer() { cancel(); }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    void cancel();
    [[nodiscard]] bool armed() const { return wheel_ != nullptr; }
    /// The tick at which it goes off. Requires: armed().
    [[nodiscard]] Instant at() const { return at_; }

  private:
    friend class TimerWheel;
    Callback callback_;
    TimerWheel* wheel_ = nullptr;
    Timer* next_ = nullptr;
    Timer* previous_ = nullptr;
    Instant at_;
    std::uint64_t tick_ = 0;
    std::uint8_t level_ = 0;
    std::uint8_t slot_ = 0;
};

/// Four levels of 256 slots, ticks of one millisecond: 49 days before an alarm is carried over once more.
/// Invariant: an alarm never goes off before its time, and at most one tick after advance() has passed it.
class TimerWheel {
  public:
    explicit TimerWheel(Instant start) : start_(start) {}
    ~TimerWheel();
    TimerWheel(const TimerWheel&) = delete;
    TimerWheel& operator=(const TimerWheel&) = delete;

    /// Sets the alarm, moving it if it was set. A moment that has passed goes off at the next advance().
    void arm(Timer& timer, Instant at);
    /// Runs every alarm up to `now`, in order of their ticks. An alarm may arm and cancel any alarm, itself too.
    void advance(Instant now);
    /// When advance() has something to do: never later than the earliest alarm; Instant::max() when there is none.
    [[nodiscard]] Instant next() const;
    [[nodiscard]] std::size_t size() const { return size_; }

  private:
    friend class Timer;
    static constexpr std::size_t kSlots = 256;
    static constexpr std::size_t kLevels = 4;
    struct Level {
        std::array<Timer*, kSlots> slots{};
        std::array<std::uint64_t, kSlots / 64> used{};
    };

    void insert(Timer& timer);
    void remove(Timer& timer);
    void cascade(std::size_t level, std::size_t slot);
    [[nodiscard]] std::uint64_t next_tick() const;

    Instant start_;
    std::uint64_t tick_ = 0;  // every alarm with a tick ≤ this has gone off
    std::size_t size_ = 0;
    std::array<Level, kLevels> levels_;
};

}  // namespace gw::net
