#include "libgw/io/net/tls.h"

#include <algorithm>
#include <cerrno>

#include <malloc.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/catch.h"
#include "tests/support/certificate.h"
#include "tests/support/loop.h"

using namespace gw;
using namespace gw::net;
using gw::test::CertificateWish;
using gw::test::issue;
using gw::test::run_until;
using gw::test::settle;
using gw::test::socket_pair;
using gw::test::Talker;
using Kind = IoResult::Kind;
using ContextPtr = std::shared_ptr<const TlsContext>;

namespace {

constexpr auto kDay = std::chrono::hours(24);

Date today() { return SystemClock().date(); }

TlsKeyPair self_signed(const std::vector<std::string>& names, Date date = today()) {
    auto pair = make_self_signed(names, date);
    REQUIRE(pair);
    return std::move(*pair);
}

ContextPtr server_of(TlsServerOptions options) {
    auto context = TlsContext::make_server(options, today());
    if (!context) FAIL(context.error().message);
    return std::move(*context);
}

ContextPtr client_of(TlsClientOptions options) {
    auto context = TlsContext::make_client(options);
    if (!context) FAIL(context.error().message);
    return std::move(*context);
}

/// A certificate for localhost, and a client that trusts it.
struct Contexts {
    TlsKeyPair pair = self_signed({"localhost", "127.0.0.1"});
    ContextPtr server = server_of({.key_pairs = {pair}, .client_ca_pem = {}, .client_ca_name = {}, .previous = {}});
    ContextPtr client = client_of({.ca_pem = pair.cert_pem, .ca_name = {}, .insecure = false, .client = {}});
};

const Contexts& contexts() {
    static const Contexts made;
    return made;
}

/// A server and a client in one loop.
struct Both {
    Loop loop;
    Talker server;
    Talker client;

    explicit Both(int buffer = 0) {
        const auto [a, b] = socket_pair(buffer);
        server.stream = Stream(loop, a, {});
        client.stream = Stream(loop, b, {});
    }
    Both(const ContextPtr& server_context, const ContextPtr& client_context, std::string_view name) : Both() {
        shake(server_context, client_context, name);
    }
    void shake(const ContextPtr& server_context = contexts().server,
               const ContextPtr& client_context = contexts().client, std::string_view name = "localhost") {
        server.stream.accept_tls(server_context, callback<&Talker::on_shaken>(&server));
        client.stream.connect_tls(client_context, name, callback<&Talker::on_shaken>(&client));
        REQUIRE(run_until(loop, [&] { return client.shook && (server.shook || !client.stream.tls()); }));
        if (!client.stream.tls()) {
            client.stream.close();
            REQUIRE(run_until(loop, [&] { return server.shook; }));
        }
    }
    [[nodiscard]] bool fine() const { return server.stream.tls() != nullptr && client.stream.tls() != nullptr; }
    /// After TLS 1.3 a client hears only with its first read that the server refused it.
    std::string client_hears() {
        client.listen();
        REQUIRE(run_until(loop, [&] { return client.over.has_value(); }));
        CHECK(client.over->kind == Kind::error);
        return client.stream.handshake_error();
    }
};

std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    std::uint32_t state = 12345;
    for (char& c : text) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
    return text;
}

/// The types and lengths of the records that wait in a socket.
std::vector<std::pair<int, std::size_t>> waiting_records(int fd) {
    std::vector<unsigned char> bytes(1 << 20);
    const ssize_t got = ::recv(fd, bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
    std::vector<std::pair<int, std::size_t>> records;
    for (std::size_t at = 0; got > 0 && at + 5 <= static_cast<std::size_t>(got);) {
        const std::size_t size = std::size_t{bytes[at + 3]} << 8 | bytes[at + 4];
        records.emplace_back(bytes[at], size);
        at += 5 + size;
    }
    return records;
}

iovec part_of(const std::string& text) { return {const_cast<char*>(text.data()), text.size()}; }

/// Carries bytes between two sockets, a few at a time.
struct Relay {
    Loop& loop;
    int from;
    int to;
    std::size_t step;
    std::size_t carried = 0;
    std::size_t most = SIZE_MAX;
    void run() {
        char bytes[256];
        const std::size_t room = std::min({step, sizeof bytes, most - carried});
        if (room > 0) {
            const ssize_t got = ::recv(from, bytes, room, MSG_DONTWAIT);
            if (got > 0)
                carried += static_cast<std::size_t>(::send(to, bytes, static_cast<std::size_t>(got), MSG_NOSIGNAL));
            if (got == 0) ::shutdown(to, SHUT_WR);
        }
        loop.defer(callback<&Relay::run>(this));
    }
};

}  // namespace

// ── what a handshake agrees on ──────────────────────────────────────────────

TEST_CASE("A client that trusts the server's certificate talks TLS 1.3 to it") {
    Both both;
    both.shake();
    REQUIRE(both.fine());
    CHECK(both.server.stream.handshake_error().empty());
    CHECK(both.client.stream.handshake_error().empty());
    CHECK(both.server.stream.tls()->protocol == "TLSv1.3");
    CHECK(both.server.stream.tls()->cipher == "TLS_AES_128_GCM_SHA256");
    CHECK(both.server.stream.tls()->sni == "localhost");
    CHECK(both.server.stream.tls()->client_cert_pem.empty());
    CHECK(both.client.stream.tls()->protocol == "TLSv1.3");
}

TEST_CASE("A stream in the clear has no TLS information and no handshake error") {
    Both both;
    CHECK(both.server.stream.tls() == nullptr);
    CHECK(both.server.stream.handshake_error().empty());
}

TEST_CASE("The server name is told in lower case without its final dot") {
    Both both(contexts().server, contexts().client, "LocalHost.");
    REQUIRE(both.fine());
    CHECK(both.server.stream.tls()->sni == "localhost");
}

TEST_CASE("An address is verified against the certificate's addresses and not sent as SNI") {
    Both both(contexts().server, contexts().client, "127.0.0.1");
    REQUIRE(both.fine());
    CHECK(both.server.stream.tls()->sni.empty());
}

TEST_CASE("A stream may move during and after the handshake") {
    Both both;
    both.server.stream.accept_tls(contexts().server, callback<&Talker::on_shaken>(&both.server));
    both.client.stream.connect_tls(contexts().client, "localhost", callback<&Talker::on_shaken>(&both.client));
    Stream moved(std::move(both.server.stream));
    Talker other;
    other.stream = std::move(moved);
    REQUIRE(run_until(both.loop, [&] { return both.server.shook && both.client.shook; }));
    Talker last;
    last.stream = std::move(other.stream);
    last.listen();
    both.client.say("hello");
    REQUIRE(run_until(both.loop, [&] { return last.got == "hello"; }));
    last.say("and back");
    both.client.listen();
    REQUIRE(run_until(both.loop, [&] { return both.client.got == "and back"; }));
}

TEST_CASE("A stream that is closed during the handshake never calls back") {
    Both both;
    both.server.stream.accept_tls(contexts().server, callback<&Talker::on_shaken>(&both.server));
    both.client.stream.connect_tls(contexts().client, "localhost", callback<&Talker::on_shaken>(&both.client));
    both.server.stream.close();
    REQUIRE(run_until(both.loop, [&] { return both.client.shook; }));
    CHECK_FALSE(both.server.shook);
    CHECK(both.client.stream.handshake_error() == "connection reset by peer");  // the ClientHello was never read
}

TEST_CASE("A stream may be destroyed from its own handshake callback") {
    Both both;
    struct Owner {
        std::unique_ptr<Stream> stream;
        bool called = false;
        void on_shaken() {
            called = true;
            stream.reset();
        }
    } owner;
    owner.stream = std::make_unique<Stream>(std::move(both.server.stream));
    owner.stream->accept_tls(contexts().server, callback<&Owner::on_shaken>(&owner));
    both.client.stream.connect_tls(contexts().client, "localhost", callback<&Talker::on_shaken>(&both.client));
    REQUIRE(run_until(both.loop, [&] { return owner.called && both.client.shook; }));
    CHECK(owner.stream == nullptr);
}

TEST_CASE("Cancelling waits does not cancel a handshake") {
    Both both;
    both.server.stream.accept_tls(contexts().server, callback<&Talker::on_shaken>(&both.server));
    both.client.stream.connect_tls(contexts().client, "localhost", callback<&Talker::on_shaken>(&both.client));
    both.server.stream.cancel_waits();
    both.client.stream.cancel_readable();
    REQUIRE(run_until(both.loop, [&] { return both.server.shook && both.client.shook; }));
    CHECK(both.fine());
}

TEST_CASE("A handshake and what follows survive being cut into pieces of any size") {
    const std::size_t step = GENERATE(as<std::size_t>{}, 1, 2, 5, 17, 255);
    Both both;
    const auto [left, right] = socket_pair();
    both.client.stream = Stream(both.loop, left, {});
    const auto [a, b] = socket_pair();
    both.server.stream = Stream(both.loop, b, {});
    Relay there{both.loop, right, a, step};
    Relay back{both.loop, a, right, step};
    there.run();
    back.run();
    both.shake();
    REQUIRE(both.fine());
    const std::string text = pattern(3000);
    both.server.listen();
    both.client.say(text);
    REQUIRE(run_until(both.loop, [&] { return both.server.got == text; }));
    both.loop.forget(&there);
    both.loop.forget(&back);
    ::close(right);
    ::close(a);
}

// ── handshakes that fail ────────────────────────────────────────────────────

TEST_CASE("Of many handshakes that come at once only a few are worked on in one turn, and all are in the end") {
    constexpr std::size_t kMany = 40;
    Loop loop;
    Loop elsewhere;  // the clients' loop, which runs later
    std::vector<std::unique_ptr<Talker>> servers;
    std::vector<std::unique_ptr<Talker>> clients;
    for (std::size_t i = 0; i < kMany; ++i) {
        const auto [a, b] = socket_pair();
        servers.push_back(std::make_unique<Talker>(loop, a));
        clients.push_back(std::make_unique<Talker>(elsewhere, b));
        servers.back()->stream.accept_tls(contexts().server, callback<&Talker::on_shaken>(servers.back().get()));
        clients.back()->stream.connect_tls(contexts().client, "localhost",
                                           callback<&Talker::on_shaken>(clients.back().get()));
    }
    const auto answered = [&] {
        std::size_t count = 0;
        char byte = 0;
        for (const auto& client : clients)
            count += ::recv(client->stream.fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0 ? 1U : 0U;
        return count;
    };
    std::size_t before = 0;
    for (int turn = 0; turn < 1000 && before < kMany; ++turn) {
        settle(loop, 0);
        const std::size_t now = answered();
        REQUIRE(now - before <= Loop::kHeavy);
        before = now;
    }
    CHECK(before == kMany);
    const auto all = [](const std::vector<std::unique_ptr<Talker>>& ends) {
        return std::all_of(ends.begin(), ends.end(), [](const auto& end) { return end->shook; });
    };
    CHECK(run_until(elsewhere, [&] { return all(clients); }));
    CHECK(run_until(loop, [&] { return all(servers); }));
    for (const auto& server : servers) CHECK(server->stream.handshake_error().empty());
}

TEST_CASE("A server says why a handshake failed") {
    struct Case {
        std::string sent;
        std::string error;
    };
    const Case c = GENERATE(Case{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "a plain HTTP request on a TLS port"},
                            Case{"\x16\x05\x01\x02garbage that is no TLS", "wrong version number"},
                            Case{std::string("\x17\x03\x03\x00\x05hello", 10), "unexpected message"},
                            Case{"", "the peer closed the connection during the handshake"});
    Both both;
    both.server.stream.accept_tls(contexts().server, callback<&Talker::on_shaken>(&both.server));
    const int fd = both.client.stream.fd();
    REQUIRE(::send(fd, c.sent.data(), c.sent.size(), 0) == static_cast<ssize_t>(c.sent.size()));
    ::shutdown(fd, SHUT_WR);
    REQUIRE(run_until(both.loop, [&] { return both.server.shook; }));
    CHECK(both.server.stream.handshake_error() == c.error);
    CHECK(both.server.stream.tls() == nullptr);
    char byte = 0;
    CHECK(both.server.stream.read({&byte, 1}).kind == Kind::error);
    const iovec part{&byte, 1};
    CHECK(both.server.stream.write({&part, 1}).kind == Kind::error);
    CHECK(both.server.stream.peer_gone());
}

TEST_CASE("A client says that the server talks something else") {
    Both both;
    both.client.stream.connect_tls(contexts().client, "localhost", callback<&Talker::on_shaken>(&both.client));
    REQUIRE(::send(both.server.stream.fd(), "HTTP/1.1 400 Bad Request\r\n\r\n", 28, 0) == 28);
    REQUIRE(run_until(both.loop, [&] { return both.client.shook; }));
    CHECK(both.client.stream.handshake_error() == "wrong version number");
}

TEST_CASE("Bytes that a server sends before the handshake are refused") {
    Both both;
    REQUIRE(::send(both.server.stream.fd(), "220 ready\r\n", 11, 0) == 11);
    both.client.stream.connect_tls(contexts().client, "localhost", callback<&Talker::on_shaken>(&both.client));
    CHECK_FALSE(both.client.shook);  // never from within the call
    REQUIRE(run_until(both.loop, [&] { return both.client.shook; }));
    CHECK(both.client.stream.handshake_error() == "the server sent bytes before the handshake");
    char byte = 0;
    CHECK(::recv(both.server.stream.fd(), &byte, 1, MSG_DONTWAIT) == -1);  // and nothing was said to it
}

TEST_CASE("A client that must verify needs a name to verify") {
    Both both;
    both.client.stream.connect_tls(contexts().client, "", callback<&Talker::on_shaken>(&both.client));
    REQUIRE(run_until(both.loop, [&] { return both.client.shook; }));
    CHECK(both.client.stream.handshake_error() == "there is no name to verify the certificate against");
}

TEST_CASE("A certificate of a server that should not be trusted is refused, and the cause is told") {
    const Date now = today();
    const TlsKeyPair ca = issue({.subject = "CA",
                                 .names = {},
                                 .authority = true,
                                 .usage = {},
                                 .not_before = now - kDay,
                                 .not_after = now + kDay,
                                 .rsa_bits = 0});
    const auto issued = [&](std::vector<std::string> names, std::string usage = "serverAuth",
                            Date from = today() - kDay, Date to = today() + kDay) {
        return issue({.subject = "common.example.com",
                      .names = std::move(names),
                      .authority = false,
                      .usage = std::move(usage),
                      .not_before = from,
                      .not_after = to,
                      .rsa_bits = 0},
                     &ca);
    };
    const ContextPtr client = client_of({.ca_pem = ca.cert_pem, .ca_name = {}, .insecure = false, .client = {}});
    const ContextPtr careless = client_of({.ca_pem = {}, .ca_name = {}, .insecure = true, .client = {}});
    const auto attempt = [&](const TlsKeyPair& pair, std::string_view name, const ContextPtr& with) {
        // the certificate is judged by the client only: the server is made at a date when it was good
        const Date then = pair.name == "old" ? now - 3 * kDay : now;
        auto server = TlsContext::make_server(
            {.key_pairs = {pair}, .client_ca_pem = {}, .client_ca_name = {}, .previous = {}}, then);
        REQUIRE(server);
        Both both(*server, with, name);
        if (!both.fine()) {
            CHECK(both.client.stream.tls() == nullptr);
            CHECK(both.server.stream.handshake_error() != "");
        }
        return both.client.stream.handshake_error();
    };
    const auto refused = [&](const TlsKeyPair& pair, std::string_view name) {
        CHECK(attempt(pair, name, careless).empty());
        return attempt(pair, name, client);
    };
    CHECK(attempt(issued({"good.example.com"}), "good.example.com", client).empty());
    CHECK(attempt(issued({"good.example.com"}), "GOOD.example.com", client).empty());
    CHECK(attempt(issued({"*.example.com"}), "any.example.com", client).empty());
    CHECK(attempt(issued({"10.0.0.1", "::1"}), "10.0.0.1", client).empty());
    CHECK(attempt(issued({"10.0.0.1", "::1"}), "::1", client).empty());
    const std::string verify = "certificate verify failed: ";
    CHECK(refused(issued({"good.example.com"}), "bad.example.com") == verify + "hostname mismatch");
    CHECK(refused(issued({"*.example.com"}), "example.com") == verify + "hostname mismatch");
    CHECK(refused(issued({"*.example.com"}), "a.b.example.com") == verify + "hostname mismatch");
    CHECK(refused(issued({"w*.example.com"}), "www.example.com") == verify + "hostname mismatch");
    CHECK(refused(issued({}), "common.example.com") == verify + "hostname mismatch");
    CHECK(refused(issued({"10.0.0.1"}), "10.0.0.2") == verify + "IP address mismatch");
    CHECK(refused(issued({"good.example.com"}), "10.0.0.1") == verify + "IP address mismatch");
    CHECK(refused(self_signed({"good.example.com"}), "good.example.com") == verify + "self-signed certificate");
    const TlsKeyPair other = issue({.subject = "other",
                                    .names = {},
                                    .authority = true,
                                    .usage = {},
                                    .not_before = now - kDay,
                                    .not_after = now + kDay,
                                    .rsa_bits = 0});
    const TlsKeyPair foreign = issue({.subject = "x",
                                      .names = {"x.example.com"},
                                      .authority = false,
                                      .usage = {},
                                      .not_before = now - kDay,
                                      .not_after = now + kDay,
                                      .rsa_bits = 0},
                                     &other);
    CHECK(refused(foreign, "x.example.com") == verify + "unable to get local issuer certificate");
    TlsKeyPair old = issued({"good.example.com"}, "serverAuth", now - 9 * kDay, now - kDay);
    old.name = "old";
    CHECK(refused(old, "good.example.com") == verify + "certificate has expired");
    CHECK(refused(issued({"good.example.com"}, "serverAuth", now + kDay, now + 2 * kDay), "good.example.com") ==
          verify + "certificate is not yet valid");
    CHECK(refused(issued({"good.example.com"}, "clientAuth"), "good.example.com") ==
          verify + "unsuitable certificate purpose");
}

TEST_CASE("The server hears from the client that its authority is unknown") {
    Both both(contexts().server,
              client_of({.ca_pem = self_signed({"other"}).cert_pem, .ca_name = {}, .insecure = false, .client = {}}),
              "localhost");
    CHECK_FALSE(both.fine());
    CHECK(both.server.stream.handshake_error() == "the peer says: unknown ca");
}

// ── client certificates ─────────────────────────────────────────────────────

TEST_CASE("A server with a client CA takes the certificates of this CA for clients, and no other") {
    const Date now = today();
    const auto wish = [&](std::string subject, std::string usage = "clientAuth") {
        return CertificateWish{.subject = std::move(subject),
                               .names = {},
                               .authority = false,
                               .usage = std::move(usage),
                               .not_before = now - kDay,
                               .not_after = now + kDay,
                               .rsa_bits = 0};
    };
    CertificateWish authority = wish("Client CA", "");
    authority.authority = true;
    const TlsKeyPair ca = issue(authority);
    const TlsKeyPair stranger = issue(authority);
    const ContextPtr server =
        server_of({.key_pairs = {contexts().pair}, .client_ca_pem = ca.cert_pem, .client_ca_name = {}, .previous = {}});
    const auto with = [&](TlsKeyPair pair) {
        return client_of(
            {.ca_pem = contexts().pair.cert_pem, .ca_name = {}, .insecure = false, .client = std::move(pair)});
    };
    SECTION("a good one is described to the server") {
        const TlsKeyPair alice = issue(wish("alice"), &ca);
        Both both(server, with(alice), "localhost");
        REQUIRE(both.fine());
        const TlsInfo& info = *both.server.stream.tls();
        CHECK(info.client_cert_pem == alice.cert_pem);
        CHECK(info.client_subject == "CN=alice");
        CHECK(info.client_issuer == "CN=Client CA");
        CHECK(info.client_serial.size() == 8 * 3 - 1);
        CHECK(info.client_serial.starts_with("5a:"));
        CHECK(info.client_not_after.ends_with(" GMT"));
        CHECK(info.client_not_before.size() == std::string("Aug  5 09:36:04 2021 GMT").size());
        CHECK(both.client.stream.tls()->client_cert_pem.empty());
    }
    SECTION("none") {
        Both both(server, contexts().client, "localhost");
        CHECK(both.server.stream.handshake_error() == "peer did not return a certificate");
        CHECK(both.client_hears() == "the peer says: certificate required");
    }
    SECTION("one of another CA of the same name") {
        Both both(server, with(issue(wish("eve"), &stranger)), "localhost");
        CHECK(both.server.stream.handshake_error() == "certificate verify failed: certificate signature failure");
        CHECK(both.server.stream.tls() == nullptr);
        CHECK(both.client_hears() == "the peer says: decrypt error");
    }
    SECTION("one that has expired") {
        CertificateWish old = wish("alice");
        old.not_before = now - 2 * kDay;
        old.not_after = now - kDay;
        Both both(server, with(issue(old, &ca)), "localhost");
        CHECK(both.server.stream.handshake_error() == "certificate verify failed: certificate has expired");
        CHECK(both.client_hears() == "the peer says: certificate expired");
    }
    SECTION("one for servers") {
        Both both(server, with(issue(wish("alice", "serverAuth"), &ca)), "localhost");
        CHECK(both.server.stream.handshake_error() == "certificate verify failed: unsuitable certificate purpose");
    }
    SECTION("one that signed itself") {
        Both both(server, with(issue(wish("alice"))), "localhost");
        CHECK(both.server.stream.handshake_error() == "certificate verify failed: self-signed certificate");
    }
    SECTION("a chain of more than four authorities between") {
        std::vector<TlsKeyPair> line{ca};
        for (int i = 0; i < 5; ++i) {
            authority.subject = "Between " + std::to_string(i);
            line.push_back(issue(authority, &line.back()));
        }
        const auto attempt = [&](std::size_t between) {
            TlsKeyPair leaf = issue(wish("alice"), &line[between]);
            for (std::size_t i = between; i > 0; --i) leaf.cert_pem += line[i].cert_pem;
            Both both(server, with(leaf), "localhost");
            return both.server.stream.handshake_error();
        };
        CHECK(attempt(4).empty());
        CHECK(attempt(5) == "certificate verify failed: certificate chain too long");
    }
}

// ── choosing a certificate ──────────────────────────────────────────────────

TEST_CASE("The server name chooses the certificate: exact, then wildcard, then the default") {
    const TlsKeyPair first = self_signed({"first.example.com"});
    const TlsKeyPair exact = self_signed({"api.example.org", "www.example.org"});
    const TlsKeyPair wild = self_signed({"*.example.org"});
    const ContextPtr server =
        server_of({.key_pairs = {first, exact, wild}, .client_ca_pem = {}, .client_ca_name = {}, .previous = {}});
    CHECK(server->warnings().empty());
    const auto shows = [&](std::string_view name, const TlsKeyPair& pair) {
        // trusts one certificate only, so a good chain tells which it was
        const ContextPtr client = client_of({.ca_pem = pair.cert_pem, .ca_name = {}, .insecure = false, .client = {}});
        Both both(server, client, name);
        const std::string& error = both.client.stream.handshake_error();
        return error.empty() || error.ends_with("hostname mismatch") || error.ends_with("IP address mismatch");
    };
    CHECK(shows("first.example.com", first));
    CHECK(shows("api.example.org", exact));
    CHECK(shows("WWW.example.org", exact));
    CHECK(shows("other.example.org", wild));
    CHECK_FALSE(shows("other.example.org", first));
    CHECK(shows("a.b.example.org", first));
    CHECK(shows("example.org", first));
    CHECK(shows("unknown", first));
    CHECK(shows("127.0.0.1", first));
}

TEST_CASE("A new context serves new connections while old ones go on with theirs") {
    const TlsKeyPair before = self_signed({"localhost"});
    const TlsKeyPair after = self_signed({"localhost"});
    const auto client = [](const TlsKeyPair& pair) {
        return client_of({.ca_pem = pair.cert_pem, .ca_name = {}, .insecure = false, .client = {}});
    };
    ContextPtr current = server_of({.key_pairs = {before}, .client_ca_pem = {}, .client_ca_name = {}, .previous = {}});
    Both old(current, client(before), "localhost");
    REQUIRE(old.fine());
    current = server_of({.key_pairs = {after}, .client_ca_pem = {}, .client_ca_name = {}, .previous = current});
    Both fresh(current, client(after), "localhost");
    CHECK(fresh.fine());
    Both stale(current, client(before), "localhost");
    CHECK_FALSE(stale.fine());
    old.server.listen();
    old.client.say("still here");
    CHECK(run_until(old.loop, [&] { return old.server.got == "still here"; }));
}

// ── making contexts ─────────────────────────────────────────────────────────

namespace {

std::string why(const TlsKeyPair& pair, Date date = today()) {
    auto made =
        TlsContext::make_server({.key_pairs = {pair}, .client_ca_pem = {}, .client_ca_name = {}, .previous = {}}, date);
    if (made) return "";
    CHECK(made.error().code == Errc::tls);
    return made.error().message;
}

TlsKeyPair named(TlsKeyPair pair) {
    pair.name = "site.pem";
    pair.key_name = "site.key";
    return pair;
}

}  // namespace

TEST_CASE("A certificate that was cut off anywhere makes no server, and the error names its file") {
    const TlsKeyPair whole = named(contexts().pair);
    CHECK(why(whole).empty());
    for (std::size_t size = 0; size + 1 < whole.cert_pem.size(); size += size < 60 ? 1 : 13) {
        TlsKeyPair pair = whole;
        pair.cert_pem.resize(size);
        CAPTURE(size);
        CHECK(why(pair).starts_with("site.pem: "));
    }
    for (std::size_t size = 0; size + 1 < whole.key_pem.size(); size += size < 60 ? 1 : 13) {
        TlsKeyPair pair = whole;
        pair.key_pem.resize(size);
        CAPTURE(size);
        CHECK(why(pair).starts_with("site.key: "));
    }
    // a chain that ends within its second certificate
    for (std::size_t size = whole.cert_pem.size() + 1; size + 1 < 2 * whole.cert_pem.size(); size += 7) {
        TlsKeyPair pair = whole;
        pair.cert_pem = (whole.cert_pem + whole.cert_pem).substr(0, size);
        CAPTURE(size);
        CHECK(why(pair).starts_with("site.pem: "));
    }
}

TEST_CASE("Key pairs that cannot serve are refused with their cause") {
    const TlsKeyPair whole = named(contexts().pair);
    TlsKeyPair pair = whole;
    SECTION("nothing") {
        pair.cert_pem = "";
        CHECK(why(pair) == "site.pem: the file is empty");
        pair = whole;
        pair.key_pem = "";
        CHECK(why(pair) == "site.key: the file holds no private key");
    }
    SECTION("something else") {
        pair.cert_pem = "hello\n";
        CHECK(why(pair) == "site.pem: the file holds no certificate");
        pair.cert_pem = whole.key_pem;
        CHECK(why(pair) == "site.pem: the file holds no certificate");
        pair = whole;
        pair.key_pem = whole.cert_pem;
        CHECK(why(pair) == "site.key: the file holds no private key");
    }
    SECTION("a certificate of nonsense") {
        pair.cert_pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        CHECK(why(pair).starts_with("site.pem: certificate 1 is not valid: "));
        pair.cert_pem = whole.cert_pem + pair.cert_pem;
        CHECK(why(pair).starts_with("site.pem: certificate 2 is not valid: "));
    }
    SECTION("a key of nonsense") {
        pair.key_pem = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        CHECK(why(pair).starts_with("site.key: the private key is not valid: "));
    }
    SECTION("the key of another") {
        pair.key_pem = self_signed({"localhost"}).key_pem;
        CHECK(why(pair) == "site.key: the private key does not belong to the certificate in site.pem");
    }
    SECTION("a key under a passphrase") {
        pair.key_pem =
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
            "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhq0wBkS0tMvQICCAAw\n"
            "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEAAAAAAAAAAAAAAAAAAAAAAEgZAA\n"
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
            "AAAAAAAAAAAAAAAAAAAAAAAA\n"
            "-----END ENCRYPTED PRIVATE KEY-----\n";
        CHECK(why(pair) == "site.key: the private key is encrypted");
    }
    SECTION("one that has expired") {
        CHECK(why(named(self_signed({"localhost"}, today() - 91 * kDay)))
                  .starts_with("site.pem: the certificate has expired on "));
    }
    SECTION("RSA of 1024 bits") {
        pair = named(issue({.subject = "weak",
                            .names = {"weak"},
                            .authority = false,
                            .usage = {},
                            .not_before = today() - kDay,
                            .not_after = today() + 30 * kDay,
                            .rsa_bits = 1024}));
        CHECK(why(pair) == "site.pem: ee key too small");
    }
    SECTION("none at all") {
        auto made = TlsContext::make_server({}, today());
        REQUIRE_FALSE(made);
        CHECK(made.error().code == Errc::usage);
    }
    SECTION("a client CA without certificates") {
        auto made = TlsContext::make_server(
            {.key_pairs = {whole}, .client_ca_pem = "junk", .client_ca_name = "ca.pem", .previous = {}}, today());
        REQUIRE_FALSE(made);
        CHECK(made.error().message == "ca.pem: the file holds no certificate");
    }
}

TEST_CASE("RSA of 2048 bits serves, and so does one file that holds certificate and key") {
    const TlsKeyPair rsa = issue({.subject = "rsa",
                                  .names = {"localhost"},
                                  .authority = false,
                                  .usage = {},
                                  .not_before = today() - kDay,
                                  .not_after = today() + 30 * kDay,
                                  .rsa_bits = 2048});
    const std::string joined = rsa.key_pem + rsa.cert_pem;
    const ContextPtr server = server_of(
        {.key_pairs = {{joined, joined, "both.pem", {}}}, .client_ca_pem = {}, .client_ca_name = {}, .previous = {}});
    Both both(server, client_of({.ca_pem = rsa.cert_pem, .ca_name = {}, .insecure = false, .client = {}}), "localhost");
    CHECK(both.fine());
}

TEST_CASE("A server warns of what will go wrong soon") {
    const auto warnings = [](std::vector<TlsKeyPair> pairs, Date date) {
        auto made = TlsContext::make_server(
            {.key_pairs = std::move(pairs), .client_ca_pem = {}, .client_ca_name = {}, .previous = {}}, date);
        REQUIRE(made);
        return (*made)->warnings();
    };
    const Date now = today();
    const TlsKeyPair pair = named(self_signed({"localhost"}, now));  // for 90 days
    CHECK(warnings({pair}, now + 76 * kDay - std::chrono::seconds(5)).empty());
    const auto late = warnings({pair}, now + 76 * kDay + std::chrono::seconds(5));
    REQUIRE(late.size() == 1);
    CHECK(late[0].starts_with("site.pem: the certificate expires on "));
    const auto early = warnings({pair}, now - 2 * kDay);
    REQUIRE(early.size() == 1);
    CHECK(early[0].starts_with("site.pem: the certificate is not valid before "));
    const auto twice = warnings({pair, pair}, now);
    REQUIRE(twice.size() == 1);
    CHECK(twice[0] == "site.pem: other certificates before it have the same names");
    const TlsKeyPair nameless = named(issue({.subject = "no name",
                                             .names = {},
                                             .authority = false,
                                             .usage = {},
                                             .not_before = now - kDay,
                                             .not_after = now + 30 * kDay,
                                             .rsa_bits = 0}));
    CHECK(warnings({nameless}, now).empty());  // the default needs none
    CHECK(warnings({pair, nameless}, now).size() == 1);
}

TEST_CASE("A client is refused what a server is refused, and warns when it verifies nothing") {
    auto bad = TlsContext::make_client({.ca_pem = "junk", .ca_name = "roots.pem", .insecure = false, .client = {}});
    REQUIRE_FALSE(bad);
    CHECK(bad.error().message == "roots.pem: the file holds no certificate");
    TlsKeyPair pair = named(contexts().pair);
    pair.key_pem = self_signed({"x"}).key_pem;
    bad = TlsContext::make_client({.ca_pem = {}, .ca_name = {}, .insecure = false, .client = pair});
    REQUIRE_FALSE(bad);
    CHECK(bad.error().message == "site.key: the private key does not belong to the certificate in site.pem");
    CHECK(client_of({.ca_pem = {}, .ca_name = {}, .insecure = true, .client = {}})->warnings().size() == 1);
    CHECK(client_of({})->warnings().empty());
}

TEST_CASE("A self-signed certificate is made only for host names and addresses") {
    CHECK_FALSE(make_self_signed({}, today()));
    CHECK_FALSE(make_self_signed({""}, today()));
    CHECK_FALSE(make_self_signed({"a b"}, today()));
    CHECK_FALSE(make_self_signed({"good", "a,DNS:evil"}, today()));
    CHECK_FALSE(make_self_signed({std::string(254, 'a')}, today()));
    CHECK(make_self_signed({std::string(200, 'a'), "*.example.com", "::1", "10.0.0.1"}, today()));
    CHECK(make_self_signed({"a"}, today())->cert_pem != make_self_signed({"a"}, today())->cert_pem);
}

// ── bytes ───────────────────────────────────────────────────────────────────

TEST_CASE("Bytes arrive whole and in order, whatever the sizes, the socket's buffer and the reader's room") {
    const std::size_t size = GENERATE(as<std::size_t>{}, 1, 16383, 16384, 16385, 65535, 65536, 65537, 300001);
    const int buffer = GENERATE(0, 4608);
    const std::size_t room = GENERATE(as<std::size_t>{}, 1500, 16384, 65536);
    CAPTURE(size, buffer, room);
    Both both(buffer);
    both.shake();
    REQUIRE(both.fine());
    const std::string there = pattern(size);
    const std::string back(there.rbegin(), there.rend());
    both.server.room = both.client.room = room;
    both.server.listen();
    both.client.listen();
    both.client.say(there);
    both.server.say(back);
    REQUIRE(run_until(both.loop, [&] { return both.server.got.size() >= size && both.client.got.size() >= size; }));
    CHECK(both.server.got == there);
    CHECK(both.client.got == back);
    CHECK(both.server.sent == size);
    CHECK(both.loop.borrowed() == 0);
}

TEST_CASE("A write larger than the socket takes is reported as it goes, and never all before the last byte has gone") {
    Both both(4608);
    both.shake();
    const std::string text = pattern(200000);
    std::size_t taken = 0;
    std::size_t refusals = 0;
    both.server.listen();
    while (taken < text.size()) {
        const iovec part{const_cast<char*>(text.data()) + taken, text.size() - taken};
        const IoResult result = both.client.stream.write({&part, 1});
        REQUIRE(result.kind != Kind::error);
        if (result.kind == Kind::done) {
            REQUIRE(result.size > 0);
            taken += result.size;
        } else {
            ++refusals;
            settle(both.loop, 20);  // the reader reads
        }
    }
    CHECK(refusals > 5);
    CHECK(both.loop.borrowed() == 0);  // no ciphertext is held any more: what was taken has gone
    REQUIRE(run_until(both.loop, [&] { return both.server.got.size() == text.size(); }));
    CHECK(both.server.got == text);
}

TEST_CASE("A head and a small body leave as one record, and a large write as full records at once") {
    Both both;
    both.shake();
    char drained[4096];
    CHECK_FALSE(both.client.stream.has_input());  // takes the ticket
    static_cast<void>(both.client.stream.read(drained));
    REQUIRE(waiting_records(both.client.stream.fd()).empty());
    const std::string head(200, 'h');
    const std::string body(1000, 'b');
    const iovec parts[] = {part_of(head), part_of(body)};
    REQUIRE(both.server.stream.write(parts).size == 1200);
    auto records = waiting_records(both.client.stream.fd());
    REQUIRE(records.size() == 1);
    CHECK(records[0].first == 23);
    both.client.listen();
    REQUIRE(run_until(both.loop, [&] { return both.client.got == head + body; }));
    both.client.stream.cancel_waits();

    const std::string large = pattern(50000);
    const iovec more[] = {part_of(head), part_of(large), part_of(body)};
    REQUIRE(both.server.stream.write(more).size == 51200);
    records = waiting_records(both.client.stream.fd());
    CHECK(records.size() == 4);  // 51,200 = 3 × 16,384 + 2,048
    CHECK(records[0].second == records[2].second);
}

TEST_CASE("A reader with little room is called back until it has everything") {
    const std::size_t room = GENERATE(as<std::size_t>{}, 1, 7, 100);
    Both both;
    both.shake();
    const std::string text = pattern(2000);
    const iovec part = part_of(text);
    for (int i = 0; i < 3; ++i) REQUIRE(both.client.stream.write({&part, 1}).size == text.size());
    both.server.room = room;
    both.server.listen();
    CHECK(both.server.stream.awaiting_readable());
    REQUIRE(run_until(both.loop, [&] { return both.server.got.size() == 6000; }));
    CHECK(both.server.got == text + text + text);
    CHECK(both.loop.borrowed() == 0);
}

TEST_CASE("A pending byte does not call back who has cancelled the wait") {
    Both both;
    both.shake();
    const std::string text = "abc";
    const iovec part = part_of(text);
    REQUIRE(both.client.stream.write({&part, 1}).size == 3);
    both.server.room = 1;
    both.server.listen();
    REQUIRE(run_until(both.loop, [&] { return !both.server.got.empty(); }));
    both.server.stream.cancel_readable();
    CHECK_FALSE(both.server.stream.awaiting_readable());
    const std::string before = both.server.got;
    REQUIRE(before.size() < 3);
    settle(both.loop);
    CHECK(both.server.got == before);
    both.server.listen();
    REQUIRE(run_until(both.loop, [&] { return both.server.got == "abc"; }));
}

TEST_CASE("A wait that was asked for a pending byte, which was then read otherwise, goes on for the next one") {
    Both both;
    both.shake();
    const std::string text = "abc";
    const iovec part = part_of(text);
    REQUIRE(both.client.stream.write({&part, 1}).size == 3);
    char buffer[8];
    REQUIRE(both.server.stream.read({buffer, 1}).size == 1);
    both.server.listen();
    REQUIRE(both.server.stream.read(buffer).size == 2);
    settle(both.loop);
    CHECK(both.server.stream.awaiting_readable());
    REQUIRE(both.client.stream.write({&part, 1}).size == 3);
    REQUIRE(run_until(both.loop, [&] { return both.server.got == "abc"; }));
    // and a pause in between loses nothing
    both.server.stream.cancel_waits();
    REQUIRE(both.client.stream.write({&part, 1}).size == 3);
    settle(both.loop);
    CHECK(both.server.got == "abc");
    both.server.listen();
    REQUIRE(run_until(both.loop, [&] { return both.server.got == "abcabc"; }));
}

TEST_CASE("A request sent together with the end of the handshake is not lost") {
    Both both;
    both.server.stream.accept_tls(contexts().server, callback<&Talker::on_shaken>(&both.server));
    struct Eager {
        Talker& talker;
        void on_shaken() {
            talker.shook = true;
            talker.say("first words");
        }
    } eager{both.client};
    both.client.stream.connect_tls(contexts().client, "localhost", callback<&Eager::on_shaken>(&eager));
    REQUIRE(run_until(both.loop, [&] { return both.server.shook && both.client.shook; }));
    settle(both.loop);
    both.server.listen();
    REQUIRE(run_until(both.loop, [&] { return both.server.got == "first words"; }));
}

// ── the end ─────────────────────────────────────────────────────────────────

TEST_CASE("Reading ends well after close_notify only") {
    Both both;
    both.shake();
    both.client.listen();
    SECTION("said") {
        both.server.say("last words");
        both.server.stream.shutdown_write();
        REQUIRE(run_until(both.loop, [&] { return both.client.over.has_value(); }));
        CHECK(both.client.got == "last words");
        CHECK(both.client.over->kind == Kind::end);
        CHECK(both.client.stream.handshake_error().empty());
        CHECK(both.client.stream.peer_gone());
        // the other way stays open
        both.server.listen();
        both.client.say("still heard");
        CHECK(run_until(both.loop, [&] { return both.server.got == "still heard"; }));
    }
    SECTION("not said") {
        both.server.say("last words");
        both.server.stream.close();
        REQUIRE(run_until(both.loop, [&] { return both.client.over.has_value(); }));
        CHECK(both.client.got == "last words");
        CHECK(both.client.over->kind == Kind::error);
        CHECK(both.client.over->number == 0);
        CHECK(both.client.stream.handshake_error() == "the peer closed the connection without close_notify");
        CHECK(both.client.stream.peer_gone());
    }
    SECTION("a FIN forged before close_notify") {
        both.server.say("last words");
        ::shutdown(both.server.stream.fd(), SHUT_WR);
        REQUIRE(run_until(both.loop, [&] { return both.client.over.has_value(); }));
        CHECK(both.client.over->kind == Kind::error);
    }
}

TEST_CASE("close_notify and FIN follow the last byte also when the socket was full") {
    Both both(4608);
    both.shake();
    const std::string text = pattern(100000);
    both.server.say(text);
    both.client.room = 1000;
    both.client.listen();
    REQUIRE(run_until(both.loop, [&] { return both.server.sent == text.size(); }));
    both.server.stream.shutdown_write();
    both.server.stream.cancel_waits();  // does not cancel the goodbye
    REQUIRE(run_until(both.loop, [&] { return both.client.over.has_value(); }));
    CHECK(both.client.over->kind == Kind::end);
    CHECK(both.client.got == text);
}

TEST_CASE("A record that was tampered with breaks the connection") {
    Both both;
    both.shake();
    static_cast<void>(both.client.stream.has_input());
    const std::string forged("\x17\x03\x03\x00\x20", 5);
    const std::string record = forged + std::string(32, 'x');
    REQUIRE(::send(both.server.stream.fd(), record.data(), record.size(), 0) == 37);
    both.client.listen();
    REQUIRE(run_until(both.loop, [&] { return both.client.over.has_value(); }));
    CHECK(both.client.over->kind == Kind::error);
    CHECK(both.client.over->number == 0);
    CHECK(both.client.stream.handshake_error() == "decryption failed or bad record mac");
    both.server.listen();  // and the peer is told
    REQUIRE(run_until(both.loop, [&] { return both.server.over.has_value(); }));
    CHECK(both.server.stream.handshake_error() == "the peer says: bad record mac");
}

TEST_CASE("Writing to a peer that is gone says so with an errno, or at once after the end") {
    Both both;
    both.shake();
    both.client.stream.close();
    both.server.say(pattern(100000));
    REQUIRE(both.server.broken);
    CHECK(both.server.broken->number == EPIPE);
}

TEST_CASE("Looking at an idle connection takes nothing but tickets from it") {
    Both both;
    both.shake();
    settle(both.loop);
    CHECK_FALSE(both.client.stream.peer_gone());  // the server's ticket has come
    CHECK_FALSE(both.client.stream.has_input());
    CHECK_FALSE(both.server.stream.has_input());
    CHECK(both.client.stream.is_silent());
    both.server.say("unasked");
    CHECK_FALSE(both.client.stream.is_silent());
    CHECK(both.client.stream.has_input());
    CHECK(both.client.stream.has_input());
    CHECK_FALSE(both.client.stream.peer_gone());
    both.server.stream.shutdown_write();
    CHECK_FALSE(both.client.stream.peer_gone());  // there is still something to read
    both.client.room = 3;
    both.client.listen();
    REQUIRE(run_until(both.loop, [&] { return both.client.over.has_value(); }));
    CHECK(both.client.got == "unasked");
    CHECK(both.client.stream.peer_gone());
    CHECK_FALSE(both.client.stream.has_input());
}

TEST_CASE("Who waits for bytes is called although somebody looked at them before") {
    Both both;
    both.shake();
    both.client.listen();
    both.server.say("early");
    CHECK(both.client.stream.has_input());
    CHECK(both.client.stream.awaiting_readable());
    REQUIRE(run_until(both.loop, [&] { return both.client.got == "early"; }));
    both.server.stream.shutdown_write();
    CHECK(both.client.stream.peer_gone());
    CHECK(run_until(both.loop, [&] { return both.client.over.has_value(); }));
}

TEST_CASE("An idle connection whose peer said goodbye, or left without, is gone") {
    Both both;
    both.shake();
    SECTION("with close_notify") { both.server.stream.shutdown_write(); }
    SECTION("without") { both.server.stream.close(); }
    CHECK_FALSE(both.client.stream.is_silent());
    CHECK(both.client.stream.peer_gone());
    CHECK_FALSE(both.client.stream.has_input());
    both.client.listen();  // calls back at once, as a socket at its end does
    CHECK(run_until(both.loop, [&] { return both.client.over.has_value(); }));
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("An idle TLS connection keeps no buffer: its two ends hold less than 40 KiB together, in use or not") {
    constexpr int kPairs = 50;
    const bool used = GENERATE(false, true);
    Loop loop;
    struct Ends {
        Talker server;
        Talker client;
    };
    std::vector<std::unique_ptr<Ends>> all;
    const auto connect = [&] {
        auto ends = std::make_unique<Ends>();
        const auto [a, b] = socket_pair();
        ends->server.stream = Stream(loop, a, {});
        ends->client.stream = Stream(loop, b, {});
        ends->server.stream.accept_tls(contexts().server, callback<&Talker::on_shaken>(&ends->server));
        ends->client.stream.connect_tls(contexts().client, "localhost", callback<&Talker::on_shaken>(&ends->client));
        REQUIRE(run_until(loop, [&] { return ends->server.shook && ends->client.shook; }));
        if (used) {
            ends->server.listen();
            ends->client.listen();
            ends->client.say("question");
            ends->server.say("answer");
            REQUIRE(run_until(loop, [&] { return ends->server.got == "question" && ends->client.got == "answer"; }));
        }
        all.push_back(std::move(ends));
    };
    connect();  // what is made once
    const std::size_t before = ::mallinfo2().uordblks;
    for (int i = 0; i < kPairs; ++i) connect();
    const std::size_t each = (::mallinfo2().uordblks - before) / kPairs;
    CHECK(each < 40960);
    CHECK(each > 10000);  // or nothing was measured
    CHECK(loop.borrowed() == 0);
}
#endif
