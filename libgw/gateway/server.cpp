#include "libgw/gateway/server.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "libgw/base/units.h"
#include "libgw/gateway/admin.h"
#include "libgw/gateway/health.h"
#include "libgw/gateway/key_fetcher.h"
#include "libgw/io/process/memory.h"

namespace gw::gateway {
namespace {

constexpr Nanoseconds kLook = std::chrono::milliseconds(100);
constexpr Nanoseconds kTrim = std::chrono::seconds(1);
constexpr Nanoseconds kStuck = std::chrono::seconds(1);
constexpr Nanoseconds kLost = std::chrono::seconds(10);
constexpr Nanoseconds kFaultReports = std::chrono::minutes(1);
constexpr Nanoseconds kHandshakeReports = std::chrono::seconds(1);

std::uint32_t worker_count(const config::Model& config) {
    return config.workers != 0 ? config.workers : std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

Server::Server(config::Config config, ServerOptions options)
    : options_(std::move(options)),
      config_(std::move(config)),
      telemetry_(*options_.log, worker_count(*config_)),
      resolver_(house_),
      client_(house_, resolver_, net::ClientLimits{}),
      look_(net::callback<&Server::on_look>(this)),
      pre_stop_(net::callback<&Server::drain_workers>(this)) {
    if (!options_.memory_in_use) options_.memory_in_use = process::resident_memory;
    shared_.started = house_.now();
    shared_.started_date = house_.date();
    house_.on_fault(net::callback<&Server::on_fault>(this));
}

Server::~Server() {
    for (auto& worker : workers_) worker->stop();
    if (counts_ != nullptr) counts_->close();
    admin_.reset();
    health_.reset();
    keys_.reset();
    workers_.clear();
    for (Socket& socket : sockets_)
        for (const int fd : socket.fds) ::close(fd);
}

Result<std::unique_ptr<Server>> Server::open(config::Config config, ServerOptions options) {
    net::ignore_broken_pipes();
    std::unique_ptr<Server> server(new Server(std::move(config), std::move(options)));
    CanaryFile kept;
    if (!server->config_->state.empty()) kept = TRY(CanaryFile::read(server->config_->state));
    server->counts_ = TRY(open_counts(*server->config_, server->options_.read_file));
    server->runtime_ =
        TRY(Runtime::build(server->config_, nullptr, server->options_.read_file, &server->telemetry_.metrics(),
                           server->house_.now(), server->house_.date(), &kept, server->counts_));
    TRY(server->bind());
    // the keys too: whoever was the canary's is so after a restart
    if (!server->config_->state.empty()) TRY(CanaryFile::write(server->config_->state, server->canaries()));
    TRY(server->telemetry_.open(*server->config_, server->options_.access_log));
    server->telemetry_.watch(server->shared_);
    server->telemetry_.watch_limits([from = server.get()] { return from->runtime_->limits.counts->overflowed(); });
    if (server->counts_ != nullptr) server->telemetry_.watch_counts(*server->counts_);
    TRY(server->open_side_doors());
    return server;
}

Result<void> Server::bind() {
    const std::uint32_t count = worker_count(*config_);
    Random random(options_.seed);
    if (options_.handle_signals)
        signals_ = std::make_unique<net::Signals>(house_, std::initializer_list<int>{SIGINT, SIGTERM, SIGHUP, SIGUSR1},
                                                  [this](int number) { on_signal(number); });
    for (std::uint32_t i = 0; i < count; ++i) {
        workers_.push_back(std::make_unique<Worker>(i, shared_, telemetry_, random()));
        workers_.back()->adopt(runtime_);
    }
    for (std::uint32_t index = 0; index < config_->listeners.size(); ++index) {
        const config::Listener& listener = config_->listeners[index];
        net::Address address = TRY(net::Address::parse_listen(listener.address));
        Socket socket{listener.address, address, {}, {}};
        net::ListenOptions how;
        socket.fds.push_back(TRY(net::listen_on(address, how)));
        if (address.is_unix()) socket.file = net::SocketFile(address.path());
        socket.bound = TRY(net::local_address(socket.fds.front()));
        for (std::uint32_t i = 1; i < count; ++i) {
            if (address.is_unix()) {
                socket.fds.push_back(::dup(socket.fds.front()));
            } else {
                how.join = true;
                socket.fds.push_back(TRY(net::listen_on(socket.bound, how)));
            }
        }
        for (std::uint32_t i = 0; i < count; ++i) workers_[i]->listen(socket.fds[i], index, socket.bound.port());
        socket.fds.clear();
        addresses_.push_back(socket.bound);
        sockets_.push_back(std::move(socket));
    }
    reported_.assign(workers_.size(), 0);
    memory_limit_ = config_->limits.memory != 0 ? config_->limits.memory : process::memory_limit();
    if (memory_limit_ != 0) shared_.held.fit_into(memory_limit_);
    return ok();
}

Result<void> Server::open_side_doors() {
    health_ = std::make_unique<HealthChecker>(house_, client_, *options_.log, options_.seed);
    health_->adopt(runtime_);
    keys_ = std::make_unique<KeyFetcher>(house_, client_, *options_.log);
    keys_->count(telemetry_.metrics(), telemetry_.house());
    keys_->on_keys([this](const Issuer& issuer) { warn_of_keys(issuer); });
    keys_->adopt(runtime_->access.issuers, runtime_->issuer_tls);
    shared_.want_keys = [this](std::shared_ptr<Issuer> issuer, std::string kid, std::function<void()> told) {
        house_.mailbox().send([this, issuer = std::move(issuer), kid = std::move(kid), told = std::move(told)] {
            keys_->want(issuer, kid, told);
        });
    };
    admin_ = std::make_unique<Admin>(*this, house_, *options_.log);
    std::string otherwise;
    if (options_.default_admin && !addresses_.empty() && !addresses_[main_address()].is_unix())
        otherwise = options_.default_admin(addresses_[main_address()].port());
    return admin_->open(*config_, otherwise, options_.admin_token);
}

void Server::warn_of_keys(const Issuer& issuer) {
    for (const std::string& warning : runtime_->access.unfit_keys(issuer)) options_.log->warn(warning);
}

void Server::start() {
    for (auto& worker : workers_) worker->start();
    house_.arm_after(look_, kLook);
}

void Server::await_keys(Nanoseconds longest) {
    if (keys_->were_all_tried()) return;
    net::Timer late({[](void* loop) { static_cast<net::Loop*>(loop)->stop(); }, &house_});
    house_.arm_after(late, longest);
    keys_->on_fetched([this] {
        if (keys_->were_all_tried()) house_.stop();
    });
    if (!stopped_) house_.run();
    keys_->on_fetched(nullptr);
}

int Server::run() {
    if (!stopped_) house_.run();
    for (auto& worker : workers_) worker->stop();
    if (counts_ != nullptr) {
        counts_->close();
        if (const auto standing = counts_->standing(); !standing.is_up)
            options_.log->error(fmt::format("{}: {} (what was not written is lost)", standing.place, standing.problem));
    }
    telemetry_.close();
    return code_;
}

std::vector<std::shared_ptr<CanaryState>> Server::canaries() const {
    std::vector<std::shared_ptr<CanaryState>> all;
    for (const ApiRuntime& api : runtime_->apis)
        if (api.canary) all.push_back(api.canary->state);
    return all;
}

void Server::keep_canaries() {
    if (config_->state.empty()) return;
    if (const auto written = CanaryFile::write(config_->state, canaries()); !written)
        options_.log->error(to_string(written.error()) + " (what was set ends with the process)");
}

void Server::on_canary_changed(const CanaryState& state, double before) {
    options_.log->info(fmt::format(
        "canary of {}: {} -> {}", state.scope(), to_percent_text(before),
        state.phase() == Phase::running ? to_percent_text(state.percent()) : std::string(to_text(state.phase()))));
    keep_canaries();
}

Status Server::status() const {
    Status status;
    status.generation = runtime_->generation;
    status.connections = shared_.connections.load(std::memory_order_relaxed);
    status.reloads = shared_.reloads.load(std::memory_order_relaxed);
    status.reload_failures = shared_.reload_failures.load(std::memory_order_relaxed);
    status.draining = shared_.draining.load(std::memory_order_relaxed);
    return status;
}

std::size_t Server::main_address() const {
    for (std::size_t i = 0; i < addresses_.size(); ++i)
        if (!addresses_[i].is_unix()) return i;
    return 0;
}

std::vector<telemetry::Family> Server::scrape() {
    look_at_targets();
    telemetry_.gauge(*runtime_, house_.now());
    return telemetry_.metrics().scrape();
}

std::string Server::admin_address() const { return admin_->address(); }
std::string Server::metrics_address() const { return admin_->metrics_address(); }

// ── signals, reload, drain ──────────────────────────────────────────────────

void Server::on_signal(int number) {
    switch (number) {
        case SIGHUP: static_cast<void>(reload()); break;
        case SIGUSR1: telemetry_.reopen(); break;
        default:
            if (first_signal_ || shared_.draining.load(std::memory_order_relaxed)) {
                stop(128 + number);
            } else {
                first_signal_ = number;
                drain(0);
            }
    }
}

void Server::adopt(std::shared_ptr<const Runtime> runtime) {
    telemetry_.forget(*runtime_);  // what the next one has too is set again at the next scrape
    runtime_ = std::move(runtime);
    config_ = runtime_->config;
    health_->adopt(runtime_);
    keys_->adopt(runtime_->access.issuers, runtime_->issuer_tls);
    for (const auto& issuer : runtime_->access.issuers)
        if (issuer->is_fetched()) warn_of_keys(*issuer);
    for (auto& worker : workers_) worker->post([&w = *worker, next = runtime_] { w.adopt(next); });
    keep_canaries();
}

Result<void> Server::reload(std::string* told) {
    std::string details;
    const auto attempt = [&]() -> Result<std::shared_ptr<const Runtime>> {
        if (!options_.load)
            return Error{
                Errc::usage, "there is no configuration file to read again", "start gw-serve with -c FILE", {}};
        auto config = TRY(options_.load(told != nullptr ? *told : details));
        if (config->workers != config_->workers)
            return Error{Errc::config, "the number of workers cannot change while running", "restart gw-serve", {}};
        std::optional<Location> changed;
        for (std::size_t i = 0; !changed && i < config->listeners.size(); ++i)
            if (i >= config_->listeners.size() || config->listeners[i].address != config_->listeners[i].address ||
                config->listeners[i].tls.has_value() != config_->listeners[i].tls.has_value())
                changed = config->listeners[i].where;
        if (changed || config->listeners.size() != config_->listeners.size())
            return Error{Errc::config, "listeners cannot change while running",
                         "restart gw-serve, or keep the addresses of its listeners", changed};
        const config::Throttling& counts = config->throttling;
        if (counts.counts != config_->throttling.counts || counts.gateways != config_->throttling.gateways ||
            counts.counts_password_value != config_->throttling.counts_password_value ||
            (counts_ != nullptr && counts.keys != config_->throttling.keys))
            return Error{
                Errc::config, "the place where counts live cannot change while running", "restart gw-serve", {}};
        if (config->admin != config_->admin || config->metrics != config_->metrics)
            return Error{
                Errc::config, "the addresses of admin and metrics cannot change while running", "restart gw-serve", {}};
        return Runtime::build(config, runtime_.get(), options_.read_file, &telemetry_.metrics(), house_.now(),
                              house_.date());
    };
    auto next = [&]() -> Result<std::shared_ptr<const Runtime>> {
        try {
            return attempt();
        } catch (const std::exception& fault) {
            on_fault();
            return Error{Errc::internal, fmt::format("building the configuration: {}", fault.what()), {}, {}};
        }
    }();
    if (!next) {
        shared_.reload_failures.fetch_add(1, std::memory_order_relaxed);
        shared_.last_reload_ok.store(false, std::memory_order_relaxed);
        Error error = std::move(next).error().in("reload failed, the old configuration stays");
        options_.log->error(to_string(error) + (error.hint.empty() ? std::string() : " (" + error.hint + ")"));
        return error;
    }
    adopt(std::move(*next));
    shared_.reloads.fetch_add(1, std::memory_order_relaxed);
    shared_.last_reload_ok.store(true, std::memory_order_relaxed);
    for (const std::string& warning : runtime_->warnings) options_.log->warn(warning);
    options_.log->info(fmt::format("reloaded, generation {}", runtime_->generation));
    return ok();
}

void Server::drain(int code) {
    if (shared_.draining.exchange(true, std::memory_order_relaxed)) return;
    code_ = code;
    if (config_->limits.pre_stop > Nanoseconds(0))
        house_.arm_after(pre_stop_, config_->limits.pre_stop);  // not ready any more, but still serving
    else
        drain_workers();
}

void Server::drain_workers() {
    const config::Limits& limits = config_->limits;
    draining_workers_ = untold_workers_ = workers_.size();
    calls_left_ = 0;
    // idle connections leave spread over a quarter of the time there is
    const Nanoseconds spread = std::min<Nanoseconds>(limits.drain_timeout / 4, std::chrono::seconds(1));
    for (auto& worker : workers_) {
        worker->post([this, &w = *worker, spread, hard = limits.drain_timeout] {
            house_.mailbox().send([this, calls = w.calls()] { on_worker_drains(calls); });
            w.drain(spread, hard, [this] {
                house_.mailbox().send([this] {
                    if (--draining_workers_ == 0) stop(code_);
                });
            });
        });
    }
}

void Server::on_worker_drains(std::size_t calls) {
    calls_left_ += calls;
    if (--untold_workers_ > 0 || calls_left_ == 0) return;
    options_.log->info(fmt::format("stopping: {} request{} under way, for at most {}; INT or TERM stops at once",
                                   calls_left_, calls_left_ == 1 ? " is" : "s are",
                                   to_duration_text(config_->limits.drain_timeout)));
}

void Server::stop(int code) {
    code_ = code;
    stopped_ = true;
    house_.stop();
}

// ── what is looked at ten times a second ────────────────────────────────────

void Server::on_look() {
    house_.arm_after(look_, kLook);
    look_at_memory();
    look_at_workers();
    look_at_faults();
    look_at_targets();
    look_at_handshakes();
    look_at_counts();
}

void Server::look_at_targets() { standings_.look(*runtime_, telemetry_.house(), *options_.log, house_.now()); }

void Server::look_at_memory() {
    if (memory_limit_ == 0) return;
    const std::uint64_t used = options_.memory_in_use();
    const auto rung = ladder_.look(used, memory_limit_);
    // what the allocator keeps counts as used, and a ladder that nobody can climb down would shut everybody out
    if (ladder_.rung() != 0 && house_.now() >= next_trim_) {
        process::give_back_freed_memory();
        next_trim_ = house_.now() + kTrim;
    }
    if (!rung) return;
    shared_.overload.store(*rung, std::memory_order_relaxed);
    options_.log->warn(
        *rung == 0 ? std::string("memory is below 85 % again")
                   : fmt::format("memory is at {} % of {} MiB", used * 100 / memory_limit_, memory_limit_ >> 20));
    if (*rung >= 92 && runtime_->cache != nullptr) runtime_->cache->clear(house_.date());
    for (auto& worker : workers_) worker->post([&w = *worker, next = *rung] { w.overload(next); });
}

void Server::on_fault() { shared_.internal_errors.fetch_add(1, std::memory_order_relaxed); }

void Server::look_at_faults() {
    const std::uint64_t faults = shared_.internal_errors.load(std::memory_order_relaxed);
    const Instant now = house_.now();
    if (faults == reported_faults_ || now < next_fault_report_) return;
    options_.log->error(
        fmt::format("{} times memory was not there, or the gateway itself was wrong: what was under way "
                    "then has failed",
                    faults - reported_faults_));
    reported_faults_ = faults;
    next_fault_report_ = now + kFaultReports;
}

void Server::look_at_handshakes() {
    const std::uint64_t failed = shared_.handshakes.count();
    const Instant now = house_.now();
    if (failed == reported_handshakes_ || now < next_handshake_report_) return;
    const std::uint64_t fresh = failed - reported_handshakes_;
    const std::string example = shared_.handshakes.take_example();
    options_.log->info(fresh == 1 ? fmt::format("a TLS handshake failed, {}", example)
                                  : fmt::format("{} TLS handshakes failed, one of them {}", fresh, example));
    reported_handshakes_ = failed;
    next_handshake_report_ = now + kHandshakeReports;
}

void Server::look_at_counts() {
    if (counts_ == nullptr) return;
    const store::CountsStanding standing = counts_->standing();
    if (standing.is_up == counts_were_up_) return;
    counts_were_up_ = standing.is_up;
    if (standing.is_up)
        options_.log->info(fmt::format("{} answers again", standing.place));
    else
        options_.log->error(fmt::format("{}: {} (until it answers this gateway keeps the limits alone)", standing.place,
                                        standing.problem.empty() ? "it does not answer" : standing.problem));
}

void Server::look_at_workers() {
    const Instant now = house_.now();
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        const std::int64_t since = workers_[i]->busy_since();
        if (since == 0) continue;
        const Nanoseconds busy = now - Instant(Nanoseconds(since));
        if (busy > kLost) {
            options_.log->error(fmt::format("worker {} has been busy for {} s with one batch of events: giving up", i,
                                            busy / std::chrono::seconds(1)));
            std::abort();
        }
        if (busy > kStuck && since != reported_[i]) {
            reported_[i] = since;
            options_.log->warn(fmt::format("worker {} has been busy for {} ms with one batch of events", i,
                                           busy / std::chrono::milliseconds(1)));
        }
    }
}

}  // namespace gw::gateway
