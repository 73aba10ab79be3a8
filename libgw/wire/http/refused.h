#pragma once

#include <cstdint>
#include <string_view>

namespace gw::http {

/// Why a message is refused. Only the client's own decoder maps it to a status; a response that breaks the rules is a
/// 502.
struct Refused {
    std::uint16_t status = 400;  ///< 400, 405, 413, 414, 417, 431, 501, 505
    std::string_view reason;     ///< a static word, e.g. "framing.length_and_coding"; empty: nothing is refused
    explicit operator bool() const { return !reason.empty(); }
};

}  // namespace gw::http
