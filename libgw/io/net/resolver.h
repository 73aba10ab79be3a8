#pragma once
// Names to addresses, never blocking a loop.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/io/net/address.h"
#include "libgw/io/net/loop.h"

namespace gw::net {

struct ResolverOptions {
    /// "127.0.0.1:5353"; empty: the system's (/etc/resolv.conf).
    std::vector<std::string> servers;
    Nanoseconds try_timeout = std::chrono::seconds(2);
    Nanoseconds total_timeout = std::chrono::seconds(3);
    Nanoseconds min_ttl = std::chrono::seconds(1);
    Nanoseconds max_ttl = std::chrono::hours(1);
    Nanoseconds negative_ttl = std::chrono::seconds(5);
    std::size_t cache_entries = 1024;
};

/// One loop's resolver with its cache. Literals, "localhost" and /etc/hosts need no network.
class Resolver {
  public:
    /// Addresses with the given port, IPv6 and IPv4 interleaved (RFC 8305 §4), at most 32; or Errc::resolve.
    using Answer = std::function<void(const Result<std::vector<Address>>&)>;

    Resolver(Loop& loop, ResolverOptions options = {});
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    /// Calls back once, perhaps before it returns. `owner` may cancel().
    void resolve(std::string_view name, std::uint16_t port, const void* owner, Answer answer);
    /// No answer of this owner comes any more.
    void cancel(const void* owner);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gw::net
