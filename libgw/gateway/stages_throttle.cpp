// How often: usage plan, route, account, quota, in AWS's order.

#include <fmt/format.h>

#include "libgw/gateway/context.h"
#include "libgw/gateway/counted.h"
#include "libgw/gateway/pipeline.h"
#include "libgw/policy/auth/render.h"
#include "libgw/policy/reasons.h"

namespace gw::gateway {
namespace {

constexpr std::string_view kStage = "throttle";

/// Who is counted. Requests that do not say are counted together.
std::string_view key_of(const Exchange& exchange, const config::ThrottleBy& by, std::string& storage) {
    using Kind = config::ThrottleBy::Kind;
    const Caller& caller = exchange.caller;
    switch (by.kind) {
        case Kind::route:
        case Kind::stage: return {};
        case Kind::ip: return address_key(source_address(exchange), storage);
        case Kind::key: return caller.api_key == nullptr ? std::string_view() : caller.api_key->id;
        case Kind::claim:
            if (caller.token != nullptr) storage = auth::claim_text(caller.token->claims, by.name, exchange.kind);
            return storage;
        case Kind::header: return exchange.request->fields.find(by.name).value_or(std::string_view());
    }
    return {};
}

const KeyLimits* limits_of_key(const Exchange& exchange) {
    if (exchange.caller.api_key == nullptr) return nullptr;
    const auto& keys = exchange.runtime->limits.keys;
    const auto found = keys.find(exchange.caller.api_key->id);
    return found == keys.end() ? nullptr : &found->second;
}

void describe(const Exchange& exchange, const store::Outcome& outcome, const Counted& asked, Throttled& into) {
    into.reason = asked.reason_of(outcome);
    if (outcome.refused == store::Outcome::kNone) {
        const throttle::Quota& quota = asked.tally->quota();
        into.most = quota.limit;
        const Date end = throttle::end_of_period(quota.period, exchange.date);
        into.wait = quota.limit == 0 ? Nanoseconds::max() : end - exchange.date;
        into.window = into.wait;
        return;
    }
    const throttle::Limit& limit = asked.asks[outcome.refused].meter->limit();
    into.left = limit.tokens(outcome.missing);
    into.most = limit.burst();
    into.wait = limit.until_token(outcome.missing);
    into.window = limit.until_full(limit.depth());
}

/// "plan bucket 9/10, route bucket 199/200 -> pass"
std::string told(const Exchange& exchange, const Counted& asked, const Throttled& throttled) {
    std::string text = fmt::format("key {}", exchange.caller.api_key == nullptr ? "-" : exchange.caller.api_key->id);
    const store::Counts& counts = *exchange.runtime->limits.counts;
    for (std::size_t i = 0; i < asked.count; ++i) {
        const throttle::Limit& limit = asked.asks[i].meter->limit();
        text += fmt::format(", {} bucket {}/{}", asked.reasons[i].substr(kStage.size() + 1),
                            limit.tokens(counts.missing(asked.asks[i], exchange.now)), limit.burst());
    }
    if (asked.tally != nullptr)
        text += fmt::format(", quota {}/{}", counts.left(*asked.tally, exchange.date), asked.tally->quota().limit);
    if (throttled.reason.empty()) return text + " -> pass";
    return fmt::format("{} -> {} ({})", text, throttled.shadow ? "pass, for limits are in shadow" : "deny",
                       throttled.reason);
}

Step after_count(Exchange& exchange, Reply& reply);

Step count(Exchange& exchange, Instant now) {
    const Runtime& runtime = *exchange.runtime;
    store::Counts& counts = *runtime.limits.counts;
    std::string storage;
    const Counted asked = count_exchange(exchange, storage);
    if (asked.is_nothing()) return Step::go_on();
    const bool may_wait = now < exchange.counts_until;
    const store::Outcome outcome = may_wait ? counts.take(asked.asked(), asked.tally, now, exchange.date)
                                            : counts.take_alone(asked.asked(), asked.tally, now, exchange.date);
    if (outcome.unknown) {
        if (exchange.counts_until == Instant::max()) exchange.counts_until = now + counts.patience();
        return Step::ask(Effect::count, after_count, exchange.counts_until - now);
    }
    Throttled& throttled = exchange.throttled;
    throttled.at = exchange.now;
    if (!outcome.admitted) {
        describe(exchange, outcome, asked, throttled);
        throttled.shadow = runtime.config->throttling.shadow;
    }
    note(exchange.trace, kStage, [&] { return told(exchange, asked, throttled); });
    if (outcome.admitted || throttled.shadow) return Step::go_on();
    // whoever else wants to read it asks throttled_text() when he writes
    const bool told_why = exchange.trace != nullptr || runtime.config->explain;
    return exchange.refuse(throttled.reason, told_why ? throttled_text(throttled) : std::string());
}

Step after_count(Exchange& exchange, Reply& reply) { return count(exchange, reply.now); }

}  // namespace

Counted count_exchange(const Exchange& exchange, std::string& storage) {
    const RouteRuntime& route = *exchange.route;
    const KeyLimits* key = route.access.api_key ? limits_of_key(exchange) : nullptr;
    const std::string_view whose =
        route.limit.meter == nullptr ? std::string_view() : key_of(exchange, route.limit.by, storage);
    return count_request(exchange.runtime->limits, key, *route.route, route.limit, whose);
}

Step throttle(Exchange& exchange) {
    const KeyLimits* key = exchange.route->access.api_key ? limits_of_key(exchange) : nullptr;
    if (key != nullptr && !covers(*key->plan, *exchange.api->api)) {
        note(exchange.trace, kStage, [&] { return fmt::format("plan {} is for other apis -> deny", key->plan->name); });
        return exchange.refuse(reason::kKeyPlan, fmt::format("plan {}", key->plan->name));
    }
    return count(exchange, exchange.now);
}

}  // namespace gw::gateway
