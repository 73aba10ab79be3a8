#pragma once
// One thread, one loop: its listeners, connections, exchanges and idle connections to targets.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "libgw/gateway/exchange.h"
#include "libgw/gateway/runtime.h"
#include "libgw/gateway/shared.h"
#include "libgw/io/net/http_client.h"
#include "libgw/io/net/http_server.h"
#include "libgw/io/net/listener.h"
#include "libgw/io/net/resolver.h"
#include "libgw/wire/log/record.h"

namespace gw::gateway {

class Refresh;
class Transfer;
class Telemetry;

/// A Runtime and how many exchanges of this worker still use it. Plain numbers: nobody else touches them.
struct RuntimeUse {
    std::shared_ptr<const Runtime> runtime;
    std::vector<balance::Cursor> cursors;  ///< one for each of its groups
    std::vector<IssuerView> issuers;       ///< one for each of its issuers
    std::size_t exchanges = 0;
};

class Worker final : public net::Handler {
  public:
    /// Requires: `shared` and `telemetry` outlive the worker.
    Worker(std::uint32_t index, Shared& shared, Telemetry& telemetry, std::uint64_t seed);
    ~Worker() override;

    // ── before the thread starts, then only through post() ──
    void adopt(std::shared_ptr<const Runtime> runtime);
    /// Accepts from this socket; `port` is what clients connected to.
    void listen(int fd, std::uint32_t listener, std::uint16_t port);

    void start();
    /// From any thread: `task` runs on this worker's loop.
    void post(std::function<void()> task) { loop_.mailbox().send(std::move(task)); }
    /// Stops accepting and closes what is idle; `done` is sent (on this worker's thread) when no connection is left or
    /// `hard` has passed.
    void drain(Nanoseconds spread, Nanoseconds hard, std::function<void()> done);
    /// Breaks off what is under way, ends the loop and waits for the thread.
    void stop();

    net::Loop& loop() { return loop_; }
    net::HttpClient& client() { return *client_; }
    net::HttpServer& server() { return *server_; }
    WorkerState& state() { return state_; }
    telemetry::Sheet& sheet();
    /// Storage that is used again and again while a request is written.
    std::string& scratch() { return scratch_; }
    RuntimeUse* use_runtime();
    [[nodiscard]] std::uint16_t listen_port(std::uint32_t listener) const;
    /// The manner of answering when no api is known.
    [[nodiscard]] ApiKind default_kind() const { return default_kind_; }
    /// Why requests are turned away now, before any work; null when they are not.
    [[nodiscard]] const std::string_view* shed() const;
    /// Asks the target in the background for what was just shown stale.
    void refresh(const Exchange& shown);
    /// A refresh has ended.
    void forget(Refresh& refresh);
    /// The exchange's last moment: log line, counters.
    void account(Transfer& transfer, bool complete);
    void release(Transfer& transfer);
    void release(RuntimeUse* use);
    void on_call(net::Call& call) override;
    void on_refused(net::Call& call, const http::Refused& refused) override;
    void on_handshake_failed(const net::Address& peer, std::string_view why) override;
    [[nodiscard]] std::size_t calls() const { return server_->calls(); }
    /// The rung of the overload ladder (security §1.3).
    void overload(std::uint8_t rung);
    [[nodiscard]] std::int64_t busy_since() const { return loop_.busy_since(); }
    [[nodiscard]] std::uint32_t index() const { return index_; }

  private:
    Transfer& take();
    void on_accepted(net::Stream stream, std::uint32_t listener);
    void on_drain_timer();
    void on_fault();
    void retire_runtimes();
    void bury_refreshes();

    struct Port {
        std::unique_ptr<net::Listener> listener;
        std::uint32_t index = 0;
        std::uint16_t port = 0;
    };

    std::uint32_t index_;
    Shared& shared_;
    Telemetry& telemetry_;
    net::Loop loop_;
    net::Resolver resolver_;
    std::unique_ptr<net::HttpClient> client_;
    std::unique_ptr<net::HttpServer> server_;
    WorkerState state_;
    std::vector<Port> ports_;
    std::vector<std::unique_ptr<RuntimeUse>> runtimes_;  // the last is current
    std::vector<std::unique_ptr<Transfer>> transfers_;   // all that were ever made
    Transfer* free_ = nullptr;
    std::vector<std::unique_ptr<Refresh>> refreshes_;  // under way
    std::vector<std::unique_ptr<Refresh>> ended_;      // in the events of their own end
    void note_caller(const Exchange& exchange, log::Record& record);

    std::string scratch_;
    std::vector<std::pair<std::string_view, std::string>> claim_texts_;  // while a line is written
    std::vector<log::Named> claims_;
    std::string query_;
    log::IdentityRecord identity_;
    log::StepRecord authorizer_step_;
    net::Timer drain_timer_;
    Instant drain_until_;
    std::function<void()> drained_;
    std::thread thread_;
    ApiKind default_kind_ = ApiKind::http;
    std::uint8_t rung_ = 0;
    bool stopping_ = false;
};

}  // namespace gw::gateway
