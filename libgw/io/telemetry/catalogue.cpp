#include "libgw/io/telemetry/catalogue.h"

#include "libgw/io/telemetry/access_log.h"

namespace gw::telemetry {

namespace {

StatusCounters status_counters(Metrics& metrics, std::string_view name, std::string_view help, const Labels& labels) {
    constexpr std::array<std::string_view, 6> kClasses = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
    StatusCounters counters;
    for (std::size_t i = 0; i < kClasses.size(); ++i) {
        Labels all = labels;
        all.emplace_back("status", kClasses[i]);
        counters.classes[i] = metrics.counter(name, help, std::move(all));
    }
    return counters;
}

}  // namespace

RouteMetrics RouteMetrics::in(Metrics& metrics, std::string_view route) {
    const Labels labels = {{"route", std::string(route)}};
    RouteMetrics all;
    all.requests =
        status_counters(metrics, "gw_requests_total", "Requests answered, by route and class of status.", labels);
    all.duration = metrics.histogram("gw_request_duration_seconds",
                                     "Time from the head of a request to the last byte of its answer.", labels);
    all.request_bytes = metrics.counter("gw_request_body_bytes_total", "Bytes of request bodies.", labels);
    all.response_bytes = metrics.counter("gw_response_body_bytes_total", "Bytes of answers' bodies.", labels);
    return all;
}

UpstreamMetrics UpstreamMetrics::in(Metrics& metrics, std::string_view upstream) {
    const Labels labels = {{"upstream", std::string(upstream)}};
    UpstreamMetrics all;
    all.requests = status_counters(metrics, "gw_upstream_requests_total",
                                   "Requests sent to targets, by upstream and class of status.", labels);
    all.duration = metrics.histogram("gw_upstream_duration_seconds",
                                     "Time from sending a request to the head of the target's answer.", labels);
    all.failures = metrics.counter("gw_upstream_failures_total", "Requests that no target answered.", labels);
    all.retries = metrics.counter("gw_upstream_retries_total", "Requests sent to another target.", labels);
    all.ejections = metrics.counter("gw_upstream_ejections_total", "Times a target was taken out for errors.", labels);
    all.outstanding = metrics.gauge("gw_upstream_outstanding", "Requests that wait for a target.", labels);
    all.connections = metrics.gauge("gw_upstream_connections", "Open connections to targets.", labels);
    return all;
}

GroupMetrics GroupMetrics::in(Metrics& metrics, std::string_view group) {
    const Labels labels = {{"upstream", "group:" + std::string(group)}};
    GroupMetrics all;
    all.targets = metrics.gauge("gw_upstream_targets", "Targets configured, by group.", labels);
    all.healthy = metrics.gauge("gw_upstream_healthy_targets", "Targets that take requests, by group.", labels);
    all.ejected = metrics.gauge("gw_upstream_ejected_targets", "Targets taken out for errors, by group.", labels);
    return all;
}

ArmMetrics ArmMetrics::in(Metrics& metrics, std::string_view api, std::string_view arm) {
    const Labels labels = {{"api", std::string(api)}, {"arm", std::string(arm)}};
    ArmMetrics all;
    all.requests = status_counters(metrics, "gw_canary_requests_total",
                                   "Requests answered by each version, by class of status.", labels);
    all.duration =
        metrics.histogram("gw_canary_request_duration_seconds",
                          "Time from the head of a request to the last byte of its answer, by version.", labels);
    return all;
}

CacheMetrics CacheMetrics::in(Metrics& metrics, std::span<const std::string_view> outcomes) {
    CacheMetrics all;
    for (std::size_t i = 0; i < outcomes.size(); ++i)
        all.requests[i] =
            metrics.counter("gw_cache_requests_total", "Requests that met the response cache, by outcome.",
                            {{"outcome", std::string(outcomes[i])}});
    all.stored = metrics.counter("gw_cache_stored_total", "Answers that were kept.", {});
    all.evicted = metrics.counter("gw_cache_evictions_total", "Keys whose answers made room for others.", {});
    all.bytes = metrics.gauge("gw_cache_bytes", "Memory of answers that are kept.", {});
    all.answers = metrics.gauge("gw_cache_keys", "Keys under which answers are kept.", {});
    return all;
}

IssuerMetrics IssuerMetrics::in(Metrics& metrics, std::string_view issuer) {
    const auto counter = [&](std::string_view result) {
        return metrics.counter("gw_jwks_fetches_total", "Fetches of issuers' keys, by issuer and result.",
                               {{"issuer", std::string(issuer)}, {"result", std::string(result)}});
    };
    return {counter("ok"), counter("failed")};
}

AuthorizationMetrics AuthorizationMetrics::in(Metrics& metrics, std::string_view api, std::string_view authorizer) {
    const auto counter = [&](std::string_view decision) {
        return metrics.counter(
            "gw_authorizations_total", "Requests that were judged by who calls, by api, authorizer and decision.",
            {{"api", std::string(api)}, {"authorizer", std::string(authorizer)}, {"decision", std::string(decision)}});
    };
    return {counter("allow"), counter("deny"), counter("error")};
}

Counter refusal_counter(Metrics& metrics, std::string_view reason) {
    return metrics.counter("gw_refusals_total", "Requests that the gateway refused, by reason.",
                           {{"reason", std::string(reason)}});
}

Counter throttled_counter(Metrics& metrics, std::string_view layer, bool shadow) {
    return metrics.counter("gw_throttled_total", "Requests over a limit, by layer; those of mode shadow went on.",
                           {{"layer", std::string(layer)}, {"mode", shadow ? "shadow" : "enforced"}});
}

void watch_process(Metrics& metrics, const AccessLog* log, std::string_view version) {
    metrics.watch(MetricKind::gauge, "gw_build_info", "1, with the version of the program.",
                  {{"version", std::string(version)}}, [] { return std::int64_t{1}; });
    if (log == nullptr) return;
    const auto lines = [&](std::string_view name, std::string_view help, Labels labels,
                           std::uint64_t AccessLogCounts::* member) {
        metrics.watch(MetricKind::counter, name, help, std::move(labels),
                      [log, member] { return static_cast<std::int64_t>(log->counts().*member); });
    };
    constexpr std::string_view kDropped = "Access-log lines lost.";
    lines("gw_log_lines_total", "Access-log lines written.", {}, &AccessLogCounts::written);
    lines("gw_log_dropped_total", kDropped, {{"cause", "full"}}, &AccessLogCounts::dropped);
    lines("gw_log_dropped_total", kDropped, {{"cause", "failed"}}, &AccessLogCounts::failed);
}

}  // namespace gw::telemetry
