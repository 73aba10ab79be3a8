#pragma once

#include <cstdint>

namespace gw::websocket {

/// How much a decoder takes before it refuses. Those of an API of AWS are kAwsLimits.
struct Limits {
    std::uint64_t frame = std::uint64_t{16} << 20U;    ///< bytes of a frame's payload as they are on the wire → 1009
    std::uint64_t message = std::uint64_t{16} << 20U;  ///< bytes of a message, expanded → 1009
    std::uint32_t fragments = 1024;                    ///< frames of a message → 1008
    std::uint32_t controls_per_second = 100;           ///< control frames → 1008 (Session)
};

/// Amazon API Gateway: frames of 32 KiB, messages of 128 KiB.
inline constexpr Limits kAwsLimits{.frame = 32768, .message = 131072, .fragments = 1024, .controls_per_second = 100};

}  // namespace gw::websocket
