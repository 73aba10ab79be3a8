#include "libgw/gateway/ladder.h"

namespace gw::gateway {
namespace {

constexpr double kHold = 2;

}  // namespace

std::optional<std::uint8_t> Ladder::look(std::uint64_t used, std::uint64_t limit) {
    const double percent = limit == 0 ? 0 : static_cast<double>(used) * 100 / static_cast<double>(limit);
    std::uint8_t next = 0;
    for (const std::uint8_t rung : kRungs)
        if (percent >= rung || (rung <= rung_ && percent >= rung - kHold)) next = rung;
    if (next == rung_) return std::nullopt;
    rung_ = next;
    return next;
}

}  // namespace gw::gateway
