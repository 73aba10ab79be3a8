#include "libgw/gateway/client_shares.h"

#include <functional>

namespace gw::gateway {

std::string ClientShares::key_of(std::string_view address_bytes) {
    return std::string(address_bytes.substr(0, address_bytes.size() == 16 ? 8 : address_bytes.size()));
}

ClientShares::Shard& ClientShares::shard_of(const std::string& client) {
    return shards_[std::hash<std::string>()(client) % shards_.size()];
}

bool ClientShares::take(const std::string& client, std::uint64_t amount, std::uint64_t most) {
    Shard& shard = shard_of(client);
    std::lock_guard hold(shard.mutex);
    const auto found = shard.amounts.try_emplace(client).first;
    const bool fits = amount <= most && found->second <= most - amount;
    if (fits) found->second += amount;
    if (found->second == 0) shard.amounts.erase(found);
    return fits;
}

void ClientShares::give_back(const std::string& client, std::uint64_t amount) {
    Shard& shard = shard_of(client);
    std::lock_guard hold(shard.mutex);
    const auto found = shard.amounts.find(client);
    if (found != shard.amounts.end() && (found->second -= amount) == 0) shard.amounts.erase(found);
}

}  // namespace gw::gateway
