#include "tests/support/tls_relay.h"

#include <atomic>
#include <csignal>
#include <stdexcept>
#include <thread>
#include <vector>

#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/raw_client.h"
#include "tests/support/socket.h"

namespace gw::test {
namespace {

struct FreeContext {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* session) const { SSL_free(session); }
    void operator()(X509* certificate) const { X509_free(certificate); }
};
template <class T>
using Owned = std::unique_ptr<T, FreeContext>;

/// A session on a connected socket, its handshake done; blocking, each call for at most the patience.
Result<Owned<SSL>> handshake(SSL_CTX& context, int socket) {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
    const timeval patience{std::chrono::duration_cast<std::chrono::seconds>(kPatience).count(), 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    Owned<SSL> session(SSL_new(&context));
    SSL_set_fd(session.get(), socket);
    SSL_set_tlsext_host_name(session.get(), "localhost");
    if (SSL_connect(session.get()) != 1) return Error{Errc::tls, "the handshake failed", {}, {}};
    return session;
}

}  // namespace

Result<std::string> shake_hands(std::uint16_t port) {
    static const Owned<SSL_CTX> context(SSL_CTX_new(TLS_client_method()));
    const RawClient client = TRY(RawClient::connect(port));
    const Owned<SSL> session = TRY(handshake(*context, client.descriptor()));
    const std::string request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    if (SSL_write(session.get(), request.data(), static_cast<int>(request.size())) <= 0)
        return Error{Errc::closed, "the request was not taken", {}, {}};
    std::string answer;
    while (answer.find("\r\n\r\n") == std::string::npos) {
        char buffer[4096];
        const int got = SSL_read(session.get(), buffer, sizeof buffer);
        if (got <= 0) return Error{Errc::closed, "the answer broke off: " + answer, {}, {}};
        answer.append(buffer, static_cast<std::size_t>(got));
    }
    if (!answer.starts_with("HTTP/1.1 200 ")) return Error{Errc::closed, "not well answered: " + answer, {}, {}};
    const Owned<X509> shown(SSL_get1_peer_certificate(session.get()));
    char name[256] = {};
    X509_NAME_get_text_by_NID(X509_get_subject_name(shown.get()), NID_commonName, name, sizeof name);
    return std::string(name);
}

struct TlsRelay::State {
    explicit State(std::uint16_t to_in) : to(to_in) {}
    void accept_all();
    void pass(int plain);

    std::uint16_t to;
    Listener listener;
    Owned<SSL_CTX> context{SSL_CTX_new(TLS_client_method())};
    std::atomic<bool> over{false};
    std::vector<std::thread> threads;
    std::thread acceptor;
};

void TlsRelay::State::accept_all() {
    while (!over) {
        pollfd ready{listener.socket.get(), POLLIN, 0};
        if (::poll(&ready, 1, 50) <= 0) continue;
        const int plain = ::accept4(listener.socket.get(), nullptr, nullptr, SOCK_CLOEXEC);
        if (plain >= 0) threads.emplace_back([this, plain] { pass(plain); });
    }
}

void TlsRelay::State::pass(int plain) {
    const Descriptor client(plain);
    auto server = RawClient::connect(to);
    if (!server) return;
    auto shaken = handshake(*context, server->descriptor());
    if (!shaken) return;
    SSL* const session = shaken->get();
    char buffer[65536];
    while (!over) {
        pollfd ready[2] = {{client.get(), POLLIN, 0}, {server->descriptor(), POLLIN, 0}};
        if (SSL_pending(session) == 0 && ::poll(ready, 2, 50) <= 0) continue;
        if (SSL_pending(session) > 0 || (ready[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
            const int got = SSL_read(session, buffer, sizeof buffer);
            if (got <= 0) return;
            if (!write_all(client.get(), {buffer, static_cast<std::size_t>(got)}, within(kPatience))) return;
        }
        if ((ready[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
            const ssize_t got = ::recv(client.get(), buffer, sizeof buffer, 0);
            if (got <= 0) return;
            if (SSL_write(session, buffer, static_cast<int>(got)) <= 0) {
                // the server has ended; what it said before is still to be read
                for (int more = 0; (more = SSL_read(session, buffer, sizeof buffer)) > 0;)
                    if (!write_all(client.get(), {buffer, static_cast<std::size_t>(more)}, within(kPatience))) return;
                return;
            }
        }
    }
}

TlsRelay::TlsRelay(std::uint16_t to) : state_(new State(to)) {
    auto listener = listen_on_loopback();
    if (!listener) throw std::runtime_error("a relay cannot listen");
    state_->listener = std::move(*listener);
    state_->acceptor = std::thread([state = state_.get()] { state->accept_all(); });
}

TlsRelay::~TlsRelay() {
    state_->over = true;
    state_->acceptor.join();
    for (std::thread& thread : state_->threads) thread.join();
}

std::uint16_t TlsRelay::port() const { return state_->listener.port; }

}  // namespace gw::test
