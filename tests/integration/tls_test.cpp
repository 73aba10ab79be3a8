// TLS towards clients and targets.

#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/certificate.h"
#include "tests/support/peer.h"

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

TEST_CASE("where client certificates are required nobody comes in without one") {
    const TemporaryDirectory directory;
    const net::TlsKeyPair authority = issue(wish("authority", true));
    const std::string trust = directory.write("ca.pem", authority.cert_pem);
    const Gateway gateway({"/=mock:200:inside", "--tls-self-signed", "--tls-client-ca", trust});
    PeerClient client(gateway.url());
    const auto answer = client.get("/");
    CHECK_FALSE((answer && answer->status == 200));
}
