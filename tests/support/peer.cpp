#include "tests/support/peer.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <httplib.h>

namespace gw::test {
namespace {

PeerFields to_fields(const httplib::Headers& headers) {
    PeerFields fields;
    for (const auto& [name, value] : headers)
        if (name != "REMOTE_ADDR" && name != "REMOTE_PORT" && name != "LOCAL_ADDR" && name != "LOCAL_PORT")
            fields.emplace_back(name, value);  // the four are the library's own
    return fields;
}

Errc to_code(httplib::Error error) {
    switch (error) {
        case httplib::Error::Connection: return Errc::connect;
        case httplib::Error::ConnectionTimeout: return Errc::timeout;
        case httplib::Error::SSLConnection:
        case httplib::Error::SSLLoadingCerts:
        case httplib::Error::SSLServerVerification: return Errc::tls;
        default: return Errc::io;
    }
}

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace

std::string_view find_peer_field(const PeerFields& fields, std::string_view name) {
    for (const auto& [key, value] : fields)
        if (std::equal(key.begin(), key.end(), name.begin(), name.end(),
                       [](char a, char b) { return to_lower(a) == to_lower(b); }))
            return value;
    return {};
}

struct PeerServer::State {
    Handler handler;
    std::unique_ptr<httplib::Server> server;
    std::string scheme;
    int port = 0;
    mutable std::mutex mutex;
    std::vector<PeerRequest> requests;
    std::thread thread;

    State(Handler handle, std::unique_ptr<httplib::Server> made, std::string kind)
        : handler(std::move(handle)), server(std::move(made)), scheme(std::move(kind)) {
        const auto answer = [this](const httplib::Request& from, httplib::Response& to) {
            PeerRequest request{from.method, from.target, to_fields(from.headers), from.body};
            {
                const std::lock_guard lock(mutex);
                requests.push_back(request);
            }
            const PeerResponse response = handler(request);
            to.status = response.status;
            for (const auto& [name, value] : response.fields) to.headers.emplace(name, value);
            to.body = response.body;
        };
        server->Get(".*", answer).Post(".*", answer).Put(".*", answer);
        server->Patch(".*", answer).Delete(".*", answer).Options(".*", answer);
        server->set_keep_alive_max_count(1'000'000);
        server->set_keep_alive_timeout(1);  // seconds; the destructor waits for idle connections this long
        server->set_tcp_nodelay(true);
        port = server->bind_to_any_port("127.0.0.1");
        if (port <= 0) throw std::runtime_error("the peer server cannot listen on 127.0.0.1");
    }

    /// Apart from the constructor: a handler may ask the server for its port.
    void start() {
        thread = std::thread([this] { server->listen_after_bind(); });
        while (!server->is_running()) std::this_thread::yield();  // stop() before it runs would be lost
    }

    ~State() {
        server->stop();
        thread.join();
    }
};

PeerServer::PeerServer(Handler handler)
    : state_(std::make_unique<State>(std::move(handler), std::make_unique<httplib::Server>(), "http")) {
    state_->start();
}

PeerServer::PeerServer(Handler handler, const PeerTls& tls)
    : state_(std::make_unique<State>(std::move(handler),
                                     std::make_unique<httplib::SSLServer>(tls.certificate.c_str(), tls.key.c_str()),
                                     "https")) {
    state_->start();
}

PeerServer::~PeerServer() = default;

std::uint16_t PeerServer::port() const { return static_cast<std::uint16_t>(state_->port); }
std::string PeerServer::url() const { return state_->scheme + "://127.0.0.1:" + std::to_string(state_->port); }

std::vector<PeerRequest> PeerServer::requests() const {
    const std::lock_guard lock(state_->mutex);
    return state_->requests;
}

struct PeerClient::State {
    httplib::Client client;
    explicit State(const std::string& url) : client(url) {}
};

PeerClient::PeerClient(const std::string& url, const std::string& trust) : state_(std::make_unique<State>(url)) {
    httplib::Client& client = state_->client;
    client.set_hostname_addr_map({{"localhost", "127.0.0.1"}});  // a machine may have no hosts file
    client.set_keep_alive(true);
    client.set_tcp_nodelay(true);
    client.set_follow_location(false);
    client.set_url_encode(false);
    client.set_connection_timeout(10);
    client.set_read_timeout(40);
    if (!trust.empty()) client.set_ca_cert_path(trust.c_str());
    client.enable_server_certificate_verification(!trust.empty());
}

PeerClient::~PeerClient() = default;
PeerClient::PeerClient(PeerClient&&) noexcept = default;

Result<PeerResponse> PeerClient::fetch(const PeerRequest& request) {
    httplib::Request sent;
    sent.method = request.method;
    sent.path = request.target;
    sent.body = request.body;
    for (const auto& [name, value] : request.fields) sent.headers.emplace(name, value);
    try {
        const httplib::Result result = state_->client.send(sent);
        if (!result)
            return Error{to_code(result.error()), "peer client: " + httplib::to_string(result.error()), {}, {}};
        return PeerResponse{result->status, to_fields(result->headers), result->body};
    } catch (const std::exception& problem) {
        return Error{Errc::io, std::string("peer client: ") + problem.what(), {}, {}};
    }
}

}  // namespace gw::test
