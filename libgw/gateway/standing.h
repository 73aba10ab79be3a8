#pragma once
// What becomes of targets that fail requests, told to people: outlier detection decides on the workers, in a few atomic
// words, and somebody has to say so.

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "libgw/base/log.h"
#include "libgw/gateway/runtime.h"
#include "libgw/io/telemetry/metrics.h"

namespace gw::gateway {

/// Which targets were ejected when it looked last. A target is out for a second at least, so that looking ten times a
/// second misses none.
class Standings {
  public:
    /// Tells the log which targets have been ejected and which are back, and counts ejections into `sheet`.
    /// Requires: the thread that writes `sheet`.
    void look(const Runtime& runtime, telemetry::Sheet& sheet, Log& log, Instant now);

  private:
    /// By group and address: how often it had been ejected. Only targets that are out are here.
    std::map<std::pair<std::string, std::string>, std::uint32_t> out_;
};

}  // namespace gw::gateway
