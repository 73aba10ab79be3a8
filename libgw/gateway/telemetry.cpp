#include "libgw/gateway/telemetry.h"

namespace gw::gateway {

Result<void> Telemetry::open(const config::Model& config, const LogTarget& target, std::size_t workers, const Runtime& runtime) {
    adopt(runtime);
    auto kind = config.logs.format;
    if (kind == config::Logs::Format::automatic)
        kind = target.terminal && config.logs.file.empty() ? config::Logs::Format::human : config::Logs::Format::json;
    switch (kind) {
        case config::Logs::Format::off: return ok();
        case config::Logs::Format::human: format_ = log::Format::human({target.utc_offset, target.colour}); break;
        case config::Logs::Format::clf: format_ = log::Format::clf(); break;
        case config::Logs::Format::automatic:
        case config::Logs::Format::json: format_ = log::Format::json(); break;
        case config::Logs::Format::context: format_ = log::Format::context(TRY(log::ContextFormat::compile(config.logs.context_format))); break;
    }
    telemetry::AccessLog::Options options;
    options.file = config.logs.file;
    options.descriptor = target.descriptor;
    options.workers = workers;
    sink_ = TRY(telemetry::AccessLog::open(options, log_));
    return ok();
}

void Telemetry::adopt(const Runtime&) {}
void Telemetry::reopen() {
    if (sink_ != nullptr) sink_->reopen();
}
void Telemetry::close() {
    if (sink_ != nullptr) sink_->stop();
}
void Telemetry::write(std::size_t worker, const log::Record& record) { sink_->write(worker, *format_, record); }
std::string Telemetry::metrics_page(const Server&) const { return {}; }

}  // namespace gw::gateway
