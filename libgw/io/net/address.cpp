#include "libgw/io/net/address.h"

#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/un.h>

namespace gw::net {

Address Address::from(const sockaddr* address, socklen_t size) {
    Address result;
    result.family_ = address->sa_family;
    if (address->sa_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, address, sizeof in);
        result.port_ = ntohs(in.sin_port);
        std::memcpy(result.ip_, &in.sin_addr, 4);
    } else if (address->sa_family == AF_INET6) {
        sockaddr_in6 in{};
        std::memcpy(&in, address, sizeof in);
        result.port_ = ntohs(in.sin6_port);
        result.scope_ = in.sin6_scope_id;
        std::memcpy(result.ip_, &in.sin6_addr, 16);
        if (IN6_IS_ADDR_V4MAPPED(&in.sin6_addr)) {
            result.family_ = AF_INET;
            std::memmove(result.ip_, result.ip_ + 12, 4);
            std::memset(result.ip_ + 4, 0, 12);
        }
    } else if (address->sa_family == AF_UNIX) {
        sockaddr_un un{};
        std::memcpy(&un, address, std::min<std::size_t>(size, sizeof un));
        const std::size_t room = size > offsetof(sockaddr_un, sun_path) ? size - offsetof(sockaddr_un, sun_path) : 0;
        result.path_.assign(un.sun_path, strnlen(un.sun_path, room));
    }
    return result;
}

Result<Address> Address::literal(std::string_view host, std::uint16_t port) {
    const std::string text(host);
    Address result;
    result.port_ = port;
    if (text.find('\0') != std::string::npos)
        return Error{Errc::parse, "an IP address may not hold a NUL byte", {}, {}};
    if (inet_pton(AF_INET, text.c_str(), result.ip_) == 1) {
        result.family_ = AF_INET;
        return result;
    }
    if (inet_pton(AF_INET6, text.c_str(), result.ip_) == 1) {
        sockaddr_in6 in{};
        in.sin6_family = AF_INET6;
        in.sin6_port = htons(port);
        std::memcpy(&in.sin6_addr, result.ip_, 16);
        return from(reinterpret_cast<const sockaddr*>(&in), sizeof in);
    }
    return Error{Errc::parse, fmt::format("'{}' is not an IP address", host), {}, {}};
}

Result<Address> Address::unix_path(std::string_view path) {
    if (path.empty()) return Error{Errc::parse, "a unix socket needs a path", "write unix:/run/gw.sock", {}};
    if (path.size() >= sizeof(sockaddr_un::sun_path))
        return Error{Errc::parse, fmt::format("the socket path '{}' is longer than 107 bytes", path), {}, {}};
    if (path.find('\0') != std::string_view::npos)
        return Error{Errc::parse, "a socket path may not hold a NUL byte", {}, {}};
    Address result;
    result.family_ = AF_UNIX;
    result.path_ = path;
    return result;
}

Result<Address> Address::parse_listen(std::string_view text) {
    if (text.starts_with("unix:")) return unix_path(text.substr(5));
    const std::size_t colon = text.rfind(':');
    const Error bad{Errc::parse,
                    fmt::format("'{}' is not an address to listen on", text),
                    "write 127.0.0.1:8080, [::1]:8080 or unix:/run/gw.sock",
                    {}};
    if (colon == std::string_view::npos) return bad;
    std::string_view host = text.substr(0, colon);
    const std::string_view digits = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || end != digits.data() + digits.size() || digits.empty()) return bad;
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    else if (host.find(':') != std::string_view::npos)
        return bad;
    if (host == "localhost") host = "127.0.0.1";
    if (host == "*") host = "0.0.0.0";
    auto result = literal(host, port);
    if (!result) return bad;
    return result;
}

std::uint16_t Address::port() const { return port_; }
void Address::set_port(std::uint16_t port) { port_ = port; }

bool Address::is_loopback() const {
    if (family_ == AF_UNIX) return true;
    if (family_ == AF_INET) return ip_[0] == 127;
    static constexpr unsigned char kOne[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    return std::memcmp(ip_, kOne, 16) == 0;
}

bool is_loopback(std::string_view host) {
    if (host == "localhost") return true;
    const auto address = Address::literal(host, 0);
    return address && address->is_loopback();
}

namespace {

bool is_internal_v4(const unsigned char* ip) {
    return ip[0] == 0 || ip[0] == 127 || (ip[0] == 169 && ip[1] == 254) || (ip[0] >= 224 && ip[0] < 240) ||
           (ip[0] == 255 && ip[1] == 255 && ip[2] == 255 && ip[3] == 255);
}

}  // namespace

bool Address::is_internal() const {
    if (family_ == AF_UNIX) return true;
    if (family_ == AF_INET) return is_internal_v4(ip_);
    static constexpr unsigned char kNat64[12] = {0, 0x64, 0xff, 0x9b};  // RFC 6052 §2.1
    static constexpr unsigned char kZeros[12] = {};
    if (std::memcmp(ip_, kNat64, 12) == 0) return is_internal_v4(ip_ + 12);
    if (std::memcmp(ip_, kZeros, 12) == 0) return true;  // ::, ::1, and the long abandoned ::a.b.c.d
    if (std::memcmp(ip_, kZeros, 10) == 0 && ip_[10] == 0xff && ip_[11] == 0xff) return is_internal_v4(ip_ + 12);
    return ip_[0] == 0xff || (ip_[0] == 0xfe && (ip_[1] & 0xc0U) == 0x80) || (ip_[0] & 0xfeU) == 0xfc;
}

std::string Address::host() const {
    if (family_ == AF_INET) {  // asked for with every request; inet_ntop would print it
        char text[15];
        char* end = text;
        for (int i = 0; i < 4; ++i) {
            if (i > 0) *end++ = '.';
            end = std::to_chars(end, text + sizeof text, ip_[i]).ptr;
        }
        return {text, end};
    }
    if (family_ != AF_INET6) return {};
    char buffer[INET6_ADDRSTRLEN] = {};
    inet_ntop(family_, ip_, buffer, sizeof buffer);
    return buffer;
}

std::string Address::text() const {
    if (family_ == AF_UNIX) return "unix:" + path_;
    if (family_ == AF_INET6) return fmt::format("[{}]:{}", host(), port_);
    return fmt::format("{}:{}", host(), port_);
}

std::string_view Address::bytes() const {
    const std::size_t size = family_ == AF_INET ? 4 : family_ == AF_INET6 ? 16 : 0;
    return {reinterpret_cast<const char*>(ip_), size};
}

socklen_t Address::to_sockaddr(sockaddr_storage& storage) const {
    std::memset(&storage, 0, sizeof storage);
    if (family_ == AF_INET) {
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(port_);
        std::memcpy(&in.sin_addr, ip_, 4);
        std::memcpy(&storage, &in, sizeof in);
        return sizeof in;
    }
    if (family_ == AF_INET6) {
        sockaddr_in6 in{};
        in.sin6_family = AF_INET6;
        in.sin6_port = htons(port_);
        in.sin6_scope_id = scope_;
        std::memcpy(&in.sin6_addr, ip_, 16);
        std::memcpy(&storage, &in, sizeof in);
        return sizeof in;
    }
    sockaddr_un un{};
    un.sun_family = AF_UNIX;
    std::memcpy(un.sun_path, path_.data(), std::min(path_.size(), sizeof(un.sun_path) - 1));
    std::memcpy(&storage, &un, sizeof un);
    return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size() + 1);
}

}  // namespace gw::net
