#include "tests/support/dns_server.h"

#include <array>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gw::test {

namespace {

/// A socket on 127.0.0.1; -1 when the port is taken.
int bind_loopback(int type, std::uint16_t port, std::uint32_t host = INADDR_LOOPBACK) {
    const int fd = ::socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(host);
    at.sin_port = htons(port);
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0) return fd;
    ::close(fd);
    return -1;
}

std::uint16_t port_of(int fd) {
    sockaddr_in at{};
    socklen_t size = sizeof at;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size);
    return ntohs(at.sin_port);
}

void put16(std::string& out, std::uint32_t value) {
    out += static_cast<char>(value >> 8U & 0xffU);
    out += static_cast<char>(value & 0xffU);
}
void put32(std::string& out, std::uint32_t value) {
    put16(out, value >> 16U);
    put16(out, value & 0xffffU);
}

std::string encode(std::string_view name) {
    std::string out;
    while (!name.empty()) {
        const std::string_view label = name.substr(0, name.find('.'));
        out += static_cast<char>(label.size());
        out += label;
        name.remove_prefix(std::min(label.size() + 1, name.size()));
    }
    return out + '\0';
}

constexpr std::uint32_t kA = 1;
constexpr std::uint32_t kCname = 5;
constexpr std::uint32_t kAaaa = 28;

}  // namespace

struct DnsServer::Connection {
    Connection(DnsServer& server_in, int fd) : server(server_in), watch(server_in.loop_, fd) { listen(); }
    void listen() { watch.await_readable(net::callback<&Connection::on_readable>(this)); }
    void on_readable() {
        std::array<char, 1500> bytes{};
        const ssize_t got = ::read(watch.fd(), bytes.data(), bytes.size());
        if (got <= 0) {
            watch.close();
            return;
        }
        listen();
        received.append(bytes.data(), static_cast<std::size_t>(got));
        while (received.size() >= 2) {
            const std::size_t size =
                static_cast<unsigned char>(received[0]) * 256U + static_cast<unsigned char>(received[1]);
            if (received.size() < 2 + size) return;
            ++server.by_tcp_;
            const auto reply = server.answer(std::string_view(received).substr(2, size));
            received.erase(0, 2 + size);
            if (!reply) continue;
            std::string framed;
            put16(framed, static_cast<std::uint32_t>(reply->size()));
            framed += *reply;
            [[maybe_unused]] const ssize_t sent = ::write(watch.fd(), framed.data(), framed.size());
        }
    }
    std::string received;
    DnsServer& server;
    net::Watch watch;
};

DnsServer::DnsServer(net::Loop& loop, const DnsServer* beside) : loop_(loop), host_(beside == nullptr ? 1 : 2) {
    const std::uint32_t host = INADDR_LOOPBACK - 1 + host_;
    for (int tries = 0; tries < 100 && !tcp_; ++tries) {
        const int udp = bind_loopback(SOCK_DGRAM, beside == nullptr ? std::uint16_t{0} : beside->port(), host);
        const int tcp = udp < 0 ? -1 : bind_loopback(SOCK_STREAM, port_of(udp), host);
        if (tcp < 0) {
            if (udp >= 0) ::close(udp);
            continue;
        }
        ::listen(tcp, 16);
        udp_ = net::Watch(loop, udp);
        tcp_ = net::Watch(loop, tcp);
    }
    udp_.await_readable(net::callback<&DnsServer::on_datagram>(this));
    tcp_.await_readable(net::callback<&DnsServer::on_connection>(this));
}

DnsServer::~DnsServer() = default;

std::uint16_t DnsServer::port() const { return port_of(udp_.fd()); }
std::string DnsServer::host() const { return "127.0.0." + std::to_string(host_); }
std::string DnsServer::address() const { return host() + ":" + std::to_string(port()); }

int DnsServer::questions(const std::string& name) const {
    const auto found = asked_.find(name);
    return found == asked_.end() ? 0 : found->second;
}

void DnsServer::on_connection() {
    tcp_.await_readable(net::callback<&DnsServer::on_connection>(this));
    const int fd = ::accept4(tcp_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) connections_.push_back(std::make_unique<Connection>(*this, fd));
}

void DnsServer::on_datagram() {
    udp_.await_readable(net::callback<&DnsServer::on_datagram>(this));
    std::array<char, 1500> bytes{};
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    const ssize_t got = ::recvfrom(udp_.fd(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&peer), &size);
    if (got < 0) return;
    auto reply = answer({bytes.data(), static_cast<std::size_t>(got)});
    if (!reply) return;
    if (reply->size() > 1232) {
        (*reply)[2] |= 0x02;            // truncated
        (*reply)[6] = (*reply)[7] = 0;  // no answers
        reply->resize(reply->find('\0', 12) + 5);
    }
    [[maybe_unused]] const ssize_t sent =
        ::sendto(udp_.fd(), reply->data(), reply->size(), 0, reinterpret_cast<const sockaddr*>(&peer), size);
}

std::optional<std::string> DnsServer::answer(std::string_view message) {
    if (message.size() < 17) return std::nullopt;
    std::string name;
    std::size_t at = 12;
    while (at < message.size() && message[at] != 0) {
        const auto size = static_cast<unsigned char>(message[at]);
        if (!name.empty()) name += '.';
        name += message.substr(at + 1, size);
        at += size + 1U;
    }
    const std::string_view question = message.substr(12, at + 5 - 12);
    const auto type = static_cast<unsigned char>(message[at + 2]);
    ++asked_[name];
    ++total_;

    DnsAnswer told{.rcode = 3, .addresses = {}, .alias = {}};
    if (const auto found = answers_.find(name); found != answers_.end()) told = found->second;
    if (told.silent || (told.silent6 && type == kAaaa)) return std::nullopt;
    std::string records;
    std::uint32_t count = 0;
    std::string owner{'\xc0', '\x0c'};
    if (!told.alias.empty()) {
        const std::string alias = encode(told.alias);
        records += owner;
        put16(records, kCname);
        put16(records, 1);
        put32(records, told.ttl);
        put16(records, static_cast<std::uint32_t>(alias.size()));
        records += alias;
        owner = alias;
        ++count;
    }
    for (const std::string& address : told.addresses) {
        std::array<char, 16> ip{};
        const std::uint32_t family = address.find(':') == std::string::npos ? kA : kAaaa;
        if (family != type) continue;
        ::inet_pton(family == kA ? AF_INET : AF_INET6, address.c_str(), ip.data());
        const std::uint32_t width = family == kA ? 4 : 16;
        records += owner;
        put16(records, family);
        put16(records, 1);
        put32(records, told.ttl);
        put16(records, width);
        records.append(ip.data(), width);
        ++count;
    }
    std::string reply(message.substr(0, 2));
    put16(reply, 0x8180U | static_cast<std::uint32_t>(told.rcode));
    put16(reply, 1);
    put16(reply, count);
    put32(reply, 0);
    reply += question;
    reply += records;
    if (told.garbage) reply = reply.substr(0, 2) + std::string(40, '\xff');
    return reply;
}

}  // namespace gw::test
