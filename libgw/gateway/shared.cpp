#include "libgw/gateway/shared.h"

#include <utility>

namespace gw::gateway {

bool ClientCounts::enter(const net::Address& client, std::uint32_t limit) {
    if (client.is_unix()) return true;
    return shares_.take(ClientShares::key_of(client.bytes()), 1, limit == 0 ? UINT64_MAX : limit);
}

void ClientCounts::leave(const net::Address& client) {
    if (!client.is_unix()) shares_.give_back(ClientShares::key_of(client.bytes()), 1);
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
