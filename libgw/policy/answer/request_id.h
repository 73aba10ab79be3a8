#pragma once
// The names that AWS gives to a request, made from chance that is passed in.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace gw {

/// The ids of one request, as text.
struct RequestIds {
    std::array<char, 16> extended{};  ///< "KbQZFhVLIAMEPeg=": apigw-requestid of HTTP APIs, x-amz-apigw-id of REST APIs
    std::array<char, 36> uuid{};      ///< version 4, lower case: x-amzn-RequestId of REST APIs

    [[nodiscard]] std::string_view extended_text() const { return {extended.data(), extended.size()}; }
    [[nodiscard]] std::string_view uuid_text() const { return {uuid.data(), uuid.size()}; }
};

/// How many random bytes the ids of a request take.
inline constexpr std::size_t kRequestIdBytes = 27;

/// 15 characters of the URL-safe base64 alphabet (RFC 4648 §5) and "=": 11 bytes.
std::array<char, 16> make_request_id(std::span<const std::uint8_t, 11> random);
/// RFC 9562 §5.4.
std::array<char, 36> make_uuid(std::span<const std::uint8_t, 16> random);
/// Both. `random` has to differ from request to request; nobody relies on it being secret.
RequestIds make_request_ids(std::span<const std::uint8_t, kRequestIdBytes> random);

}  // namespace gw
