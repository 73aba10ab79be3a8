#pragma once
// A name server that says what the test tells it to, on a loopback port of the kernel's choosing. Answers of more than
// 1,232 bytes are truncated on UDP and whole on TCP.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/io/net/loop.h"

namespace gw::test {

/// How one question is answered.
struct DnsAnswer {
    int rcode = 0;                       ///< 0 no error · 2 SERVFAIL · 3 NXDOMAIN · 5 REFUSED
    std::vector<std::string> addresses;  ///< "10.0.0.1", "2001:db8::1"; those of the family asked for are sent
    std::uint32_t ttl = 60;
    std::string alias;     ///< a CNAME record goes first, and the addresses belong to this name
    bool silent = false;   ///< no answer at all
    bool silent6 = false;  ///< no answer to questions for AAAA
    bool garbage = false;  ///< bytes that are no message
};

class DnsServer {
  public:
    /// On 127.0.0.1, or, with the port of one that is there, on 127.0.0.2.
    explicit DnsServer(net::Loop& loop, const DnsServer* beside = nullptr);
    ~DnsServer();

    /// "127.0.0.1:PORT"
    [[nodiscard]] std::string address() const;
    [[nodiscard]] std::string host() const;
    [[nodiscard]] std::uint16_t port() const;
    /// How questions for this name are answered from now on. Names that nobody set do not exist.
    void set(const std::string& name, DnsAnswer answer) { answers_[name] = std::move(answer); }
    /// Questions for this name so far, of both families.
    [[nodiscard]] int questions(const std::string& name) const;
    [[nodiscard]] int questions() const { return total_; }

    /// Questions that came by TCP.
    [[nodiscard]] int by_tcp() const { return by_tcp_; }

  private:
    struct Connection;
    void on_datagram();
    void on_connection();
    std::optional<std::string> answer(std::string_view message);

    net::Loop& loop_;
    std::uint32_t host_;
    net::Watch udp_;
    net::Watch tcp_;
    std::vector<std::unique_ptr<Connection>> connections_;
    std::map<std::string, DnsAnswer> answers_;
    std::map<std::string, int> asked_;
    int total_ = 0;
    int by_tcp_ = 0;
};

}  // namespace gw::test
