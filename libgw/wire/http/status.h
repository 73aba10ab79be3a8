#pragma once

#include <cstdint>
#include <string_view>

namespace gw::http {

/// The reason phrase of the IANA registry ("Not Found"); "" for a status that is not in it.
std::string_view reason_of(std::uint16_t status);
/// Three digits, 100 to 999: what a status line can carry (values above 599 are passed on, RFC 9110 §15).
constexpr bool is_status(std::uint32_t status) { return status >= 100 && status <= 999; }
/// RFC 9110 §15.2.
constexpr bool is_interim(std::uint16_t status) { return status >= 100 && status < 200; }
/// 1xx, 204 and 304 end with their head, whatever fields they carry (RFC 9112 §6.3).
constexpr bool never_has_body(std::uint16_t status) { return is_interim(status) || status == 204 || status == 304; }

}  // namespace gw::http
