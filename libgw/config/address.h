#pragma once
// Addresses as a configuration writes them, without asking anybody about names.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "libgw/base/result.h"

namespace gw::config {

/// "127.0.0.1:8080", "[::1]:0", "localhost:8080", "unix:/run/gw.sock".
struct Address {
    std::string host;        ///< an IPv6 address without brackets; empty for unix
    std::uint16_t port = 0;  ///< 0: any free one
    std::string unix_path;   ///< not empty: a unix socket
    [[nodiscard]] bool is_unix() const { return !unix_path.empty(); }
    /// 127.0.0.0/8, ::1, localhost, or a unix socket: nobody outside this machine can reach it.
    [[nodiscard]] bool is_loopback() const;
    /// "host:port", "[v6]:port", "unix:PATH".
    [[nodiscard]] std::string text() const;
};

/// Refuses (Errc::config, with a hint) a missing port, a port above 65535, a host that is neither a name nor an
/// address, and a unix path longer than the 107 bytes that a socket address holds.
Result<Address> parse_address(std::string_view text);

/// "10.0.0.0/8", "::1" (a single address), "2001:db8::/32".
struct Cidr {
    std::array<std::uint8_t, 16> bytes{};  ///< network order; IPv4 in the first four
    bool ipv6 = false;
    std::uint8_t bits = 0;  ///< length of the prefix
    /// The canonical text, always with "/bits".
    [[nodiscard]] std::string text() const;
};

/// Refuses bits beyond the prefix ("10.0.0.1/8"), zones, and lengths that do not exist.
Result<Cidr> parse_cidr(std::string_view text);

}  // namespace gw::config
