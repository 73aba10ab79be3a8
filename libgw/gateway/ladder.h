#pragma once
// The overload ladder (security §1.3): what a gateway that runs out of memory stops doing, step by step.

#include <array>
#include <cstdint>
#include <optional>

namespace gw::gateway {

/// Which rung the process stands on, by its resident memory against its limit. Each rung includes those below it:
/// 85 % idle connections close soon, 92 % none is kept, 95 % requests are answered with 503, 98 % connections are
/// closed at accept. A rung is left only two points below where it was entered, so that nothing flutters.
class Ladder {
  public:
    static constexpr std::array<std::uint8_t, 4> kRungs{85, 92, 95, 98};

    /// The new rung (0: none) if this reading changes it. A `limit` of 0 is no limit.
    std::optional<std::uint8_t> look(std::uint64_t used, std::uint64_t limit);
    [[nodiscard]] std::uint8_t rung() const { return rung_; }

  private:
    std::uint8_t rung_ = 0;
};

}  // namespace gw::gateway
