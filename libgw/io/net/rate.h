#pragma once
// Is a peer too slow? Not on the average of all it ever did, which one fast moment would keep high for hours.

#include <cstdint>

#include "libgw/base/clock.h"

namespace gw::net {

/// What a peer did of late while it was waited for: periods of five seconds or more, each judged anew.
class Rate {
  public:
    static constexpr Nanoseconds kPeriod = std::chrono::seconds(5);

    /// The peer was waited for, and nothing came.
    void wait(Nanoseconds waited) { waited_ += waited; }

    /// So many bytes came after such a wait. True at the end of a period that had fewer than `least` bytes a second;
    /// the next period begins.
    [[nodiscard]] bool falls_below(std::uint32_t least, Nanoseconds waited, std::uint64_t bytes) {
        waited_ += waited;
        bytes_ += bytes;
        if (waited_ <= kPeriod) return false;
        const auto milliseconds =
            static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(waited_).count());
        const bool slow = bytes_ * 1000 < least * milliseconds;
        *this = {};
        return slow;
    }

  private:
    Nanoseconds waited_{0};
    std::uint64_t bytes_ = 0;
};

}  // namespace gw::net
