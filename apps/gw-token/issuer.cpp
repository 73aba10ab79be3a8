#include "apps/gw-token/issuer.h"

#include <cerrno>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <httplib.h>

#include "apps/gw-token/moment.h"

namespace gw::token {
namespace {

constexpr std::size_t kThreads = 8;
constexpr auto kPatience = std::chrono::seconds(5);

/// A port that somebody else has is an error: the library would share it (SO_REUSEPORT).
void set_options(socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

}  // namespace

struct IssuerServer::State {
    issuer::Issuer issuer;
    Told told;
    std::mutex mutex;  // of both: the issuer is not safe for threads
    httplib::Server server;
    int port = 0;
    std::thread thread;

    State(issuer::Issuer made, Told tell) : issuer(std::move(made)), told(std::move(tell)) {
        const auto answer = [this](const httplib::Request& from, httplib::Response& to) { serve(from, to); };
        server.Get(".*", answer).Post(".*", answer).Put(".*", answer).Patch(".*", answer);
        server.Delete(".*", answer).Options(".*", answer);
        server.set_socket_options(set_options);
        server.set_payload_max_length(issuer::Issuer::kMaxBody);
        server.set_read_timeout(kPatience);
        server.set_write_timeout(kPatience);
        server.set_keep_alive_max_count(1);  // nobody holds one of the few threads while he thinks
        server.set_tcp_nodelay(true);
        server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    }

    ~State() {
        if (!thread.joinable()) return;
        server.stop();
        thread.join();
    }

    void serve(const httplib::Request& from, httplib::Response& to) {
        const auto mark = from.target.find('?');
        const std::string host = from.get_header_value("Host");
        const std::string authorization = from.get_header_value("Authorization");
        const std::string type = from.get_header_value("Content-Type");
        issuer::Request request;
        request.method = from.method;
        request.path = std::string_view(from.target).substr(0, mark);
        if (mark != std::string::npos) request.query = std::string_view(from.target).substr(mark + 1);
        request.host = host;
        request.authorization = authorization;
        request.content_type = type;
        request.body = from.body;
        const std::lock_guard lock(mutex);
        issuer::Answer answer = issuer.answer(request, current_date());
        told(request, answer);
        to.status = answer.status;
        for (auto& [name, value] : answer.fields) to.headers.emplace(std::move(name), std::move(value));
        to.body = std::move(answer.body);
    }
};

IssuerServer::IssuerServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
IssuerServer::~IssuerServer() = default;
IssuerServer::IssuerServer(IssuerServer&&) noexcept = default;
IssuerServer& IssuerServer::operator=(IssuerServer&&) noexcept = default;

Result<IssuerServer> IssuerServer::open(issuer::Issuer issuer, std::uint16_t port, Told told) {
    auto state = std::make_unique<State>(std::move(issuer), std::move(told));
    errno = 0;
    const bool bound = port == 0 ? (state->port = state->server.bind_to_any_port("127.0.0.1")) > 0
                                 : state->server.bind_to_port("127.0.0.1", port);
    if (!bound) {
        return from_errno(Errc::io, fmt::format("listening on 127.0.0.1:{}", port), errno != 0 ? errno : EADDRINUSE)
            .with_hint("-p 0 takes any free port");
    }
    if (port != 0) state->port = port;
    return IssuerServer(std::move(state));
}

void IssuerServer::start() {
    state_->thread = std::thread([state = state_.get()] { state->server.listen_after_bind(); });
    while (!state_->server.is_running()) std::this_thread::yield();  // a stop before it runs would be lost
}

std::uint16_t IssuerServer::port() const { return static_cast<std::uint16_t>(state_->port); }
const issuer::Issuer& IssuerServer::issuer() const { return state_->issuer; }

}  // namespace gw::token
