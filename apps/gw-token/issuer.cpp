#include "apps/gw-token/issuer.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <httplib.h>
#include <poll.h>

#include "apps/gw-token/crowd.h"
#include "apps/gw-token/moment.h"

namespace gw::token {
namespace {

constexpr std::chrono::seconds kPatience(5);
constexpr int kBacklog = 128;

/// A port that somebody else has is an error: the library would share it (SO_REUSEPORT).
void set_options(socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

/// One connection as the library reads and writes it: the whole request has kPatience, and so has each piece of the
/// answer.
class Connection final : public httplib::Stream {
  public:
    explicit Connection(int socket) : socket_(socket) {}

    bool is_readable() const override { return begin_ < end_ || wait(POLLIN, deadline_); }
    bool is_writable() const override { return wait(POLLOUT, Clock::now() + kPatience); }
    ssize_t read(char* into, size_t size) override {
        if (begin_ == end_) {
            if (!wait(POLLIN, deadline_)) return -1;
            const ssize_t got = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
            if (got <= 0) return got;
            begin_ = 0;
            end_ = static_cast<std::size_t>(got);
        }
        const std::size_t taken = std::min(size, end_ - begin_);
        std::memcpy(into, buffer_.data() + begin_, taken);
        begin_ += taken;
        return static_cast<ssize_t>(taken);
    }
    ssize_t write(const char* from, size_t size) override {
        return is_writable() ? ::send(socket_, from, size, MSG_NOSIGNAL) : -1;
    }
    void get_remote_ip_and_port(std::string& ip, int& port) const override {
        ip.clear();
        port = 0;
    }
    void get_local_ip_and_port(std::string& ip, int& port) const override { get_remote_ip_and_port(ip, port); }
    socket_t socket() const override { return socket_; }

  private:
    using Clock = std::chrono::steady_clock;

    [[nodiscard]] bool wait(short event, Clock::time_point until) const {
        for (;;) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
            if (left.count() <= 0) return false;
            pollfd asked{socket_, event, 0};
            const int ready = ::poll(&asked, 1, static_cast<int>(left.count()));
            if (ready > 0) return true;
            if (ready == 0 || errno != EINTR) return false;
        }
    }

    int socket_;
    Clock::time_point deadline_ = Clock::now() + kPatience;
    std::array<char, 4096> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

/// The library's server with a crowd in the place of its few threads, which idle clients would hold.
class PatientServer final : public httplib::Server {
  public:
    PatientServer() {
        new_task_queue = [this] { return new AtOnce(crowd_); };
    }
    /// The library's own queue of those who knock holds five.
    void widen() { ::listen(svr_sock_, kBacklog); }

  private:
    /// What the library asks for with each connection is done at once, since it only hands on the socket.
    class AtOnce final : public httplib::TaskQueue {
      public:
        explicit AtOnce(Crowd& crowd) : crowd_(crowd) {}
        void enqueue(std::function<void()> job) override { job(); }
        void shutdown() override { crowd_.end(); }

      private:
        Crowd& crowd_;
    };

    bool process_and_close_socket(socket_t socket) override {
        crowd_.serve(socket, [this](int one) {
            Connection connection(one);
            bool closed = false;
            if (connection.is_readable()) process_request(connection, true, closed, nullptr);
        });
        return true;
    }

    Crowd crowd_;
};

}  // namespace

struct IssuerServer::State {
    issuer::Issuer issuer;
    Told told;
    std::mutex mutex;  // of both: the issuer is not safe for threads
    PatientServer server;
    int port = 0;
    std::thread thread;

    State(issuer::Issuer made, Told tell) : issuer(std::move(made)), told(std::move(tell)) {
        const auto answer = [this](const httplib::Request& from, httplib::Response& to) { serve(from, to); };
        server.Get(".*", answer).Post(".*", answer).Put(".*", answer).Patch(".*", answer);
        server.Delete(".*", answer).Options(".*", answer);
        server.set_socket_options(set_options);
        server.set_payload_max_length(issuer::Issuer::kMaxBody);
        server.set_tcp_nodelay(true);
    }

    ~State() {
        if (!thread.joinable()) return;
        server.stop();
        thread.join();
    }

    void serve(const httplib::Request& from, httplib::Response& to) {
        const auto mark = from.target.find('?');
        // two of them are nobody's
        const std::string origin = from.get_header_value_count("Origin") > 1 ? "null" : from.get_header_value("Origin");
        const std::string site = from.get_header_value("Sec-Fetch-Site");
        const std::string host = from.get_header_value("Host");
        const std::string authorization = from.get_header_value("Authorization");
        const std::string type = from.get_header_value("Content-Type");
        issuer::Request request;
        request.method = from.method;
        request.path = std::string_view(from.target).substr(0, mark);
        if (mark != std::string::npos) request.query = std::string_view(from.target).substr(mark + 1);
        request.host = host;
        request.origin = origin;
        request.fetch_site = site;
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
    state->server.widen();
    return IssuerServer(std::move(state));
}

void IssuerServer::start() {
    state_->thread = std::thread([state = state_.get()] { state->server.listen_after_bind(); });
    while (!state_->server.is_running()) std::this_thread::yield();  // a stop before it runs would be lost
}

std::uint16_t IssuerServer::port() const { return static_cast<std::uint16_t>(state_->port); }
const issuer::Issuer& IssuerServer::issuer() const { return state_->issuer; }

}  // namespace gw::token
