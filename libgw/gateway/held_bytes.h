#pragma once
// The memory of all bodies that are held whole, and whose they are.

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "libgw/config/model.h"
#include "libgw/gateway/client_shares.h"

namespace gw::gateway {

/// Bytes that are allocated for bodies, in all and for each client (IPv6 by /64). Safe: the sum is an atomic word that
/// is right by itself, and the clients' shares are safe as such. Touched for each piece of a body, never for a request
/// without one.
class HeldBytes {
  public:
    /// By all clients together, and by one of them.
    static constexpr std::uint64_t kMost = 4 * config::kMostHeldBody;
    static constexpr std::uint64_t kMostOfOne = config::kMostHeldBody;

    /// Where the process may have `memory` bytes: no more than half of them in all, and half of that by one client.
    /// Requires: nobody holds anything yet.
    void fit_into(std::uint64_t memory);

    enum class Taken : std::uint8_t { yes, too_many, too_many_of_one };
    /// `client`: a text of key_of(), "" for one who has no address and no share.
    Taken take(const std::string& client, std::uint64_t bytes);
    void give_back(const std::string& client, std::uint64_t bytes);
    [[nodiscard]] std::uint64_t total() const { return total_.load(std::memory_order_relaxed); }

    /// What is one client: an IPv4 address, or the network of an IPv6 address. "" for what is no address.
    static std::string key_of(std::string_view address);

  private:
    std::uint64_t most_ = kMost;
    std::uint64_t most_of_one_ = kMostOfOne;
    std::atomic<std::uint64_t> total_{0};
    ClientShares shares_;
};

}  // namespace gw::gateway
