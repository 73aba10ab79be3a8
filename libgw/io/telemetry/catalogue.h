#pragma once
// The metrics of the gateway by name. Whoever counts holds these handles; nobody else knows the names.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "libgw/io/telemetry/metrics.h"

namespace gw::telemetry {

/// Counters for the classes of a status: 1xx to 5xx, and what has no status (a broken connection).
struct StatusCounters {
    std::array<Counter, 6> classes;
    [[nodiscard]] Counter of(std::uint16_t status) const {
        return status >= 100 && status < 600 ? classes[status / 100U] : classes[0];
    }
};

/// One route. `route` is its api and key: "default GET /orders/{id}".
struct RouteMetrics {
    StatusCounters requests;  ///< gw_requests_total{route,status}
    Histogram duration;       ///< gw_request_duration_seconds{route}
    Counter request_bytes;    ///< gw_request_body_bytes_total{route}
    Counter response_bytes;   ///< gw_response_body_bytes_total{route}
    static RouteMetrics in(Metrics& metrics, std::string_view route);
};

/// One target, of a group or of a route alone. `upstream` is its URL: "http://127.0.0.1:3001".
struct UpstreamMetrics {
    StatusCounters requests;  ///< gw_upstream_requests_total{upstream,status}
    Histogram duration;       ///< gw_upstream_duration_seconds{upstream}: to the head of the answer
    Counter failures;         ///< gw_upstream_failures_total{upstream}: no answer: refused, reset, too late
    Counter retries;          ///< gw_upstream_retries_total{upstream}
    Counter ejections;        ///< gw_upstream_ejections_total{upstream}: counted by the house loop only
    Gauge outstanding;        ///< gw_upstream_outstanding{upstream}
    Gauge connections;        ///< gw_upstream_connections{upstream}: set by the house loop only
    static UpstreamMetrics in(Metrics& metrics, std::string_view upstream);
};

/// One group of targets, as "group:NAME". Set by the house loop only.
struct GroupMetrics {
    Gauge targets;  ///< gw_upstream_targets{upstream}
    Gauge healthy;  ///< gw_upstream_healthy_targets{upstream}: passed their checks and not ejected
    Gauge ejected;  ///< gw_upstream_ejected_targets{upstream}: taken out by outlier detection, or on trial after that
    static GroupMetrics in(Metrics& metrics, std::string_view group);
};

/// One arm of a canary. `api` is "NAME/STAGE", `arm` stable or canary.
struct ArmMetrics {
    StatusCounters requests;  ///< gw_canary_requests_total{api,arm,status}
    Histogram duration;       ///< gw_canary_request_duration_seconds{api,arm}
    static ArmMetrics in(Metrics& metrics, std::string_view api, std::string_view arm);
};

/// What the response cache did: one of `outcomes`, its words, for each request that met it.
struct CacheMetrics {
    static constexpr std::size_t kMost = 12;
    std::array<Counter, kMost> requests;  ///< gw_cache_requests_total{outcome}
    Counter stored;                       ///< gw_cache_stored_total
    Counter evicted;                      ///< gw_cache_evictions_total: counted by the house loop only
    Gauge bytes;                          ///< gw_cache_bytes: set by the house loop only
    Gauge answers;                        ///< gw_cache_keys: set by the house loop only
    /// Requires: at most kMost words.
    static CacheMetrics in(Metrics& metrics, std::span<const std::string_view> outcomes);
};

/// One issuer of tokens whose keys are fetched, by its URL. Counted by the house loop only.
struct IssuerMetrics {
    Counter fetched;  ///< gw_jwks_fetches_total{issuer,result="ok"}
    Counter failed;   ///< gw_jwks_fetches_total{issuer,result="failed"}: of its discovery document or of its keys
    static IssuerMetrics in(Metrics& metrics, std::string_view issuer);
};

/// What came of asking who calls, at the routes of one api that ask in one way: "jwt", "iam", "key", "policy" or the
/// name of an authorizer.
struct AuthorizationMetrics {
    Counter allowed;  ///< gw_authorizations_total{api,authorizer,decision="allow"}
    Counter denied;   ///< gw_authorizations_total{api,authorizer,decision="deny"}
    Counter failed;   ///< gw_authorizations_total{api,authorizer,decision="error"}: nothing to judge with, or by
    static AuthorizationMetrics in(Metrics& metrics, std::string_view api, std::string_view authorizer);
};

/// Requests that the gateway itself refused, one counter a reason word: gw_refusals_total{reason}.
Counter refusal_counter(Metrics& metrics, std::string_view reason);

/// Requests that a limit said no to, one counter a layer: gw_throttled_total{layer,mode}; `shadow`: they went on.
Counter throttled_counter(Metrics& metrics, std::string_view layer, bool shadow);

class AccessLog;

/// gw_log_lines_total and gw_log_dropped_total{cause}, and gw_build_info{version}. `log` must outlive the metrics, or
/// be null.
void watch_process(Metrics& metrics, const AccessLog* log, std::string_view version);

}  // namespace gw::telemetry
