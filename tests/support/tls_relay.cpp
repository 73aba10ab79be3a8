#include "tests/support/tls_relay.h"

#include <atomic>
#include <csignal>
#include <stdexcept>
#include <thread>
#include <vector>

#include <fcntl.h>
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

/// Ends its side and takes what still comes: a close with bytes unread would be a reset, and lose what was said before.
static void part_from(int socket, const std::atomic<bool>& over) {
    ::shutdown(socket, SHUT_WR);
    char buffer[4096];
    for (const Deadline deadline = within(kPatience); !over && std::chrono::steady_clock::now() < deadline;) {
        pollfd ready{socket, POLLIN, 0};
        if (::poll(&ready, 1, 50) > 0 && ::recv(socket, buffer, sizeof buffer, 0) <= 0) return;
    }
}

void TlsRelay::State::pass(int plain) {
    const Descriptor client(plain);
    struct Part {
        const Descriptor& client;
        const std::atomic<bool>& over;
        ~Part() { part_from(client.get(), over); }
    } part{client, over};
    auto server = RawClient::connect(to);
    if (!server) return;
    auto shaken = handshake(*context, server->descriptor());
    if (!shaken) return;
    SSL* const session = shaken->get();
    // from here on nothing waits inside OpenSSL: a record may be a ticket, or come in two pieces
    ::fcntl(server->descriptor(), F_SETFL, ::fcntl(server->descriptor(), F_GETFL) | O_NONBLOCK);
    const auto wants_more = [session](int result) {
        const int error = SSL_get_error(session, result);
        return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
    };
    char buffer[65536];
    bool writable = true;  // the server takes what the client says
    while (!over) {
        pollfd ready[2] = {{server->descriptor(), POLLIN, 0}, {writable ? client.get() : -1, POLLIN, 0}};
        if (SSL_pending(session) == 0 && ::poll(ready, 2, 50) <= 0) continue;
        const int got = SSL_read(session, buffer, sizeof buffer);
        if (got > 0 && !write_all(client.get(), {buffer, static_cast<std::size_t>(got)}, within(kPatience))) return;
        if (got <= 0 && !wants_more(got)) return;
        if (!writable || ready[1].revents == 0) continue;
        const ssize_t said = ::recv(client.get(), buffer, sizeof buffer, 0);
        if (said <= 0) return;
        int put = 0;
        while (!over && (put = SSL_write(session, buffer, static_cast<int>(said))) <= 0 && wants_more(put)) {
            pollfd room{server->descriptor(), POLLOUT, 0};
            ::poll(&room, 1, 50);
        }
        writable = put > 0;
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
