#include "libgw/config/address.h"

#include <algorithm>
#include <optional>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "libgw/base/text.h"

namespace gw::config {
namespace {

constexpr std::size_t kLongestUnixPath = 107;

Error bad(std::string message, std::string hint = {}) {
    return Error{Errc::config, std::move(message), std::move(hint), {}};
}

/// The bytes of an IPv4 or IPv6 address. inet_pton is strict: four decimal parts without leading zeros, no zones.
std::optional<std::array<std::uint8_t, 16>> to_bytes(std::string_view text, bool ipv6) {
    std::array<std::uint8_t, 16> bytes{};
    if (text.size() > 45 || text.find('\0') != text.npos) return std::nullopt;
    const std::string terminated(text);
    if (inet_pton(ipv6 ? AF_INET6 : AF_INET, terminated.c_str(), bytes.data()) != 1) return std::nullopt;
    return bytes;
}

/// RFC 1123 §2.1: labels of letters, digits and hyphens.
bool is_host_name(std::string_view text) {
    if (text.empty() || text.size() > 253) return false;
    for (const std::string_view label : split(text, '.')) {
        if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
        for (const char c : label) {
            if (!is_alpha(c) && !is_digit(c) && c != '-' && c != '_') return false;
        }
    }
    // "127.1" and "1234" are addresses to some and names to others
    return text.find_first_not_of("0123456789.") != text.npos;
}

}  // namespace

bool Address::is_loopback() const {
    if (is_unix() || host == "localhost" || host == "::1") return true;
    const auto bytes = to_bytes(host, false);
    return bytes && (*bytes)[0] == 127;
}

std::string Address::text() const {
    if (is_unix()) return "unix:" + unix_path;
    return host.find(':') == host.npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

Result<Address> parse_address(std::string_view text) {
    if (starts_with_ignoring_case(text, "unix:")) {
        const std::string_view path = text.substr(5);
        if (path.empty()) return bad("the path of the unix socket is missing", "unix:/run/gw.sock");
        if (path.find('\0') != path.npos) return bad("the path of the unix socket holds a NUL byte");
        if (path.size() > kLongestUnixPath) {
            return bad(fmt::format("the path of the unix socket is longer than {} bytes", kLongestUnixPath));
        }
        return Address{{}, 0, std::string(path)};
    }
    if (text.find("://") != text.npos) return bad(fmt::format("'{}' is a URL, not an address", text), "127.0.0.1:8080");
    const auto colon = text.rfind(':');
    const bool in_brackets = colon != text.npos && text.find(']', colon) != text.npos;
    if (parse_unsigned_as<std::uint16_t>(text))
        return bad(fmt::format("address '{}' has no host", text), fmt::format("127.0.0.1:{}", text));
    if (colon == text.npos || in_brackets) return bad(fmt::format("address '{}' has no port", text), "127.0.0.1:8080");
    const auto port = parse_unsigned_as<std::uint16_t>(text.substr(colon + 1));
    if (!port) return bad(fmt::format("'{}' is not a port", text.substr(colon + 1)), "0 to 65535");
    std::string_view host = text.substr(0, colon);
    if (host.empty())
        return bad(fmt::format("address '{}' has no host", text), fmt::format("127.0.0.1:{0} or 0.0.0.0:{0}", *port));
    if (host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
        if (!to_bytes(host, true)) return bad(fmt::format("'{}' is not an IPv6 address", host));
        return Address{to_lower(host), *port, {}};
    }
    if (host.find(':') != host.npos) return bad(fmt::format("IPv6 address '{}' needs brackets", host), "[::1]:8080");
    if (!to_bytes(host, false) && !is_host_name(host))
        return bad(fmt::format("'{}' is neither an address nor a name", host));
    return Address{to_lower(host), *port, {}};
}

std::string Cidr::text() const {
    char buffer[INET6_ADDRSTRLEN] = {};
    inet_ntop(ipv6 ? AF_INET6 : AF_INET, bytes.data(), buffer, sizeof buffer);
    return fmt::format("{}/{}", buffer, bits);
}

Result<Cidr> parse_cidr(std::string_view text) {
    const auto slash = text.find('/');
    const std::string_view address = text.substr(0, slash);
    Cidr cidr;
    cidr.ipv6 = address.find(':') != address.npos;
    const auto bytes = to_bytes(address, cidr.ipv6);
    if (!bytes)
        return bad(fmt::format("'{}' is not an IP address or network", text), "10.0.0.0/8, 192.0.2.7, 2001:db8::/32");
    cidr.bytes = *bytes;
    const unsigned most = cidr.ipv6 ? 128 : 32;
    cidr.bits = static_cast<std::uint8_t>(most);
    if (slash != text.npos) {
        const std::string_view digits = text.substr(slash + 1);
        const auto bits = parse_unsigned(digits, most);
        if (!bits || (digits.size() > 1 && digits[0] == '0'))
            return bad(fmt::format("'{}' is not a prefix length", digits), fmt::format("0 to {}", most));
        cidr.bits = static_cast<std::uint8_t>(*bits);
    }
    Cidr network = cidr;
    for (unsigned bit = cidr.bits; bit < most; ++bit) {
        network.bytes[bit / 8] = static_cast<std::uint8_t>(network.bytes[bit / 8] & ~(0x80U >> (bit % 8)));
    }
    if (network.bytes != cidr.bytes) {
        return bad(fmt::format("'{}' has bits behind its prefix", text),
                   fmt::format("did you mean {}?", network.text()));
    }
    return cidr;
}

}  // namespace gw::config
