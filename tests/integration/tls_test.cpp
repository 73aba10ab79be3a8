// TLS towards clients and targets.

#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/certificate.h"
#include "tests/support/peer.h"
#include "tests/support/tls_client.h"

using namespace gw;
using namespace gw::test;
using namespace std::chrono_literals;

namespace {

const Date kNow = std::chrono::floor<std::chrono::nanoseconds>(std::chrono::system_clock::now());

CertificateWish wish(const std::string& subject, bool authority = false, const std::string& usage = {}) {
    CertificateWish made;
    made.subject = subject;
    made.names = {"localhost", "127.0.0.1"};
    made.authority = authority;
    made.usage = usage;
    made.not_before = kNow - std::chrono::hours(1);
    made.not_after = kNow + std::chrono::hours(24);
    return made;
}

PeerTls write_pair(const TemporaryDirectory& directory, const std::string& name, const net::TlsKeyPair& pair) {
    return {directory.write(name + ".pem", pair.cert_pem), directory.write(name + ".key", pair.key_pem)};
}

PeerServer::Handler says_ok() {
    return [](const PeerRequest&) { return PeerResponse{200, {}, "secure"}; };
}

}  // namespace

TEST_CASE("the option --tls-self-signed serves over TLS") {
    const Gateway gateway({"/=mock:200:over TLS", "--tls-self-signed"});
    CHECK(gateway.url().starts_with("https://"));
    PeerClient client(gateway.url());
    const auto answer = must(client.get("/"));
    CHECK(answer.status == 200);
    CHECK(answer.body == "over TLS");
    // in the clear nothing is served there
    RawClient plain = gateway.connect();
    must(plain.send(get_request("/")));
    const auto heard = plain.read_to_end();
    if (heard) CHECK(heard->find("HTTP/1.1") == std::string::npos);
}

TEST_CASE("a certificate given is the one that is shown") {
    const TemporaryDirectory directory;
    const net::TlsKeyPair authority = issue(wish("authority", true));
    const PeerTls pair = write_pair(directory, "server", issue(wish("server", false, "serverAuth"), &authority));
    const std::string trust = directory.write("ca.pem", authority.cert_pem);
    const Gateway gateway({"/=mock:200:named", "--tls-cert", pair.certificate, "--tls-key", pair.key});
    PeerClient client("https://localhost:" + std::to_string(gateway.port()), trust);
    CHECK(must(client.get("/")).body == "named");
}

TEST_CASE("a target's certificate is verified, and why it was refused is in the log") {
    const TemporaryDirectory directory;
    const net::TlsKeyPair authority = issue(wish("authority", true));
    const std::string trust = directory.write("ca.pem", authority.cert_pem);
    CertificateWish expired = wish("expired", false, "serverAuth");
    expired.not_before = kNow - std::chrono::hours(48);
    expired.not_after = kNow - std::chrono::hours(24);
    CertificateWish elsewhere = wish("elsewhere", false, "serverAuth");
    elsewhere.names = {"elsewhere.example"};
    struct Row {
        const char* name;
        net::TlsKeyPair pair;
        bool trusted;
    };
    const std::vector<Row> rows = {{"good", issue(wish("good", false, "serverAuth"), &authority), true},
                                   {"expired", issue(expired, &authority), false},
                                   {"wrong name", issue(elsewhere, &authority), false},
                                   {"self-signed", issue(wish("self", false, "serverAuth")), false}};
    for (const Row& row : rows)
        for (const char* kind : {"http", "rest"}) {
            INFO(row.name << ", " << kind);
            PeerServer target(says_ok(), write_pair(directory, row.name, row.pair));
            const std::string url = "https://127.0.0.1:" + std::to_string(target.port());
            const Gateway gateway({url, "--upstream-ca", trust, "--api", kind});
            const RawResponse answer = gateway.get("/");
            if (row.trusted) {
                CHECK(answer.status == 200);
                CHECK(answer.body == "secure");
            } else {
                CHECK(answer.status == (kind == std::string_view("rest") ? 504 : 503));
                const std::string log = gateway.wait_for_log(1);
                INFO(log);
                CHECK(log.find("target.tls") != std::string::npos);
                CHECK(target.requests().empty());
                const Gateway careless({url, "-k"});
                CHECK(careless.get("/").body == "secure");
            }
        }
}

TEST_CASE("where client certificates are required only those of the authority, for clients and in time, come in") {
    const TemporaryDirectory directory;
    const net::TlsKeyPair authority = issue(wish("authority", true));
    const net::TlsKeyPair stranger = issue(wish("authority", true));
    const std::string trust = directory.write("ca.pem", authority.cert_pem);
    const Gateway gateway({"/=mock:200:inside", "--tls-self-signed", "--tls-client-ca", trust});
    CertificateWish expired = wish("alice", false, "clientAuth");
    expired.not_before = kNow - std::chrono::hours(48);
    expired.not_after = kNow - std::chrono::hours(24);
    const auto ask = [&](const std::vector<std::string>& how) {
        return ask_with_openssl(gateway.port(), get_request("/", "Connection: close\r\n"), how);
    };
    struct Row {
        const char* name;
        net::TlsKeyPair pair;
        const char* alert;  // "": it comes in
    };
    for (const Row& row : {Row{"good", issue(wish("alice", false, "clientAuth"), &authority), ""},
                           Row{"another authority", issue(wish("alice", false, "clientAuth"), &stranger), "alert"},
                           Row{"self-signed", issue(wish("alice", false, "clientAuth")), "alert unknown ca"},
                           Row{"expired", issue(expired, &authority), "alert certificate expired"},
                           Row{"for servers", issue(wish("alice", false, "serverAuth"), &authority), "alert"}}) {
        INFO(row.name);
        const PeerTls files = write_pair(directory, "client", row.pair);
        for (const char* version : {"-tls1_2", "-tls1_3"}) {
            const std::string heard = ask({"-cert", files.certificate, "-key", files.key, version});
            INFO(heard);
            const bool inside = heard.find("\r\n\r\ninside") != std::string::npos;
            CHECK(inside == (*row.alert == '\0'));
            if (*row.alert != '\0') CHECK(heard.find(row.alert) != std::string::npos);
        }
    }
    for (const char* version : {"-tls1_2", "-tls1_3"}) {
        const std::string heard = ask({version});
        CHECK(heard.find("inside") == std::string::npos);
        CHECK(heard.find("alert") != std::string::npos);
    }
}
