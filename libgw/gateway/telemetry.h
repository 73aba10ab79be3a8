#pragma once
// What is told about requests: one access-log line each, and the counters that /metrics shows.

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
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
#include "libgw/io/telemetry/metrics.h"
#include "libgw/policy/reasons.h"
#include "libgw/wire/log/format.h"

namespace gw::gateway {

struct Exchange;

/// Where access-log lines go when the configuration names no file.
struct LogTarget {
    int descriptor = 1;
    bool terminal = false;  ///< lines are for a person
    bool colour = false;
    std::chrono::seconds utc_offset{0};
};

class Telemetry {
  public:
    /// One sheet of counts for each worker, and one for the house loop.
    Telemetry(Log& log, std::size_t workers);
    /// Opens the access log.
    Result<void> open(const config::Model& config, const LogTarget& target);
    /// What the process keeps count of itself.
    void watch(const Shared& shared);
    /// Keys that had to share a bucket, as whoever is asked says it.
    void watch_limits(std::function<std::uint64_t()> overflowed);
    /// How the place is doing where counts live, when that is not this process's memory. It outlives the server's run.
    void watch_counts(const store::Counts& counts);
    void reopen();
    void close();

    /// Whether account() wants a Record filled.
    [[nodiscard]] bool logs() const { return sink_ != nullptr; }
    /// Whether it wants the claims of tokens in it.
    [[nodiscard]] bool logs_claims() const { return logs_claims_; }
    /// On the worker's own thread.
    void write(std::size_t worker, const log::Record& record);

    /// Counts a finished exchange. On the worker's own thread.
    void count(std::size_t worker, const Exchange& exchange, const net::Call& call, bool complete,
               Nanoseconds duration);
    telemetry::Sheet& sheet(std::size_t worker) { return metrics_.sheet(worker); }
    /// The sheet of the house loop, which alone writes it.
    telemetry::Sheet& house() { return metrics_.sheet(workers_); }
    /// House loop only: sets the gauges of targets and groups to what is so now.
    void gauge(const Runtime& runtime, Instant now);
    /// House loop only: sets them to nothing, since these targets and groups may be gone.
    void forget(const Runtime& runtime);
    telemetry::Metrics& metrics() { return metrics_; }

  private:
    Log& log_;
    telemetry::Metrics metrics_;
    std::size_t workers_;
    std::array<telemetry::Counter, kReasons.size()> refusals_;
    std::array<telemetry::Counter, kReasons.size()> throttled_;  ///< of words that begin with "throttle."
    std::array<telemetry::Counter, kReasons.size()> shadowed_;
    std::unique_ptr<telemetry::AccessLog> sink_;
    std::optional<log::Format> format_;
    bool logs_claims_ = false;
};

}  // namespace gw::gateway
