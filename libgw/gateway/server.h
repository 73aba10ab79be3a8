#pragma once
// The process: workers, the house loop, reload and drain.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libgw/base/log.h"
#include "libgw/base/secret.h"
#include "libgw/config/model.h"
#include "libgw/gateway/ladder.h"
#include "libgw/gateway/runtime.h"
#include "libgw/gateway/shared.h"
#include "libgw/gateway/standing.h"
#include "libgw/gateway/telemetry.h"
#include "libgw/gateway/worker.h"
#include "libgw/io/net/signals.h"

namespace gw::gateway {

class Admin;
class HealthChecker;
class KeyFetcher;

/// What the process that embeds the gateway provides.
struct ServerOptions {
    Runtime::ReadFile read_file;
    /// Reads the configuration again, and adds to `told` what is wrong with it, as lines for people; empty: there is
    /// nothing to reload.
    std::function<Result<config::Config>(std::string& told)> load;
    Log* log = nullptr;    ///< what the operator is told; outlives the server
    LogTarget access_log;  ///< where access-log lines go
    /// Where the admin API listens when the configuration does not say, by the port of the first listener that has one;
    /// may be empty.
    std::function<std::string(std::uint16_t port)> default_admin;
    Secret admin_token;
    std::uint64_t seed = 0;
    bool handle_signals = true;  ///< INT, TERM, HUP, USR1
    /// How much memory is in use, in bytes, for the overload ladder; empty: what the process has resident.
    std::function<std::uint64_t()> memory_in_use;
};

/// What `gw-serve status` shows.
struct Status {
    std::uint64_t generation = 0;
    std::size_t connections = 0;
    std::uint64_t reloads = 0;
    std::uint64_t reload_failures = 0;
    bool draining = false;
};

class Server {
  public:
    /// Binds every listener and builds the Runtime; nothing is served yet. Errc::busy, Errc::io: cannot bind (exit 4);
    /// Errc::config and what certificates may be wrong: exit 2.
    static Result<std::unique_ptr<Server>> open(config::Config config, ServerOptions options);
    ~Server();

    /// Starts the workers. From here on connections are answered.
    void start();
    /// Runs the house loop until the keys of each issuer were fetched, or failed to be, for `longest` at most.
    void await_keys(Nanoseconds longest);
    /// Runs the house loop on this thread until the server has stopped; returns the exit code: 0, or 128 + the signal
    /// that came twice.
    int run();

    /// Where it listens, ports resolved, in the order of the configuration.
    [[nodiscard]] const std::vector<net::Address>& addresses() const { return addresses_; }
    /// The one of them that the gateway goes by: the first that has a port, or else the first.
    [[nodiscard]] std::size_t main_address() const;
    [[nodiscard]] const Runtime& runtime() const { return *runtime_; }
    [[nodiscard]] const config::Model& config() const { return *runtime_->config; }
    [[nodiscard]] Status status() const;
    /// The house loop, for what the program adds: a backend command, --for, --watch.
    net::Loop& loop() { return house_; }
    Shared& shared() { return shared_; }
    Telemetry& telemetry() { return telemetry_; }
    /// All metrics as they are now. House loop only.
    [[nodiscard]] std::vector<telemetry::Family> scrape();
    [[nodiscard]] const std::vector<std::unique_ptr<Worker>>& workers() const { return workers_; }

    /// House loop only, as everything below. Builds a new Runtime aside and hands it to the workers; on any error the
    /// old one stays, and the log is told; `told` gets what is wrong in detail.
    Result<void> reload(std::string* told = nullptr);
    /// Stops in order: no new connections, requests under way finish, then run() returns `code`. Tells how many those
    /// are, when there are any.
    void drain(int code = 0);
    /// Stops now.
    void stop(int code);
    /// The canaries of all apis.
    [[nodiscard]] std::vector<std::shared_ptr<CanaryState>> canaries() const;
    /// Somebody has changed one: the log is told, and the file of --state.
    void on_canary_changed(const CanaryState& state, double before);
    /// Where the admin API listens; empty: nowhere.
    [[nodiscard]] std::string admin_address() const;
    [[nodiscard]] std::string metrics_address() const;

  private:
    struct Socket {
        std::string address;  // as configured
        net::Address bound;
        std::vector<int> fds;  // for workers that have not taken theirs
        net::SocketFile file;
    };

    Server(config::Config config, ServerOptions options);
    Result<void> bind();
    Result<void> open_side_doors();
    void on_signal(int number);
    void on_look();
    void drain_workers();
    void on_worker_drains(std::size_t calls);
    void look_at_targets();
    void look_at_memory();
    void look_at_workers();
    void look_at_faults();
    void look_at_handshakes();
    void look_at_counts();
    void on_fault();
    void warn_of_keys(const Issuer& issuer);
    void keep_canaries();
    void adopt(std::shared_ptr<const Runtime> runtime);

    ServerOptions options_;
    config::Config config_;
    Shared shared_;
    Telemetry telemetry_;
    net::Loop house_;
    net::Resolver resolver_;
    net::HttpClient client_;  // health checks
    std::shared_ptr<const Runtime> runtime_;
    std::shared_ptr<store::Counts> counts_;  // where they live for as long as the process does; null: in memory
    bool counts_were_up_ = true;
    std::vector<Socket> sockets_;
    std::vector<net::Address> addresses_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::unique_ptr<net::Signals> signals_;
    std::unique_ptr<HealthChecker> health_;
    std::unique_ptr<KeyFetcher> keys_;
    std::unique_ptr<Admin> admin_;
    net::Timer look_;
    net::Timer pre_stop_;
    std::vector<std::int64_t> reported_;  // the busy_since that the watchdog has spoken of, by worker
    std::uint64_t reported_faults_ = 0;
    std::uint64_t reported_handshakes_ = 0;
    Instant next_handshake_report_;
    Instant next_fault_report_;
    std::size_t draining_workers_ = 0;
    std::size_t untold_workers_ = 0;  // that have not said yet what they wait for
    std::size_t calls_left_ = 0;
    Standings standings_;
    std::optional<int> first_signal_;
    std::uint64_t memory_limit_ = 0;
    Instant next_trim_;
    Ladder ladder_;
    int code_ = 0;
    bool stopped_ = false;
};

}  // namespace gw::gateway
