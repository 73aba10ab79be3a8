#pragma once
// What one request is counted in, in AWS's order. The stage `throttle` asks for it, and so does whoever replays or
// simulates what it would decide.

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "libgw/gateway/limits.h"

namespace gw::gateway {

struct Exchange;

/// Buckets and quota of one request. The keys of `asks` are views of what whoever asked holds.
struct Counted {
    std::array<store::Ask, store::Counts::kMostAsks> asks;
    std::array<std::string_view, store::Counts::kMostAsks> reasons;  ///< when that one says no
    std::size_t count = 0;
    store::Tally* tally = nullptr;

    [[nodiscard]] bool is_nothing() const { return count == 0 && tally == nullptr; }
    [[nodiscard]] std::span<const store::Ask> asked() const { return std::span(asks).first(count); }
    /// The word of what said no. Requires: `outcome` is of these asks, and not admitted.
    [[nodiscard]] std::string_view reason_of(const store::Outcome& outcome) const;
};

/// The plan's for the method, the plan's, the route's (or stage's or client's), the account's; the quota last. `key`:
/// null where the route asks for no API key, or the key has no plan. `whose`: the client, where the route's limit has a
/// bucket for each.
Counted count_request(const Limits& limits, const KeyLimits* key, const config::Route& route, const RouteLimit& limit,
                      std::string_view whose);

/// Those of an exchange that has come to its stage `throttle`. `storage` has to live as long as what is returned.
Counted count_exchange(const Exchange& exchange, std::string& storage);

/// Whether keys of the plan may call the api.
bool covers(const config::UsagePlan& plan, const config::Api& api);

/// An IPv4 address, or the /64 of an IPv6 one: whoever has one address of it has them all. "" for what is no address.
std::string_view address_key(std::string_view address, std::string& storage);
/// Such a key for people: "192.0.2.1", "2001:db8:1:2::/64".
std::string address_text(std::string_view key);

}  // namespace gw::gateway
