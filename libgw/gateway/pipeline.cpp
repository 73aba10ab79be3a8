#include "libgw/gateway/pipeline.h"

#include <array>

#include "libgw/policy/reasons.h"

namespace gw::gateway {
namespace {

bool always(const Runtime&, const RouteRuntime&) { return true; }
bool has_faults(const Runtime&, const RouteRuntime& route) {
    return route.delay.has_value() || route.fault.has_value();
}

bool is_judged(const Runtime&, const RouteRuntime& route) { return route.access.is_judged(); }

bool is_limited(const Runtime& runtime, const RouteRuntime& route) {
    return route.limit.meter != nullptr || runtime.limits.account != nullptr ||
           (route.access.api_key && !runtime.limits.keys.empty());
}

bool has_cache(const Runtime&, const RouteRuntime& route) {
    return route.stable.cache != nullptr || (route.canary && route.canary->cache != nullptr);
}

bool has_canary(const Runtime&, const RouteRuntime& route) { return route.canary.has_value(); }

constexpr std::array<Stage, 8> kWayIn = {{
    {"route", find_route, always},
    {"cors", answer_preflight, always},
    {"authorize", authorize, is_judged},
    {"throttle", throttle, is_limited},
    {"canary", choose_version, has_canary},
    {"cache", look_up, has_cache},
    {"faults", inject_faults, has_faults},
    {"integrate", integrate, always},
}};

/// Those that a request passes before it has a route: a preflight needs none.
constexpr std::size_t kBeforeRoute = 2;

}  // namespace

std::span<const Stage> way_in() { return kWayIn; }

std::vector<std::uint8_t> stages_of(const Runtime& runtime, const RouteRuntime& route) {
    std::vector<std::uint8_t> needed;
    for (std::size_t i = 0; i < kWayIn.size(); ++i)
        if (kWayIn[i].needed(runtime, route)) needed.push_back(static_cast<std::uint8_t>(i));
    return needed;
}

Step advance(Exchange& exchange) {
    while (exchange.stage < kBeforeRoute) {
        const Step step = kWayIn[exchange.stage++].run(exchange);
        if (step.kind != Step::Kind::next) return step;
    }
    // from here on there is a route, and its own list
    const auto& stages = exchange.route->stages;
    while (exchange.stage < stages.size()) {
        const Step step = kWayIn[stages[exchange.stage++]].run(exchange);
        if (step.kind != Step::Kind::next) return step;
    }
    return exchange.refuse(reason::kInternal, "no stage answered");
}

Step resume(Exchange& exchange, const Step& asked, Reply& reply) {
    const Step step = asked.resume(exchange, reply);
    return step.kind == Step::Kind::next ? advance(exchange) : step;
}

}  // namespace gw::gateway
