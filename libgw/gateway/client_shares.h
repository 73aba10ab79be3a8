#pragma once
// How much of something each client has.

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gw::gateway {

/// Amounts by client. Safe: sixteen shards, each with its own lock held for one look-up; as many entries as there are
/// clients that have something.
class ClientShares {
  public:
    /// False, and nothing taken, when `client` would have more than `most`.
    bool take(const std::string& client, std::uint64_t amount, std::uint64_t most);
    void give_back(const std::string& client, std::uint64_t amount);

    /// What is one client: an IPv4 address (4 bytes), or the /64 of an IPv6 address (16 bytes).
    static std::string key_of(std::string_view address_bytes);

  private:
    struct Shard {
        std::mutex mutex;
        std::unordered_map<std::string, std::uint64_t> amounts;
    };
    Shard& shard_of(const std::string& client);
    std::array<Shard, 16> shards_;
};

}  // namespace gw::gateway
