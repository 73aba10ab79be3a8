#include <algorithm>

#include "libgw/io/net/tls.h"
#include "tests/support/catch.h"
#include "tests/support/certificate.h"
#include "tests/support/loop.h"
#include "tests/support/tls_pair.h"

using namespace gw;
using namespace gw::net;
using gw::test::Both;
using gw::test::CertificateWish;
using gw::test::client_of;
using gw::test::ContextPtr;
using gw::test::contexts;
using gw::test::issue;
using gw::test::kDay;
using gw::test::run_until;
using gw::test::self_signed;
using gw::test::server_of;
using gw::test::today;

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
    SECTION("one in its chain that has expired is a warning") {
        pair.cert_pem += self_signed({"authority"}, today() - 91 * kDay).cert_pem;
        const auto made = TlsContext::make_server(
            {.key_pairs = {pair}, .client_ca_pem = {}, .client_ca_name = {}, .previous = {}}, today());
        REQUIRE(made);
        REQUIRE((*made)->warnings().size() == 1);
        CHECK((*made)->warnings()[0].starts_with(
            "site.pem: certificate 2 of the file, which vouches for the first, has expired on "));
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

TEST_CASE("each file of a server can be judged alone, and what to do is told") {
    const TlsKeyPair whole = named(contexts().pair);
    CHECK(check_chain(whole.cert_pem, "a.pem", today()));
    CHECK(check_key(whole));
    CHECK(check_authorities(whole.cert_pem, "a.pem"));
    CHECK(check_chain(whole.cert_pem, "a.pem", today() + 91 * kDay)
              .error()
              .message.starts_with("a.pem: the certificate has expired on "));
    CHECK(check_authorities("", "a.pem").error().message == "a.pem: the file is empty");
    const auto hint_of = [&](std::string key) {
        TlsKeyPair pair = whole;
        pair.key_pem = std::move(key);
        return check_key(pair).error().hint;
    };
    CHECK(hint_of("hello\n") == "PEM begins with -----BEGIN PRIVATE KEY-----");
    CHECK(hint_of(whole.cert_pem) == "it holds a certificate");
    CHECK(hint_of(std::string("\x30\x81\x87\x02", 4)) == "it is DER: openssl pkey -in site.key -out site.key.pem");
    CHECK(check_chain(whole.key_pem, "a.pem", today()).error().hint == "it holds a private key");
    CHECK(check_chain(std::string("\x30\x82\x01\x02", 4), "a.pem", today()).error().hint ==
          "it is DER: openssl x509 -in a.pem -out a.pem.pem");
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
