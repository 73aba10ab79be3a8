#pragma once
// What all workers share, and why that is safe.

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "libgw/base/clock.h"
#include "libgw/gateway/client_shares.h"
#include "libgw/gateway/held_bytes.h"
#include "libgw/gateway/issuer.h"
#include "libgw/io/net/address.h"

namespace gw::gateway {

/// Connections of each client address (IPv6 by /64). Touched when a connection is accepted and when it ends, never for
/// a request. Safe as its shares are; bounded by the number of connections.
class ClientCounts {
  public:
    /// False when the client has `limit` already (0: no limit). Unix sockets do not count.
    bool enter(const net::Address& client, std::uint32_t limit);
    void leave(const net::Address& client);

  private:
    ClientShares shares_;
};

/// TLS handshakes with clients that failed. Safe: a lock held for a copy of two short texts; touched by no request.
class FailedHandshakes {
  public:
    void add(const net::Address& peer, std::string_view why);
    [[nodiscard]] std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }
    /// Peer and cause of one that failed since this was last asked; empty: none has.
    [[nodiscard]] std::string take_example();

  private:
    std::atomic<std::uint64_t> count_{0};
    std::mutex mutex_;
    std::string example_;
};

/// Counters that belong to the process and not to a configuration. Safe: each is one atomic word, right by itself.
struct Shared {
    std::atomic<std::uint32_t> connections{0};  ///< open, from clients
    std::atomic<std::uint64_t> accepted{0};
    std::atomic<std::uint64_t> refused_connections{
        0};  ///< closed at accept: too many, too many of one client, overload
    std::atomic<std::uint64_t> reloads{0};
    std::atomic<std::uint64_t> reload_failures{0};
    std::atomic<bool> last_reload_ok{true};
    std::atomic<bool> draining{false};
    std::atomic<bool> backend_ready{true};  ///< false until the command behind the gateway listens
    std::atomic<std::uint8_t> overload{0};  ///< the rung of the ladder: 0, 85, 92, 95, 98
    std::atomic<std::uint64_t> internal_errors{0};
    ClientCounts clients;
    HeldBytes held;
    FailedHandshakes handshakes;
    /// Any thread: KeyFetcher::want() on the house loop, where `told` is called. Set before the workers start.
    std::function<void(std::shared_ptr<Issuer>, std::string kid, std::function<void()> told)> want_keys;
    Instant started;
    Date started_date;
};

}  // namespace gw::gateway
