#include "libgw/gateway/telemetry.h"

#include "libgw/gateway/exchange.h"
#include "libgw/io/telemetry/catalogue.h"

namespace gw::gateway {

Telemetry::Telemetry(Log& log, std::size_t workers) : log_(log), metrics_(workers + 1), workers_(workers) {
    constexpr std::string_view kLimits = "throttle.";
    for (std::size_t i = 0; i < kReasons.size(); ++i) {
        refusals_[i] = telemetry::refusal_counter(metrics_, kReasons[i].word);
        if (!kReasons[i].word.starts_with(kLimits)) continue;
        const std::string_view layer = kReasons[i].word.substr(kLimits.size());
        throttled_[i] = telemetry::throttled_counter(metrics_, layer, false);
        shadowed_[i] = telemetry::throttled_counter(metrics_, layer, true);
    }
}

void Telemetry::watch_limits(std::function<std::uint64_t()> overflowed) {
    metrics_.watch(telemetry::MetricKind::counter, "gw_throttle_overflow_total",
                   "Requests counted in a bucket that several clients share, for want of room.", {},
                   [ask = std::move(overflowed)] { return static_cast<std::int64_t>(ask()); });
}

void Telemetry::watch_counts(const store::Counts& counts) {
    using Kind = telemetry::MetricKind;
    const auto add = [&](Kind kind, std::string_view name, std::string_view help, telemetry::Labels labels,
                         auto member) {
        metrics_.watch(kind, name, help, std::move(labels),
                       [&counts, member] { return static_cast<std::int64_t>(counts.standing().*member); });
    };
    using store::CountsStanding;
    constexpr std::string_view kQuestions = "gw_throttle_store_questions_total";
    constexpr std::string_view kHelp =
        "Questions to the place where counts live; late: answered after requests had gone on.";
    add(Kind::gauge, "gw_throttle_store_up", "1 while the place where counts live answers.", {},
        &CountsStanding::is_up);
    add(Kind::counter, kQuestions, kHelp, {{"result", "ok"}}, &CountsStanding::answered);
    add(Kind::counter, kQuestions, kHelp, {{"result", "failed"}}, &CountsStanding::failed);
    add(Kind::counter, kQuestions, kHelp, {{"result", "late"}}, &CountsStanding::late);
    add(Kind::counter, "gw_throttle_alone_total",
        "Requests admitted by what this gateway alone had counted, since the place did not answer.", {},
        &CountsStanding::alone);
    add(Kind::counter, "gw_throttle_waited_total", "Requests that waited for the place to answer.", {},
        &CountsStanding::waited);
}

Result<void> Telemetry::open(const config::Model& config, const LogTarget& target) {
    auto kind = config.logs.format;
    if (kind == config::Logs::Format::automatic)
        kind = target.terminal && config.logs.file.empty() ? config::Logs::Format::human : config::Logs::Format::json;
    switch (kind) {
        case config::Logs::Format::off: return ok();
        case config::Logs::Format::human: format_ = log::Format::human({target.utc_offset, target.colour}); break;
        case config::Logs::Format::clf: format_ = log::Format::clf(); break;
        case config::Logs::Format::automatic:
        case config::Logs::Format::json: format_ = log::Format::json(); break;
        case config::Logs::Format::context: {
            auto compiled = TRY(log::ContextFormat::compile(config.logs.context_format));
            logs_claims_ = compiled.names_claims();
            format_ = log::Format::context(std::move(compiled));
            break;
        }
    }
    telemetry::AccessLog::Options options;
    options.file = config.logs.file;
    options.descriptor = target.descriptor;
    options.workers = workers_;
    sink_ = TRY(telemetry::AccessLog::open(options, log_));
    return ok();
}

void Telemetry::watch(const Shared& shared) {
    using Kind = telemetry::MetricKind;
    const auto add = [&](Kind kind, std::string_view name, std::string_view help, const auto& value) {
        metrics_.watch(kind, name, help, {},
                       [&value] { return static_cast<std::int64_t>(value.load(std::memory_order_relaxed)); });
    };
    add(Kind::gauge, "gw_connections", "open connections from clients", shared.connections);
    add(Kind::counter, "gw_connections_accepted_total", "connections that clients opened", shared.accepted);
    add(Kind::counter, "gw_connections_refused_total", "connections closed at accept: too many, or overload",
        shared.refused_connections);
    add(Kind::counter, "gw_config_reloads_total", "configurations taken while running", shared.reloads);
    add(Kind::counter, "gw_config_reload_failures_total", "configurations that were refused while running",
        shared.reload_failures);
    add(Kind::gauge, "gw_config_last_reload_success", "1 when the last reload took, or none was asked for",
        shared.last_reload_ok);
    add(Kind::gauge, "gw_overload_percent", "the rung of the overload ladder: 0, 85, 92, 95, 98", shared.overload);
    add(Kind::gauge, "gw_draining", "1 while the gateway stops", shared.draining);
    add(Kind::counter, "gw_internal_errors_total", "faults of the gateway itself", shared.internal_errors);
    metrics_.watch(Kind::counter, "gw_tls_handshake_failures_total",
                   "connections of clients that ended in their handshake", {},
                   [&shared] { return static_cast<std::int64_t>(shared.handshakes.count()); });
    telemetry::watch_process(metrics_, sink_.get(), GW_VERSION);
}

namespace {

/// Each target that stands alone and is in no group.
template <class Each>
void for_each_target(const RouteRuntime& route, Each each) {
    if (route.stable.endpoint != nullptr) each(route.stable.upstreams.front(), *route.stable.endpoint);
    if (route.canary && route.canary->endpoint != nullptr)
        each(route.canary->upstreams.front(), *route.canary->endpoint);
}

}  // namespace

void Telemetry::gauge(const Runtime& runtime, Instant now) {
    telemetry::Sheet& sheet = house();
    const auto connected = [&](const telemetry::UpstreamMetrics& upstream, const net::Endpoint& to) {
        sheet.set(upstream.connections, static_cast<std::int64_t>(to.connections.load(std::memory_order_relaxed)));
    };
    for (const auto& group : runtime.groups) {
        std::int64_t healthy = 0;
        std::int64_t ejected = 0;
        for (std::size_t i = 0; i < group->endpoints.size(); ++i) {
            const balance::TargetView target = group->group->view(i, now);
            healthy += target.is_healthy() ? 1 : 0;
            ejected += target.standing == balance::Standing::closed ? 0 : 1;
            connected(group->upstreams[i], *group->endpoints[i]);
        }
        sheet.set(group->metrics.targets, static_cast<std::int64_t>(group->endpoints.size()));
        sheet.set(group->metrics.healthy, healthy);
        sheet.set(group->metrics.ejected, ejected);
    }
    if (runtime.cache != nullptr) {
        const ResponseCache::Figures figures = runtime.cache->take_figures();
        sheet.set(runtime.cache_metrics.bytes, static_cast<std::int64_t>(figures.bytes));
        sheet.set(runtime.cache_metrics.answers, static_cast<std::int64_t>(figures.keys));
        sheet.add(runtime.cache_metrics.evicted, figures.evicted);
    }
    for (const ApiRuntime& api : runtime.apis)
        for (const RouteRuntime& route : api.routes) for_each_target(route, connected);
}

void Telemetry::forget(const Runtime& runtime) {
    telemetry::Sheet& sheet = house();
    if (runtime.cache != nullptr)
        for (const telemetry::Gauge gauge : {runtime.cache_metrics.bytes, runtime.cache_metrics.answers})
            sheet.set(gauge, 0);
    for (const auto& group : runtime.groups) {
        for (const telemetry::UpstreamMetrics& upstream : group->upstreams) sheet.set(upstream.connections, 0);
        for (const telemetry::Gauge gauge : {group->metrics.targets, group->metrics.healthy, group->metrics.ejected})
            sheet.set(gauge, 0);
    }
    for (const ApiRuntime& api : runtime.apis)
        for (const RouteRuntime& route : api.routes)
            for_each_target(route, [&](const telemetry::UpstreamMetrics& upstream, const net::Endpoint&) {
                sheet.set(upstream.connections, 0);
            });
}

void Telemetry::reopen() {
    if (sink_ != nullptr) sink_->reopen();
}

void Telemetry::close() {
    if (sink_ != nullptr) sink_->stop();
}

void Telemetry::write(std::size_t worker, const log::Record& record) { sink_->write(worker, *format_, record); }

void Telemetry::count(std::size_t worker, const Exchange& exchange, const net::Call& call, bool complete,
                      Nanoseconds duration) {
    telemetry::Sheet& sheet = metrics_.sheet(worker);
    const telemetry::RouteMetrics& metrics =
        exchange.route != nullptr ? exchange.route->metrics : exchange.runtime->unrouted;
    sheet.add(metrics.requests.of(complete || call.answer_begun() ? call.status() : 0));
    sheet.observe(metrics.duration, duration);
    if (call.body_received() > 0) sheet.add(metrics.request_bytes, call.body_received());
    sheet.add(metrics.response_bytes, call.body_sent());
    // a client that went away before there was an answer says nothing of the version
    if (exchange.arm && (complete || call.answer_begun())) {
        const CanaryRuntime& canary = *exchange.api->canary;
        const std::uint16_t status = complete ? call.status() : 0;
        const telemetry::ArmMetrics& arm = canary.metrics[static_cast<std::size_t>(*exchange.arm)];
        sheet.add(arm.requests.of(status));
        sheet.observe(arm.duration, duration);
        canary.state->arm(*exchange.arm).add(status, duration);
    }
    switch (exchange.caller.judged) {
        case Caller::Judged::not_yet: break;
        case Caller::Judged::allowed: sheet.add(exchange.route->authorizations.allowed); break;
        case Caller::Judged::denied: sheet.add(exchange.route->authorizations.denied); break;
        case Caller::Judged::error: sheet.add(exchange.route->authorizations.failed); break;
    }
    if (!exchange.throttled.reason.empty())
        sheet.add((exchange.throttled.shadow ? shadowed_ : throttled_)[index_of(exchange.throttled.reason)]);
    if (exchange.cache != nullptr && exchange.cache->status.outcome != cache::Outcome::none) {
        const telemetry::CacheMetrics& counters = exchange.runtime->cache_metrics;
        sheet.add(counters.requests[static_cast<std::size_t>(exchange.cache->status.outcome) - 1]);
        if (exchange.cache->status.stored) sheet.add(counters.stored);
    }
    if (exchange.decision.from != Decision::From::gateway) return;
    const std::size_t reason = index_of(exchange.decision.refusal.reason);
    if (reason < kReasons.size()) sheet.add(refusals_[reason]);
}

}  // namespace gw::gateway
