#include "libgw/gateway/held_bytes.h"

#include <algorithm>

#include "libgw/wire/http/address.h"

namespace gw::gateway {

std::string HeldBytes::key_of(std::string_view address) {
    const auto parsed = http::IpAddress::parse(address);
    if (!parsed) return {};
    const std::string_view bytes(reinterpret_cast<const char*>(parsed->bytes.data()), parsed->bytes.size());
    return ClientShares::key_of(parsed->is_ipv4() ? bytes.substr(12) : bytes);
}

void HeldBytes::fit_into(std::uint64_t memory) {
    most_ = std::min(kMost, memory / 2);
    most_of_one_ = std::min(kMostOfOne, most_ / 2);
}

HeldBytes::Taken HeldBytes::take(const std::string& client, std::uint64_t bytes) {
    if (!client.empty() && !shares_.take(client, bytes, most_of_one_)) return Taken::too_many_of_one;
    if (total_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= most_) return Taken::yes;
    total_.fetch_sub(bytes, std::memory_order_relaxed);
    if (!client.empty()) shares_.give_back(client, bytes);
    return Taken::too_many;
}

void HeldBytes::give_back(const std::string& client, std::uint64_t bytes) {
    if (bytes == 0) return;
    total_.fetch_sub(bytes, std::memory_order_relaxed);
    if (!client.empty()) shares_.give_back(client, bytes);
}

}  // namespace gw::gateway
