#include "libgw/gateway/telemetry.h"

namespace gw::gateway {

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
        case config::Logs::Format::context:
            format_ = log::Format::context(TRY(log::ContextFormat::compile(config.logs.context_format)));
            break;
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
        metrics_.watch(kind, name, help, {}, [&value] { return static_cast<std::int64_t>(value.load(std::memory_order_relaxed)); });
    };
    add(Kind::gauge, "gw_connections", "open connections from clients", shared.connections);
    add(Kind::counter, "gw_connections_accepted_total", "connections that clients opened", shared.accepted);
    add(Kind::counter, "gw_connections_refused_total", "connections closed at accept: too many, or overload", shared.refused_connections);
    add(Kind::counter, "gw_config_reloads_total", "configurations taken while running", shared.reloads);
    add(Kind::counter, "gw_config_reload_failures_total", "configurations that were refused while running", shared.reload_failures);
    add(Kind::gauge, "gw_config_last_reload_success", "1 when the last reload took, or none was asked for", shared.last_reload_ok);
    add(Kind::gauge, "gw_overload_percent", "the rung of the overload ladder: 0, 85, 92, 95, 98", shared.overload);
    add(Kind::gauge, "gw_draining", "1 while the gateway stops", shared.draining);
    add(Kind::counter, "gw_internal_errors_total", "faults of the gateway itself", shared.internal_errors);
    if (sink_ == nullptr) return;
    metrics_.watch(Kind::counter, "gw_log_dropped_total", "access-log lines that were dropped", {}, [this] {
        const auto counts = sink_->counts();
        return static_cast<std::int64_t>(counts.dropped + counts.failed);
    });
}

void Telemetry::reopen() {
    if (sink_ != nullptr) sink_->reopen();
}

void Telemetry::close() {
    if (sink_ != nullptr) sink_->stop();
}

void Telemetry::write(std::size_t worker, const log::Record& record) { sink_->write(worker, *format_, record); }

void Telemetry::count(std::size_t worker, const RouteSeries& series, std::uint16_t status, Nanoseconds duration) {
    telemetry::Sheet& sheet = metrics_.sheet(worker);
    const unsigned hundred = status / 100U;
    sheet.add(hundred >= 1 && hundred <= 5 ? series.by_class[hundred - 1] : series.gone);
    sheet.observe(series.duration, duration);
}

}  // namespace gw::gateway
