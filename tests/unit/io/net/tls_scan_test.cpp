// What a scanner would find: libssl itself as the peer, configured in ways in which our own client never is.

#include <atomic>
#include <csignal>
#include <thread>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libgw/io/net/tls.h"
#include "libgw/io/net/tls_ticket.h"
#include "tests/support/catch.h"
#include "tests/support/certificate.h"
#include "tests/support/loop.h"

using namespace gw;
using namespace gw::net;
using gw::test::run_until;
using gw::test::socket_pair;
using gw::test::Talker;

namespace {

/// A clock that a test moves.
class ManualClock final : public Clock {
  public:
    [[nodiscard]] Instant now() const override { return system_.now() + ahead; }
    [[nodiscard]] Date date() const override { return system_.date() + ahead; }
    Nanoseconds ahead{0};

  private:
    SystemClock system_;
};

using Server = std::shared_ptr<const TlsContext>;

Server make_server(Server previous = {}, const TlsKeyPair* pair = nullptr, std::string client_ca = {}) {
    static const TlsKeyPair made = *make_self_signed({"localhost"}, SystemClock().date());
    auto server = TlsContext::make_server({.key_pairs = {pair == nullptr ? made : *pair},
                                           .client_ca_pem = std::move(client_ca),
                                           .client_ca_name = {},
                                           .previous = std::move(previous)},
                                          SystemClock().date());
    REQUIRE(server);
    return *server;
}

/// One scanning connection. The server says "hi" and reads; the client does `configure`, the handshake, then `talk`.
struct Scan {
    std::function<void(SSL_CTX*)> context = [](SSL_CTX*) {};
    std::function<void(SSL*)> configure = [](SSL*) {};
    std::function<void(SSL*)> talk = [](SSL*) {};

    // what came of it
    bool connected = false;
    std::string error;         // the client's reason
    std::string server_error;  // ours
    std::string protocol;
    std::string alpn;
    bool resumed = false;
    SSL_SESSION* session = nullptr;

    Scan() = default;
    Scan(const Scan&) = delete;
    Scan& operator=(const Scan&) = delete;
    ~Scan() { SSL_SESSION_free(session); }

    void client(int fd, std::atomic<bool>& done) {
        gw::test::make_blocking(fd);
        SSL_CTX* ctx = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_security_level(ctx, 0);
        SSL_CTX_set_min_proto_version(ctx, 0);
        context(ctx);
        SSL* ssl = SSL_new(ctx);
        SSL_set_tlsext_host_name(ssl, "localhost");
        configure(ssl);
        SSL_set_fd(ssl, fd);
        connected = SSL_connect(ssl) == 1;
        if (connected) {
            protocol = SSL_get_version(ssl);
            const unsigned char* name = nullptr;
            unsigned int size = 0;
            SSL_get0_alpn_selected(ssl, &name, &size);
            alpn.assign(reinterpret_cast<const char*>(name), size);
            resumed = SSL_session_reused(ssl) == 1;
            char greeting[2];
            static_cast<void>(SSL_read(ssl, greeting, 2));  // and the tickets before it
            talk(ssl);
            session = SSL_get1_session(ssl);
            SSL_shutdown(ssl);
        }
        if (const unsigned long code = ERR_peek_error(); code != 0) error = ERR_reason_error_string(code);
        ERR_clear_error();
        SSL_free(ssl);
        SSL_CTX_free(ctx);
        ::shutdown(fd, SHUT_RDWR);
        ::close(fd);
        done = true;
    }

    void run(const Server& server, const Clock& clock = system()) { REQUIRE(attempt(server, clock)); }

    /// For threads, where Catch may not assert.
    bool attempt(const Server& server, const Clock& clock = system()) {
        std::signal(SIGPIPE, SIG_IGN);  // libssl's own socket BIO writes without MSG_NOSIGNAL
        Loop loop(clock);
        const auto [ours, theirs] = socket_pair();
        std::atomic<bool> done = false;
        struct Greeter : Talker {
            void on_greeted() {
                shook = true;
                if (!stream.handshake_error().empty()) {
                    stream.shutdown_write();
                    return;
                }
                say("hi");
                listen();
            }
        } greeter;
        greeter.stream = Stream(loop, ours, {});
        greeter.stream.accept_tls(server, callback<&Greeter::on_greeted>(&greeter));
        std::thread thread([&] { client(theirs, done); });
        const bool ended = run_until(loop, [&] {
            if (greeter.over) greeter.stream.close();
            return done && greeter.shook;
        });
        server_error = greeter.stream.handshake_error();
        greeter.stream.close();
        thread.join();
        return ended;
    }
    static const Clock& system() {
        static const SystemClock clock;
        return clock;
    }
};

void only(SSL_CTX* context, int version) {
    SSL_CTX_set_min_proto_version(context, version);
    SSL_CTX_set_max_proto_version(context, version);
}

}  // namespace

TEST_CASE("Nothing below TLS 1.2 is spoken") {
    const int version = GENERATE(TLS1_VERSION, TLS1_1_VERSION);
    Scan scan;
    scan.context = [&](SSL_CTX* context) {
        only(context, version);
        SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0");
    };
    scan.run(make_server());
    CHECK_FALSE(scan.connected);
    CHECK(scan.server_error == "unsupported protocol");
    CHECK(scan.error == "tlsv1 alert protocol version");
}

TEST_CASE("TLS 1.2 and 1.3 are spoken") {
    const int version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    Scan scan;
    scan.context = [&](SSL_CTX* context) { only(context, version); };
    scan.run(make_server());
    CHECK(scan.connected);
    CHECK(scan.protocol == (version == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3"));
}

TEST_CASE("Under TLS 1.2 only suites with ephemeral keys and authenticated encryption are taken") {
    static const auto rsa = gw::test::issue({.subject = "rsa",
                                             .names = {"localhost"},
                                             .authority = false,
                                             .usage = {},
                                             .not_before = SystemClock().date() - std::chrono::hours(1),
                                             .not_after = SystemClock().date() + std::chrono::hours(1000),
                                             .rsa_bits = 2048});
    const auto [suite, taken] = GENERATE(table<std::string, bool>({
        {"ECDHE-RSA-AES128-GCM-SHA256", true},
        {"ECDHE-RSA-AES256-GCM-SHA384", true},
        {"ECDHE-RSA-CHACHA20-POLY1305", true},
        {"ECDHE-RSA-AES128-SHA256", false},
        {"ECDHE-RSA-AES256-SHA", false},
        {"DHE-RSA-AES128-GCM-SHA256", false},
        {"AES128-GCM-SHA256", false},
        {"AES128-SHA", false},
        {"ADH-AES128-GCM-SHA256", false},
        {"ECDHE-RSA-NULL-SHA", false},
    }));
    CAPTURE(suite);
    Scan scan;
    scan.context = [&, name = suite](SSL_CTX* context) {
        only(context, TLS1_2_VERSION);
        REQUIRE(SSL_CTX_set_cipher_list(context, name.c_str()) == 1);
    };
    scan.run(make_server({}, &rsa));
    CHECK(scan.connected == taken);
    CHECK(scan.server_error == (taken ? "" : "no shared cipher"));
}

TEST_CASE("A protocol that was offered must be HTTP/1.1, or the handshake ends") {
    const auto [offered, chosen, fine] = GENERATE(table<std::string, std::string, bool>({
        {"\x08http/1.1", "http/1.1", true},
        {"\x02h2\x08http/1.1", "http/1.1", true},
        {"", "", true},
        {"\x02h2", "", false},
        {"\x08http/1.0", "", false},
        {"\x07http/1.", "", false},
        {"\x09http/1.1x", "", false},
        {"\x03"
         "ftp\x04smtp",
         "", false},
    }));
    Scan scan;
    scan.configure = [list = offered](SSL* ssl) {
        if (list.empty()) return;
        SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(list.data()),
                            static_cast<unsigned int>(list.size()));
    };
    scan.run(make_server());
    CAPTURE(offered);
    CHECK(scan.connected == fine);
    CHECK(scan.alpn == chosen);
    CHECK(scan.error == (fine ? "" : "tlsv1 alert no application protocol"));
    CHECK(scan.server_error.empty() == fine);
}

TEST_CASE("Renegotiation is refused") {
    Scan scan;
    int renegotiated = 1;
    scan.context = [](SSL_CTX* context) { only(context, TLS1_2_VERSION); };
    scan.talk = [&](SSL* ssl) {
        SSL_renegotiate(ssl);
        renegotiated = SSL_do_handshake(ssl);
    };
    scan.run(make_server());
    CHECK(scan.connected);
    CHECK(renegotiated != 1);
    CHECK(scan.error == "no renegotiation");
}

TEST_CASE("There is no compression and no early data") {
    Scan scan;
    bool compressed = true;
    std::uint32_t early = 1;
    scan.context = [](SSL_CTX* context) { SSL_CTX_clear_options(context, SSL_OP_NO_COMPRESSION); };
    scan.talk = [&](SSL* ssl) {
        compressed = SSL_get_current_compression(ssl) != nullptr;
        early = SSL_SESSION_get_max_early_data(SSL_get0_session(ssl));
    };
    scan.run(make_server());
    CHECK(scan.connected);
    CHECK_FALSE(compressed);
    CHECK(early == 0);
}

TEST_CASE("A flood of key updates ends the connection, and a few do not") {
    const int count = GENERATE(3, 2000);
    Scan scan;
    bool broken = false;
    scan.context = [](SSL_CTX* context) { only(context, TLS1_3_VERSION); };
    scan.talk = [&](SSL* ssl) {
        for (int i = 0; i < count && !broken; ++i) {
            SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED);
            broken = SSL_do_handshake(ssl) != 1;
        }
        broken = broken || SSL_write(ssl, "x", 1) != 1;
    };
    scan.run(make_server());
    CHECK(scan.connected);
    if (count > 100)
        CHECK(scan.server_error == "too many key updates or renegotiations");
    else
        CHECK(scan.server_error.empty());
}

// ── tickets ─────────────────────────────────────────────────────────────────

namespace {

/// Connects with the session of `first`, under this version.
void resume(Scan& second, const Scan& first, const Server& server, int version, const Clock& clock = Scan::system()) {
    second.context = [version](SSL_CTX* context) { only(context, version); };
    second.configure = [&](SSL* ssl) { SSL_set_session(ssl, first.session); };
    second.run(server, clock);
    REQUIRE(second.connected);
}

}  // namespace

TEST_CASE("A session is resumed by its ticket") {
    const int version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    const Server server = make_server();
    Scan first;
    first.context = [version](SSL_CTX* context) { only(context, version); };
    first.run(server);
    REQUIRE(first.connected);
    CHECK_FALSE(first.resumed);
    Scan second;
    resume(second, first, server, version);
    CHECK(second.resumed);
}

TEST_CASE("A ticket outlives a reload with the same certificates, and no other change") {
    const int version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    const Server server = make_server();
    Scan first;
    first.context = [version](SSL_CTX* context) { only(context, version); };
    first.run(server);
    Scan reloaded;
    resume(reloaded, first, make_server(server), version);
    CHECK(reloaded.resumed);
    Scan restarted;
    resume(restarted, first, make_server(), version);
    CHECK_FALSE(restarted.resumed);
    const TlsKeyPair other = *make_self_signed({"localhost"}, SystemClock().date());
    Scan changed;
    resume(changed, first, make_server(server, &other), version);
    CHECK_FALSE(changed.resumed);
}

TEST_CASE("A ticket of before the last rotation resumes, one of long ago does not") {
    const Server server = make_server();
    ManualClock clock;
    Scan first;
    first.context = [](SSL_CTX* context) { only(context, TLS1_2_VERSION); };
    first.run(server, clock);
    clock.ahead = TicketKeys::kRotation;
    Scan second;
    resume(second, first, server, TLS1_2_VERSION, clock);
    CHECK(second.resumed);
    clock.ahead = 3 * TicketKeys::kRotation + std::chrono::hours(1);
    Scan third;
    resume(third, first, server, TLS1_2_VERSION, clock);
    CHECK_FALSE(third.resumed);
}

TEST_CASE("Where client certificates are required no ticket is given and none is taken") {
    const int version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    const Date now = SystemClock().date();
    gw::test::CertificateWish wish{.subject = "CA",
                                   .names = {},
                                   .authority = true,
                                   .usage = {},
                                   .not_before = now - std::chrono::hours(1),
                                   .not_after = now + std::chrono::hours(1000),
                                   .rsa_bits = 0};
    const TlsKeyPair ca = gw::test::issue(wish);
    wish.authority = false;
    wish.subject = "alice";
    const TlsKeyPair alice = gw::test::issue(wish, &ca);
    const Server open = make_server();
    const Server strict = make_server(open, nullptr, ca.cert_pem);
    const auto show = [&](SSL_CTX* context) {
        only(context, version);
        BIO* cert = BIO_new_mem_buf(alice.cert_pem.data(), static_cast<int>(alice.cert_pem.size()));
        BIO* key = BIO_new_mem_buf(alice.key_pem.data(), static_cast<int>(alice.key_pem.size()));
        X509* certificate = PEM_read_bio_X509(cert, nullptr, nullptr, nullptr);
        EVP_PKEY* secret = PEM_read_bio_PrivateKey(key, nullptr, nullptr, nullptr);
        SSL_CTX_use_certificate(context, certificate);
        SSL_CTX_use_PrivateKey(context, secret);
        X509_free(certificate);
        EVP_PKEY_free(secret);
        BIO_free(cert);
        BIO_free(key);
    };
    Scan first;
    first.context = show;
    first.run(strict);
    REQUIRE(first.connected);
    REQUIRE(first.server_error.empty());
    CHECK(SSL_SESSION_has_ticket(first.session) == 0);
    Scan second;
    second.context = show;
    second.configure = [&](SSL* ssl) { SSL_set_session(ssl, first.session); };
    second.run(strict);
    CHECK(second.connected);
    CHECK_FALSE(second.resumed);

    // nor does a ticket of the open listener open the strict one (nginx CVE-2025-23419)
    Scan outside;
    outside.context = [&](SSL_CTX* context) { only(context, version); };
    outside.run(open);
    REQUIRE(outside.connected);
    Scan inside;
    inside.context = outside.context;
    inside.configure = [&](SSL* ssl) { SSL_set_session(ssl, outside.session); };
    inside.run(strict);
    CHECK_FALSE(inside.resumed);
    CHECK(inside.server_error == "peer did not return a certificate");
}

TEST_CASE("Connections on several loops share one context and resume each other's sessions") {
    const Server server = make_server();
    Scan first;
    first.run(server);
    std::atomic<int> resumed = 0;
    std::vector<std::thread> threads;
    std::vector<std::unique_ptr<Scan>> scans;
    for (int i = 0; i < 4; ++i) scans.push_back(std::make_unique<Scan>());
    for (const auto& scan : scans)
        scan->configure = [&](SSL* ssl) {
            SSL_SESSION* own = SSL_SESSION_dup(first.session);
            SSL_set_session(ssl, own);
            SSL_SESSION_free(own);
        };
    for (const auto& scan : scans)
        threads.emplace_back([&server, &resumed, one = scan.get()] {
            if (one->attempt(server) && one->resumed) ++resumed;
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(resumed == 4);
}
