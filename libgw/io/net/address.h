#pragma once
// Where to listen and where to connect: an IP address with a port, or a unix socket.

#include <cstdint>
#include <string>
#include <string_view>

#include <sys/socket.h>

#include "libgw/base/result.h"

namespace gw::net {

/// A socket address as a value: 28 bytes for IP, or a path.
class Address {
  public:
    Address() = default;
    /// From the kernel.
    static Address from(const sockaddr* address, socklen_t size);
    /// "127.0.0.1", "::1": literals only, no name is looked up. Errc::parse otherwise.
    static Result<Address> literal(std::string_view host, std::uint16_t port);
    /// A path of at most 107 bytes.
    static Result<Address> unix_path(std::string_view path);
    /// "127.0.0.1:8080", "[::1]:0", "localhost:80" (127.0.0.1), "unix:PATH".
    static Result<Address> parse_listen(std::string_view text);

    [[nodiscard]] bool is_unix() const { return family_ == AF_UNIX; }
    [[nodiscard]] int family() const { return family_; }
    [[nodiscard]] std::uint16_t port() const;
    void set_port(std::uint16_t port);
    [[nodiscard]] bool is_loopback() const;
    /// This machine, its link (169.254/16 and fe80::/10, where clouds keep their metadata), unique local addresses
    /// (fc00::/7), multicast, nobody (0/8, ::), a unix socket; by any spelling: IPv4 mapped, compatible, or behind
    /// NAT64 (64:ff9b::/96).
    [[nodiscard]] bool is_internal() const;
    /// "127.0.0.1", "::1", or "" for a unix socket. IPv4 mapped into IPv6 prints as IPv4.
    [[nodiscard]] std::string host() const;
    [[nodiscard]] const std::string& path() const { return path_; }
    /// "127.0.0.1:8080", "[::1]:80", "unix:PATH".
    [[nodiscard]] std::string text() const;
    /// Four or sixteen bytes, IPv4 mapped into IPv6 as four; empty for a unix socket. A view into this object.
    [[nodiscard]] std::string_view bytes() const;
    /// Fills what bind() and connect() want; returns its size.
    socklen_t to_sockaddr(sockaddr_storage& storage) const;
    friend bool operator==(const Address& a, const Address& b) {
        return a.family_ == b.family_ && a.port_ == b.port_ && a.path_ == b.path_ && a.bytes() == b.bytes();
    }

  private:
    std::uint16_t family_ = 0;
    std::uint16_t port_ = 0;
    std::uint32_t scope_ = 0;
    unsigned char ip_[16] = {};
    std::string path_;
};

/// Whether a host is this machine by its very name: localhost, 127.0.0.0/8, ::1.
bool is_loopback(std::string_view host);

}  // namespace gw::net
