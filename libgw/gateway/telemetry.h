#pragma once
// What is told about requests: one access-log line each, and the counters that /metrics shows.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/log.h"
#include "libgw/config/model.h"
#include "libgw/gateway/runtime.h"
#include "libgw/gateway/shared.h"
#include "libgw/io/telemetry/access_log.h"
#include "libgw/wire/log/format.h"

namespace gw::gateway {

/// Where access-log lines go when the configuration names no file.
struct LogTarget {
    int descriptor = 1;
    bool terminal = false;                  ///< lines are for a person
    bool colour = false;
    std::chrono::seconds utc_offset{0};
};

class Telemetry {
  public:
    explicit Telemetry(Log& log) : log_(log) {}
    Result<void> open(const config::Model& config, const LogTarget& target, std::size_t workers, const Runtime& runtime);
    /// A new Runtime's routes and groups.
    void adopt(const Runtime& runtime);
    void reopen();
    void close();

    /// Whether account() wants a Record filled.
    [[nodiscard]] bool logs() const { return sink_ != nullptr; }
    /// On the worker's own thread.
    void write(std::size_t worker, const log::Record& record);

    /// The Prometheus page.
    [[nodiscard]] std::string metrics_page(const class Server& server) const;

  private:
    Log& log_;
    std::unique_ptr<telemetry::AccessLog> sink_;
    std::optional<log::Format> format_;
};

}  // namespace gw::gateway
