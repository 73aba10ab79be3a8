#pragma once
// IP addresses and networks as values: parsed strictly, IPv4-mapped IPv6 unified with IPv4.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gw::http {

/// An IPv4 or IPv6 address. IPv4 is kept as ::ffff:a.b.c.d, so that a client is the same client by either name.
struct IpAddress {
    std::array<std::uint8_t, 16> bytes{};

    /// "192.0.2.1" (four decimal numbers without leading zeros) or RFC 4291 text without brackets and zone.
    static std::optional<IpAddress> parse(std::string_view text);
    [[nodiscard]] bool is_ipv4() const;
    /// Dotted decimal for IPv4 and mapped addresses, RFC 5952 for the others.
    [[nodiscard]] std::string text() const;
    friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

/// A network: "10.0.0.0/8", "2001:db8::/32", or a single address.
struct Cidr {
    IpAddress network;      ///< bits behind the prefix are zero
    std::uint8_t bits = 0;  ///< of 128: 96 more than written for IPv4

    /// Nothing for a bad address, a prefix out of range, or one with a leading zero or sign. Bits behind the prefix are
    /// cleared.
    static std::optional<Cidr> parse(std::string_view text);
    [[nodiscard]] bool contains(const IpAddress& address) const;
    friend bool operator==(const Cidr&, const Cidr&) = default;
};

}  // namespace gw::http
