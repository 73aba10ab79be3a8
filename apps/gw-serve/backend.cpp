#include "apps/gw-serve/backend.h"

#include <csignal>

#include <fmt/format.h>
#include <unistd.h>

#include "libgw/io/net/listener.h"

namespace gw::serve {
namespace {

constexpr Nanoseconds kLook = std::chrono::milliseconds(20);
constexpr Nanoseconds kPatience = std::chrono::seconds(30);

}  // namespace

Backend::Backend(gateway::Server& server, std::uint16_t port, Log& log)
    : server_(server), log_(log), resolver_(server.loop()), timer_(net::callback<&Backend::look>(this)) {
    auto endpoint = std::make_shared<net::Endpoint>();
    endpoint->host = "127.0.0.1";
    endpoint->port = port;
    endpoint->key = fmt::format("http://127.0.0.1:{}", port);
    endpoint_ = endpoint;
}

Backend::~Backend() = default;

Result<void> Backend::start(const std::vector<std::string>& command) {
    process::ChildOptions options;
    options.arguments = command;
    options.environment = {{"PORT", std::to_string(endpoint_->port)}};
    options.output_to_stderr = true;
    server_.shared().backend_ready.store(false, std::memory_order_relaxed);
    child_ = TRY(process::Child::start(server_.loop(), options, [this](int code) {
        if (!server_.status().draining) log_.info(fmt::format("the command ended with {}", code));
        server_.drain(code);
    }));
    give_up_ = server_.loop().now() + kPatience;
    look();
    return ok();
}

void Backend::look() {
    if (connector_ == nullptr) {
        connector_ = std::make_unique<net::Connector>(server_.loop(), resolver_, net::callback<&Backend::look>(this));
        connector_->start(endpoint_, std::chrono::seconds(1));
        return;
    }
    const bool listens = connector_->connected();
    connector_.reset();
    if (listens) {
        server_.shared().backend_ready.store(true, std::memory_order_relaxed);
        return;
    }
    if (server_.loop().now() > give_up_) {
        log_.warn(fmt::format("the command does not listen on port {} after 30 s", endpoint_->port));
        give_up_ = Instant::max();
    }
    server_.loop().arm_after(timer_, kLook);
}

void Backend::stop() {
    if (child_ != nullptr) child_->signal(SIGTERM);
}

Result<std::uint16_t> find_free_port() {
    const net::Address any = TRY(net::Address::parse_listen("127.0.0.1:0"));
    const int fd = TRY(net::listen_on(any));
    auto bound = net::local_address(fd);
    ::close(fd);
    const net::Address address = TRY(std::move(bound));
    return address.port();
}

}  // namespace gw::serve
