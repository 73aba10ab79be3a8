// gw-serve: what its parts are put together for.

#include <algorithm>
#include <ctime>
#include <ostream>
#include <syncstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/gw-serve/access.h"
#include "apps/gw-serve/backend.h"
#include "apps/gw-serve/canary.h"
#include "apps/gw-serve/commands.h"
#include "apps/gw-serve/cors.h"
#include "apps/gw-serve/demo.h"
#include "apps/gw-serve/limits.h"
#include "apps/gw-serve/model.h"
#include "apps/gw-serve/surroundings.h"
#include "apps/support/admin_client.h"
#include "apps/support/ready_file.h"
#include "libgw/base/crypto.h"
#include "libgw/base/units.h"
#include "libgw/config/secret.h"
#include "libgw/gateway/server.h"
#include "libgw/io/process/child.h"
#include "libgw/term/width.h"

namespace gw::serve {
namespace {

/// What is told of issuers waits for their keys, and not for long: requests wait for them by themselves.
constexpr Nanoseconds kKeysPatience = std::chrono::seconds(1);

/// Events for the operator, on stderr. From any thread.
class TalkLog final : public Log {
  public:
    TalkLog(program::World& world, term::Style style) : world_(world), style_(style) {}
    [[nodiscard]] bool wants(LogLevel level) const override { return level != LogLevel::debug; }
    void write(LogLevel level, std::string_view event) override {
        const term::Paint paint = level == LogLevel::error  ? term::Paint::red
                                  : level == LogLevel::warn ? term::Paint::yellow
                                                            : term::Paint::dim;
        const std::string line = fmt::format(
            "{}: {} {}\n", world_.name,
            style_.paint(paint, fmt::format("{}:", level == LogLevel::warn ? "warning" : to_text(level))), event);
        std::osyncstream(*world_.err) << line << std::flush;
    }

  private:
    program::World& world_;
    term::Style style_;
};

/// As many descriptors as we may have: a connection needs one and its target's another.
void raise_descriptors() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::string url_of(const net::Address& address, const config::Listener& listener) {
    if (address.is_unix()) return address.text();
    return fmt::format("{}://{}", listener.tls ? "https" : "http", address.text());
}

/// Calls back when a file's time or size changes; looks twice a second.
class Watcher {
  public:
    Watcher(net::Loop& loop, std::string file, std::function<void()> changed)
        : loop_(loop),
          file_(std::move(file)),
          changed_(std::move(changed)),
          timer_(net::callback<&Watcher::look>(this)) {
        seen_ = stamp();
        loop_.arm_after(timer_, std::chrono::milliseconds(500));
    }

  private:
    using Stamp = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::uint64_t>;
    Stamp stamp() const {
        struct stat what{};
        if (::stat(file_.c_str(), &what) != 0) return {};
        return {what.st_mtim.tv_sec, what.st_mtim.tv_nsec, what.st_size, what.st_ino};
    }
    void look() {
        loop_.arm_after(timer_, std::chrono::milliseconds(500));
        const Stamp now = stamp();
        if (now == seen_ || now == Stamp{}) return;
        seen_ = now;
        changed_();
    }
    net::Loop& loop_;
    std::string file_;
    std::function<void()> changed_;
    net::Timer timer_;
    Stamp seen_;
};

constexpr std::size_t kMostLines = 8;       // of the banner about one thing
constexpr std::size_t kTargetColumns = 60;  // of a target: mocks have whole bodies

/// Each target once, in the order of the routes.
std::vector<std::string> targets_of(const config::Model& model) {
    std::vector<std::string> targets;
    for (const config::Api& api : model.apis)
        for (const config::Route& route : api.routes)
            if (std::find(targets.begin(), targets.end(), route.integration.text) == targets.end())
                targets.push_back(route.integration.text);
    for (std::string& target : targets) target = term::shorten(term::printable(target), kTargetColumns);
    return targets;
}

std::string count_of_routes(const config::Model& model) {
    std::size_t routes = 0;
    for (const config::Api& api : model.apis) routes += api.routes.size();
    return fmt::format("{} routes", routes);
}

void banner(program::World& world, const gateway::Server& server, std::chrono::steady_clock::time_point began,
            const term::Style& style) {
    std::osyncstream err(*world.err);
    const config::Model& model = server.config();
    const std::vector<std::string> targets = targets_of(model);
    for (std::size_t i = 0; i < server.addresses().size(); ++i)
        err << (i == 0 ? fmt::format("{} {}  ", style.bold(world.name), GW_VERSION)
                       : std::string(world.name.size() + std::string_view(GW_VERSION).size() + 3, ' '))
            << style.paint(term::Paint::green, url_of(server.addresses()[i], model.listeners[i]))
            << (i > 0 ? "" : "  ->  " + (targets.size() == 1 ? targets.front() : count_of_routes(model))) << '\n';
    const auto tell = [&](std::string_view what, const std::vector<std::string>& lines) {
        for (std::size_t i = 0; i < std::min(lines.size(), kMostLines); ++i)
            err << fmt::format("  {:<7} {}\n", what, lines[i]);
        if (lines.size() > kMostLines) err << fmt::format("  {:<7} and {} more\n", what, lines.size() - kMostLines);
    };
    if (targets.size() > 1) tell("target", targets);
    tell("auth", access_lines(server));
    tell("limit", limit_lines(model));
    tell("cors", cors_lines(model));
    tell("canary", canary_lines(model));
    if (!server.admin_address().empty()) err << "  admin   " << server.admin_address() << '\n';
    if (!server.metrics_address().empty()) err << "  metrics http://" << server.metrics_address() << "/metrics\n";
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
    err << fmt::format("ready in {} ms\n", took.count()) << std::flush;
}

std::uint16_t first_loopback_target(const config::Model& model) {
    for (const config::Api& api : model.apis)
        for (const config::Route& route : api.routes) {
            const http::Url& url = route.integration.url;
            const std::string& host = url.authority.host;
            if (route.integration.kind == config::Integration::Kind::http &&
                (host == "localhost" || host == "127.0.0.1" || host == "::1"))
                return url.port();
        }
    return 0;
}

Result<int> serve(program::World& world, Options& options) {
    const auto began = std::chrono::steady_clock::now();
    if (options.watch && options.config.empty())
        return Error{Errc::usage, "--watch needs a file to watch", "start gw-serve with -c FILE", {}};
    raise_descriptors();
    const program::WorldSources sources(world);
    const bool colour = program::wants_colour(world, options.color, world.err_is_terminal);
    const term::Style style(colour);
    TalkLog log(world, style);
    std::uint16_t backend_port = 0;
    if (!options.backend.empty() && options.routes.empty() && options.config.empty()) {
        backend_port = TRY(find_free_port());
        options.routes.push_back(fmt::format("http://127.0.0.1:{}", backend_port));
    }
    // the demo's backend needs a loop of its own before there is a server that could lend one
    net::Loop demo_loop;
    DemoBackend demo(demo_loop);
    std::thread demo_thread;
    struct Join {
        net::Loop& loop;
        std::thread& thread;
        ~Join() {
            if (!thread.joinable()) return;
            loop.mailbox().send([this] { loop.stop(); });
            thread.join();
        }
    } join{demo_loop, demo_thread};
    if (options.demo) options.demo_port = TRY(demo.listen());

    Diagnostics diagnostics;
    auto model = std::make_shared<config::Model>(build_model(options, sources, diagnostics));
    show(world, diagnostics, colour);
    if (diagnostics.has_errors()) return program::kUsage;
    if (!options.backend.empty() && backend_port == 0) {
        backend_port = first_loopback_target(*model);
        if (backend_port == 0)
            return Error{Errc::usage,
                         "no route leads to the command",
                         "give a TARGET on the loopback interface, such as http://127.0.0.1:3000, or none at all",
                         {}};
    }

    gateway::ServerOptions how;
    how.read_file = [&](const std::string& path) { return sources.read_file(path); };
    how.log = &log;
    how.seed = options.seed ? *options.seed : TRY(random_seed());
    how.access_log.terminal = world.out_is_terminal;
    how.access_log.colour = program::wants_colour(world, options.color, world.out_is_terminal);
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&now, &local);
    how.access_log.utc_offset = std::chrono::seconds(local.tm_gmtoff);
    if (model->admin_token) how.admin_token = TRY(config::resolve_secret(*model->admin_token, sources));
    how.default_admin = [&](std::uint16_t port) { return program::admin_socket(sources, port); };
    if (!options.config.empty() && options.config != "-") {
        how.load = [&](std::string& told) -> Result<config::Config> {
            Diagnostics found;
            auto next = std::make_shared<config::Model>(build_model(options, sources, found));
            if (!found.empty()) show(world, found, colour);
            told = found.render();
            if (found.has_errors())
                return Error{
                    Errc::config,
                    fmt::format("{}: {} error{}", options.config, found.errors(), found.errors() == 1 ? "" : "s"),
                    {},
                    {}};
            return config::Config(std::move(next));
        };
    }
    std::optional<Nanoseconds> stop_after;
    if (!options.stop_after.empty()) {
        stop_after = TRY(parse_duration(options.stop_after).in("--for"));
        if (*stop_after <= Nanoseconds(0))
            return Error{Errc::usage, "--for: no time is left to serve in", "give a time such as 10s", {}};
    }
    if (!options.ready_file.empty()) TRY(program::ReadyFile::may_write(options.ready_file));

    auto server = TRY(gateway::Server::open(model, how));
    if (options.demo) demo_thread = std::thread([&] { demo_loop.run(); });
    std::unique_ptr<Backend> backend;
    if (!options.backend.empty()) {
        backend = std::make_unique<Backend>(*server, backend_port, log);
        TRY(backend->start(options.backend));
    }
    for (const std::string& warning : server->runtime().warnings) program::warn(world, warning, style);
    if (options.no_auth) program::warn(world, "--no-auth: nobody is asked who they are", style);
    server->start();
    server->await_keys(kKeysPatience);
    const std::size_t main = server->main_address();
    const std::string url = url_of(server->addresses()[main], model->listeners[main]);
    banner(world, *server, began, style);
    if (options.demo) {
        const auto& tls = model->listeners[main].tls;
        std::osyncstream(*world.err) << demo_text(url, tls && tls->self_signed) << std::flush;
    }
    program::ReadyFile ready;
    if (!options.ready_file.empty()) TRY(ready.write(options.ready_file, url));

    std::unique_ptr<Watcher> watcher;
    if (options.watch) {
        watcher =
            std::make_unique<Watcher>(server->loop(), options.config, [&] { static_cast<void>(server->reload()); });
    }
    std::unique_ptr<process::Child> job;
    if (!options.run.empty()) {
        process::ChildOptions command;
        command.arguments = {"/bin/sh", "-c", options.run};
        command.environment = {{"GW_URL", url}};
        job = TRY(process::Child::start(server->loop(), command, [&](int code) { server->drain(code); }));
    }
    struct Stopper {
        gateway::Server& server;
        void operator()() const { server.drain(0); }
    } stopper{*server};
    net::Timer timer({[](void* self) { (*static_cast<Stopper*>(self))(); }, &stopper});
    if (stop_after) server->loop().arm_after(timer, *stop_after);
    const int code = server->run();
    if (backend != nullptr) backend->stop();
    return code;
}

}  // namespace
}  // namespace gw::serve

namespace gw::program {

Result<int> run(World& world) {
    serve::Options options;
    const auto done = TRY(serve::parse_options(world, options));
    if (done) return *done;
    const bool only_looks = options.command != serve::Command::serve;
    if (options.demo && only_looks) options.demo_port = TRY(serve::find_free_port());
    switch (options.command) {
        case serve::Command::serve: return serve::serve(world, options);
        case serve::Command::check: return serve::check(world, options);
        case serve::Command::routes: return serve::show_routes(world, options);
        case serve::Command::explain: return serve::explain(world, options);
        case serve::Command::print_config: return serve::print_config(world, options);
        case serve::Command::reload:
        case serve::Command::stop:
        case serve::Command::status: return serve::ask_running(world, options);
    }
    return kInternal;
}

}  // namespace gw::program
