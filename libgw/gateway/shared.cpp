#include "libgw/gateway/shared.h"

#include <functional>
#include <utility>

namespace gw::gateway {

std::string ClientCounts::key_of(const net::Address& client) {
    const std::string_view bytes = client.bytes();
    return std::string(bytes.substr(0, bytes.size() == 16 ? 8 : bytes.size()));
}

ClientCounts::Shard& ClientCounts::shard_of(const std::string& key) {
    return shards_[std::hash<std::string>()(key) % shards_.size()];
}

bool ClientCounts::enter(const net::Address& client, std::uint32_t limit) {
    if (client.is_unix()) return true;
    const std::string key = key_of(client);
    Shard& shard = shard_of(key);
    std::lock_guard hold(shard.mutex);
    std::uint32_t& count = shard.counts[key];
    if (limit != 0 && count >= limit) return false;
    ++count;
    return true;
}

void ClientCounts::leave(const net::Address& client) {
    if (client.is_unix()) return;
    const std::string key = key_of(client);
    Shard& shard = shard_of(key);
    std::lock_guard hold(shard.mutex);
    const auto found = shard.counts.find(key);
    if (found != shard.counts.end() && --found->second == 0) shard.counts.erase(found);
}

void FailedHandshakes::add(const net::Address& peer, std::string_view why) {
    count_.fetch_add(1, std::memory_order_relaxed);
    std::lock_guard hold(mutex_);
    if (!example_.empty()) return;
    example_ = peer.is_unix() ? "unix" : peer.host();
    example_ += ": ";
    example_ += why;
}

std::string FailedHandshakes::take_example() {
    std::lock_guard hold(mutex_);
    return std::exchange(example_, {});
}

}  // namespace gw::gateway
