#pragma once
// Access logs as what two arms have answered, look by look.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apps/gw-canary/options.h"
#include "libgw/policy/canary/metric.h"
#include "libgw/policy/canary/sample.h"
#include "libgw/policy/canary/split.h"

namespace gw::release {

/// What came between two looks.
struct Look {
    canary::Sample stable;
    canary::Sample canary;
};

/// Requests of one arm in the order of a position (a moment, or the number of a line), in at most kMost pieces: when
/// there are more, two become one. Memory is bounded by that, however long the log is.
class Pieces {
  public:
    static constexpr std::size_t kMost = 1024;
    /// The piece of that position, to count a request in. Valid until the next call.
    canary::Sample& at(std::int64_t position);
    [[nodiscard]] std::uint64_t count() const { return count_; }
    /// The first position of each piece, and what is in it; in order.
    [[nodiscard]] std::vector<std::pair<std::int64_t, const canary::Sample*>> list() const;
    /// Where the first begins and the last does. Requires: count() is not 0.
    [[nodiscard]] std::int64_t first() const { return pieces_.begin()->first * width_; }
    [[nodiscard]] std::int64_t last() const { return pieces_.rbegin()->first * width_; }

  private:
    void widen();
    std::int64_t width_ = 1;
    std::map<std::int64_t, canary::Sample> pieces_;  ///< by position over width
    std::uint64_t count_ = 0;
};

/// Both arms, cut into looks that have as many requests each: by time where both have one and it is the same time, else
/// each arm by its own order. Few requests are one look, so that ranks have all of them.
std::vector<Look> cut(const Pieces& stable, const Pieces& canary, bool timed);

/// What was read.
struct Arms {
    std::vector<Look> looks;
    bool latencies = false;  ///< some line had one
    bool timed = true;       ///< looks follow the time
    std::uint64_t lines = 0;
    std::uint64_t skipped = 0;  ///< could not be read
    std::string first_skipped;
    std::uint64_t left_out = 0;  ///< belong to no arm, or the client had gone (499)
};

/// The logs that the options name. Errc::io, Errc::not_found: one cannot be read, is none, or has nothing of what a
/// metric is about; Errc::usage.
Result<Arms> read_arms(program::World& world, const Options& options, const std::vector<canary::Metric>& metrics);

}  // namespace gw::release
