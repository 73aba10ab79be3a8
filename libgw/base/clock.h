#pragma once
// Two kinds of time, so that a token cannot be checked with a stopwatch nor a bucket with a calendar.

#include <chrono>
#include <cstdint>

namespace gw {

using Nanoseconds = std::chrono::nanoseconds;

/// The clock for durations. It has no now(): a moment is an argument, read once by the tier that owns the world.
struct Monotonic {
    using duration = Nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<Monotonic>;
    static constexpr bool is_steady = true;
};

/// A moment on the stopwatch: throttles, time-outs, intervals.
using Instant = Monotonic::time_point;

/// A moment in the calendar (UTC): exp, nbf, Expires, quotas, log lines.
using Date = std::chrono::sys_time<Nanoseconds>;

/// Whole milliseconds since 1970.
inline std::int64_t to_unix_milliseconds(Date date) {
    return std::chrono::floor<std::chrono::milliseconds>(date.time_since_epoch()).count();
}
/// Whole seconds since 1970.
inline std::int64_t to_unix_seconds(Date date) {
    return std::chrono::floor<std::chrono::seconds>(date.time_since_epoch()).count();
}

}  // namespace gw
