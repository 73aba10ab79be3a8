#include "libgw/gateway/limits.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "libgw/base/crypto.h"
#include "libgw/io/net/tls.h"
#include "libgw/io/store/leased_counts.h"
#include "libgw/io/store/memory_counts.h"
#include "libgw/io/store/redis_ledger.h"
#include "libgw/io/store/sqlite_ledger.h"
#include "libgw/policy/reasons.h"

namespace gw::gateway {
namespace {

Result<throttle::Limit> limit_of(const config::Throttle& throttle) {
    return throttle::Limit::make(throttle.rate, config::burst_of(throttle));
}

/// Names stay the same while what they name does, whatever its number in a list.
std::string name_of(const config::Api& api) { return fmt::format("{}/{}", api.name, api.stage); }

Result<HashSeed> make_seed() { return HashSeed{TRY(random_seed()), TRY(random_seed())}; }

}  // namespace

Result<RouteLimit> Limits::of(const config::Api& api, const config::Route& route, Instant now) const {
    using Kind = config::ThrottleBy::Kind;
    RouteLimit made;
    const config::Throttle* throttle = config::throttle_of(api, route);
    if (throttle == nullptr) return made;
    const throttle::Limit limit = TRY(limit_of(*throttle));
    made.by = throttle->by;
    // one bucket for each client is one for the whole stage, unless the route has a throttle of its own
    const std::string owner =
        route.throttle || made.by.kind == Kind::route ? name_of(api) + "/" + route.route_key : name_of(api);
    switch (made.by.kind) {
        case Kind::route: made.reason = reason::kThrottleRoute; break;
        case Kind::stage: made.reason = reason::kThrottleStage; break;
        default: made.reason = reason::kThrottleClient; break;
    }
    const bool keyed = made.by.kind != Kind::route && made.by.kind != Kind::stage;
    made.meter = counts->meter(fmt::format("{}/{}/{}", keyed ? "client" : "route", static_cast<int>(made.by.kind),
                                           made.by.name.empty() ? owner : owner + "/" + made.by.name),
                               limit, keyed, now);
    return made;
}

Result<KeyLimits> limits_of_key(store::Counts& counts, const config::Model& model, const config::UsagePlan& plan,
                                std::string_view id, Instant now, Date date) {
    KeyLimits limits;
    limits.plan = &plan;
    const std::string owner = fmt::format("plan/{}/{}", plan.name, id);
    if (plan.throttle) limits.meter = counts.meter(owner, TRY(limit_of(*plan.throttle)), false, now);
    if (plan.quota)
        limits.tally =
            counts.tally(owner, throttle::Quota{plan.quota->limit, plan.quota->offset, plan.quota->period}, date);
    for (const config::ApiStage& stage : plan.api_stages)
        for (const config::Api& api : model.apis) {
            if (api.id != stage.api_id || api.stage != stage.stage) continue;
            for (const auto& [method, throttle] : stage.throttle) {
                const config::Route* route = config::find_method(api, method);
                if (route == nullptr)
                    return Error{Errc::config, fmt::format("no route is {}", method), {}, throttle.where};
                limits.methods[route] = counts.meter(fmt::format("{}/{}/{}", owner, name_of(api), route->route_key),
                                                     TRY(limit_of(throttle)), false, now);
            }
        }
    return limits;
}

Result<Limits> make_limits(const config::Model& model, std::shared_ptr<store::Counts> counts, Instant now, Date date) {
    Limits made;
    made.counts = std::move(counts);
    if (model.throttling.account)
        made.account = made.counts->meter("account", TRY(limit_of(*model.throttling.account)), false, now);
    for (const config::ApiKey& key : model.api_keys) {
        if (key.plan.empty()) continue;
        const auto plan = std::find_if(model.usage_plans.begin(), model.usage_plans.end(),
                                       [&](const config::UsagePlan& one) { return one.name == key.plan; });
        // whoever has lost his plan has lost his limits
        if (plan == model.usage_plans.end())
            return Error{Errc::config, fmt::format("there is no usage plan '{}'", key.plan), {}, key.where};
        made.keys.emplace(key.id, TRY(limits_of_key(*made.counts, model, *plan, key.id, now, date)));
    }
    return made;
}

Result<std::shared_ptr<store::Counts>> open_counts(
    const config::Model& model, const std::function<Result<std::string>(const std::string& path)>& read_file) {
    const config::Throttling& throttling = model.throttling;
    const config::CountsPlace& from = throttling.counts;
    if (from.kind == config::CountsPlace::Kind::memory) return std::shared_ptr<store::Counts>();
    store::LeasedCounts::MakeLedger make = [&](net::Loop& loop) { return store::SqliteLedger::open(loop, from.path); };
    store::RedisPlace place{from.host, from.port, from.database,
                            nullptr,   from.user, Secret(std::string(throttling.counts_password_value))};
    if (from.secure) {
        net::TlsClientOptions options;  // always verified: limits that anybody can answer for are none
        if (model.upstream_tls.ca) options.ca_pem = TRY(read_file(*model.upstream_tls.ca).in("upstreamTls.ca"));
        place.tls = TRY(net::TlsContext::make_client(options));
    }
    if (from.kind == config::CountsPlace::Kind::redis)
        make = [&](net::Loop& loop) -> Result<std::unique_ptr<store::Ledger>> {
            return std::unique_ptr<store::Ledger>(std::make_unique<store::RedisLedger>(loop, std::move(place)));
        };
    const HashSeed seed = TRY(make_seed());
    auto opened =
        TRY(store::LeasedCounts::open(seed, {throttling.keys, throttling.gateways}, make).in("throttling.counts"));
    return std::shared_ptr<store::Counts>(std::move(opened));
}

Result<Limits> make_limits(const config::Model& model, const Limits* previous, const config::Model* previous_model,
                           Instant now, Date date) {
    if (previous != nullptr && !previous->counts->standing().place.empty())
        return make_limits(model, previous->counts, now, date);
    // another number of keys is another table, in which nobody has been counted yet
    if (previous != nullptr && previous_model->throttling.keys == model.throttling.keys)
        return make_limits(model, previous->counts, now, date);
    return make_limits(model, std::make_shared<store::MemoryCounts>(TRY(make_seed()), model.throttling.keys), now,
                       date);
}

}  // namespace gw::gateway
