#pragma once
// SHA-1 is no protection any more. It has a header of its own so that nobody finds it among what is.

#include <array>
#include <cstdint>
#include <string_view>

namespace gw {

/// SHA-1 (FIPS 180-4), for the one protocol that asks for it as a mark and not for safety: RFC 6455 §4.2.2.
std::array<std::uint8_t, 20> sha1(std::string_view bytes);

}  // namespace gw
