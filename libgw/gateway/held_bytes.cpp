#include "libgw/gateway/held_bytes.h"

#include <functional>

#include "libgw/wire/http/address.h"

namespace gw::gateway {

std::string HeldBytes::key_of(std::string_view address) {
    const auto parsed = http::IpAddress::parse(address);
    if (!parsed) return {};
    const auto* bytes = reinterpret_cast<const char*>(parsed->bytes.data());
    return parsed->is_ipv4() ? std::string(bytes + 12, 4) : std::string(bytes, 8);
}

HeldBytes::Shard& HeldBytes::shard_of(const std::string& client) {
    return shards_[std::hash<std::string>()(client) % shards_.size()];
}

HeldBytes::Taken HeldBytes::take(const std::string& client, std::uint64_t bytes) {
    if (client.empty()) return take(bytes) ? Taken::yes : Taken::too_many;
    Shard& shard = shard_of(client);
    std::lock_guard hold(shard.mutex);
    const auto found = shard.bytes.try_emplace(client).first;
    Taken taken = Taken::too_many_of_one;
    if (found->second + bytes <= kMostOfOne) taken = take(bytes) ? Taken::yes : Taken::too_many;
    if (taken == Taken::yes) found->second += bytes;
    if (found->second == 0) shard.bytes.erase(found);
    return taken;
}

bool HeldBytes::take(std::uint64_t bytes) {
    if (total_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= kMost) return true;
    total_.fetch_sub(bytes, std::memory_order_relaxed);
    return false;
}

void HeldBytes::give_back(const std::string& client, std::uint64_t bytes) {
    if (bytes == 0) return;
    total_.fetch_sub(bytes, std::memory_order_relaxed);
    if (client.empty()) return;
    Shard& shard = shard_of(client);
    std::lock_guard hold(shard.mutex);
    const auto found = shard.bytes.find(client);
    if (found == shard.bytes.end()) return;
    found->second -= bytes;
    if (found->second == 0) shard.bytes.erase(found);
}

}  // namespace gw::gateway
