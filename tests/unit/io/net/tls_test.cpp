#include "libgw/io/net/tls.h"

#include <algorithm>

#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/catch.h"
#include "tests/support/certificate.h"
#include "tests/support/loop.h"
#include "tests/support/tls_pair.h"

using namespace gw;
using namespace gw::net;
using gw::test::Both;
using gw::test::client_of;
using gw::test::ContextPtr;
using gw::test::contexts;
using gw::test::issue;
using gw::test::kDay;
using gw::test::pattern;
using gw::test::run_until;
using gw::test::self_signed;
using gw::test::settle;
using gw::test::socket_pair;
using gw::test::Talker;
using gw::test::today;
using Kind = IoResult::Kind;

namespace {

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
