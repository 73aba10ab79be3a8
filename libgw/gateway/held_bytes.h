#pragma once
// The memory of all bodies that are held whole, and whose they are.

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "libgw/config/model.h"

namespace gw::gateway {

/// Bytes that are allocated for bodies, in all and for each client (IPv6 by /64). Safe: the sum is an atomic word that
/// is right by itself; the clients' are sixteen shards, each with its own lock held for one look-up, and as many as
/// hold something. Touched for each piece of a body, never for a request without one.
class HeldBytes {
  public:
    /// By all clients together, and by one of them.
    static constexpr std::uint64_t kMost = 4 * config::kMostHeldBody;
    static constexpr std::uint64_t kMostOfOne = config::kMostHeldBody;

    enum class Taken : std::uint8_t { yes, too_many, too_many_of_one };
    /// `client`: a text of key_of(), "" for one who has no address and no share.
    Taken take(const std::string& client, std::uint64_t bytes);
    void give_back(const std::string& client, std::uint64_t bytes);
    [[nodiscard]] std::uint64_t total() const { return total_.load(std::memory_order_relaxed); }

    /// What is one client: an IPv4 address, or the network of an IPv6 address. "" for what is no address.
    static std::string key_of(std::string_view address);

  private:
    struct Shard {
        std::mutex mutex;
        std::unordered_map<std::string, std::uint64_t> bytes;
    };
    bool take(std::uint64_t bytes);
    Shard& shard_of(const std::string& client);
    std::atomic<std::uint64_t> total_{0};
    std::array<Shard, 16> shards_;
};

}  // namespace gw::gateway
