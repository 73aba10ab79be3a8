#include "libgw/gateway/counted.h"

#include <algorithm>

#include "libgw/policy/reasons.h"
#include "libgw/wire/http/address.h"

namespace gw::gateway {
namespace {

void add(Counted& counted, const std::shared_ptr<store::Meter>& meter, std::string_view reason,
         std::string_view key = {}) {
    if (meter == nullptr) return;
    counted.asks[counted.count] = {meter.get(), key};
    counted.reasons[counted.count++] = reason;
}

}  // namespace

std::string_view Counted::reason_of(const store::Outcome& outcome) const {
    return outcome.refused == store::Outcome::kNone ? reason::kThrottleQuota : reasons[outcome.refused];
}

Counted count_request(const Limits& limits, const KeyLimits* key, const config::Route& route, const RouteLimit& limit,
                      std::string_view whose) {
    Counted counted;
    if (key != nullptr) {
        const auto method = key->methods.find(&route);
        if (method != key->methods.end()) add(counted, method->second, reason::kThrottlePlanMethod);
        add(counted, key->meter, reason::kThrottlePlan);
        counted.tally = key->tally.get();
    }
    add(counted, limit.meter, limit.reason, whose);
    add(counted, limits.account, reason::kThrottleAccount);
    return counted;
}

bool covers(const config::UsagePlan& plan, const config::Api& api) {
    if (plan.api_stages.empty()) return true;
    for (const config::ApiStage& stage : plan.api_stages)
        if (stage.api_id == api.id && stage.stage == api.stage) return true;
    return false;
}

std::string_view address_key(std::string_view address, std::string& storage) {
    const auto parsed = http::IpAddress::parse(address);
    if (!parsed) return {};
    const auto from = parsed->bytes.begin();
    // an IPv6 client has a whole /64
    if (parsed->is_ipv4())
        storage.assign(from + 12, from + 16);
    else
        storage.assign(from, from + 8);
    return storage;
}

std::string address_text(std::string_view key) {
    http::IpAddress address;
    if (key.size() == 4) {  // ::ffff:0:0/96
        address.bytes[10] = address.bytes[11] = 0xFF;
        std::copy(key.begin(), key.end(), address.bytes.begin() + 12);
        return address.text();
    }
    std::copy_n(key.begin(), std::min(key.size(), address.bytes.size()), address.bytes.begin());
    return address.text() + "/64";
}

}  // namespace gw::gateway
