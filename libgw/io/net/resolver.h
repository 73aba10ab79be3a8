#pragma once
// Names to addresses, never blocking a loop: literals, the hosts file, a cache, DNS.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/io/net/address.h"
#include "libgw/io/net/loop.h"

namespace gw::net {

struct ResolverOptions {
    /// "127.0.0.1:5353": ask these, without search domains; empty: the system's, as resolv_conf has them.
    std::vector<std::string> servers{};
    std::string resolv_conf = "/etc/resolv.conf";
    std::uint16_t port = 53;  ///< of servers that are named without one
    std::string hosts_file = "/etc/hosts";
    Nanoseconds try_timeout = std::chrono::seconds(2);
    Nanoseconds total_timeout = std::chrono::seconds(3);
    /// When one family has answered, how long to wait for the other (RFC 8305 §3).
    Nanoseconds family_delay = std::chrono::milliseconds(50);
    Nanoseconds min_ttl = std::chrono::seconds(1);
    Nanoseconds max_ttl = std::chrono::hours(1);
    Nanoseconds negative_ttl = std::chrono::seconds(5);  ///< after a failure: so long no new query
    Nanoseconds keep_stale = std::chrono::hours(1);      ///< so old an answer still serves while no better is to be had
    std::size_t cache_entries = 1024;                    ///< the name not asked for longest goes first
    std::size_t max_queries = 256;                       ///< names being looked up at once
    Nanoseconds file_check = std::chrono::seconds(5);    ///< how often at most the two files are looked at
};

/// One loop's resolver with its cache. Literals, "localhost" and /etc/hosts need no network.
///
/// - IP literals are answered at once. Text that is no host name is refused, and so is a name whose last label is a
/// number:
///   "127.1" and "0x7f000001" are not addresses here.
/// - "localhost" and names under it never reach the network (RFC 6761 §6.3): the hosts file, else 127.0.0.1 and ::1.
/// - The hosts file goes before DNS. It and resolv.conf are read again when they have changed. Queries under way still
///   ask the servers they began with; those that begin afterwards ask the new ones, failed names at once.
/// - DNS: one flight per name however many ask. Answers live as long as their shortest TTL, between min_ttl and
/// max_ttl.
/// - A failed refresh (time-out, SERVFAIL, REFUSED, nonsense) leaves the last good answer in service for keep_stale
/// from when
///   it was learned (RFC 8767), given at once while a new attempt is made every negative_ttl. "No such name" is an
///   answer and not a failure: it replaces what was known.
class Resolver {
  public:
    /// Addresses with the given port, IPv6 and IPv4 interleaved (RFC 8305 §4), at least one and at most 32. Or
    /// Errc::resolve: no host name, no such name, no address, or the servers failed; Errc::timeout; Errc::busy: too
    /// many names at once; Errc::config: `servers` is not a list of addresses.
    using Answer = std::function<void(const Result<std::vector<Address>>&)>;

    Resolver(Loop& loop, ResolverOptions options = {});
    /// Nobody is answered any more. Requires: not inside an Answer.
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    /// Calls back once, perhaps before it returns. `owner` may cancel().
    void resolve(std::string_view name, std::uint16_t port, const void* owner, Answer answer);
    /// No answer of this owner comes any more. Costs nothing when nobody waits.
    void cancel(const void* owner);

    /// Names in the cache.
    [[nodiscard]] std::size_t size() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gw::net
