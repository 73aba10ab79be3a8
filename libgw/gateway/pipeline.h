#pragma once
// The pipeline. The table in pipeline.cpp is the program; DESIGN and libgw/README.md show it.

#include <span>
#include <string_view>

#include "libgw/gateway/exchange.h"
#include "libgw/gateway/step.h"

namespace gw::gateway {

/// One step of a request's way in.
struct Stage {
    std::string_view name;
    Step (*run)(Exchange&);
    /// Whether a route needs it; what it does not need its requests do not visit.
    bool (*needed)(const Runtime&, const RouteRuntime&);
};

/// Every stage, in order.
std::span<const Stage> way_in();

/// The stages that this route needs, as positions in way_in().
std::vector<std::uint8_t> stages_of(const Runtime& runtime, const RouteRuntime& route);

/// Runs from exchange.stage on until a stage responds or asks.
Step advance(Exchange& exchange);
/// Goes on after the world has replied to `asked`.
Step resume(Exchange& exchange, const Step& asked, Reply& reply);

// ── the stages (stages_*.cpp) ──
Step find_route(Exchange&);        ///< policy/routing                404 · 403 · 413
Step answer_preflight(Exchange&);  ///< policy/cors                   204
Step authorize(Exchange&);         ///< policy/auth, iam              401 · 403 · 503
Step throttle(Exchange&);          ///< policy/throttle               429 · 403
Step choose_version(Exchange&);    ///< policy/canary
Step look_up(Exchange&);           ///< policy/cache                  a hit: out · 403 · 504
Step inject_faults(Exchange&);     ///< --delay, --fail
Step integrate(Exchange&);         ///< policy/integration, balance: asks · 502 · 503 · 504

/// Whether the policies let the caller ask for a new answer (execute-api:InvalidateCache). False where nobody signed.
bool may_invalidate_cache(const Exchange& exchange);

/// What the hash of a group goes by, for this request; nothing when the request does not have it.
std::optional<std::uint64_t> hash_key_of(const Exchange& exchange, const GroupRuntime& group);

}  // namespace gw::gateway
