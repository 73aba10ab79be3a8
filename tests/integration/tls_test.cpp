// TLS towards clients and targets.

#include <atomic>
#include <thread>

#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/certificate.h"
#include "tests/support/peer.h"
#include "tests/support/tls_client.h"
#include "tests/support/tls_relay.h"

using namespace gw;
using namespace gw::test;
using namespace std::chrono_literals;

namespace {

const Date kNow = std::chrono::floor<std::chrono::nanoseconds>(std::chrono::system_clock::now());

CertificateWish wish(const std::string& subject, bool authority = false, const std::string& usage = {}) {
    CertificateWish made = local_wish(std::chrono::hours(25));
    made.subject = subject;
    made.authority = authority;
    made.usage = usage;
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

TEST_CASE("what is wrong with a file of TLS is told at the option or key that names it, with what to do") {
    const TemporaryDirectory directory;
    const net::TlsKeyPair authority = issue(wish("authority", true));
    write_pair(directory, "good", issue(wish("good", false, "serverAuth"), &authority));
    write_pair(directory, "other", issue(wish("other", false, "serverAuth"), &authority));
    CertificateWish past = wish("past", false, "serverAuth");
    past.not_before = kNow - std::chrono::hours(48);
    past.not_after = kNow - std::chrono::hours(1);
    write_pair(directory, "past", issue(past, &authority));
    const auto put = [&](std::string_view name, std::string_view text) {
        static_cast<void>(directory.write(name, text));
    };
    put("note.txt", "hello\n");
    put("ca.der", std::string("\x30\x82\x01\x02\x00\xff", 6));

    struct Wrong {
        std::string cert, key, ca;
        std::string option;  ///< that is shown
        std::string key_name;
        std::string column;  ///< of its value in the file below
        std::string cause, hint;
    };
    const Wrong cases[] = {
        {"none.pem", "good.key", "", "--tls-cert none.pem", "certificates[0].cert", "5:29", "no such file", ""},
        {"good.pem", "none.key", "", "--tls-key none.key", "certificates[0].key", "5:44", "no such file", ""},
        {"good.pem", "good.key", "none.pem", "--tls-client-ca none.pem", "clientCa", "6:17", "no such file", ""},
        {"note.txt", "good.key", "", "--tls-cert note.txt", "certificates[0].cert", "5:29",
         "note.txt: the file holds no certificate", "-----BEGIN CERTIFICATE-----"},
        {"good.key", "good.pem", "", "--tls-cert good.key", "certificates[0].cert", "5:29",
         "good.key: the file holds no certificate", "it holds a private key"},
        {"good.pem", "good.pem", "", "--tls-key good.pem", "certificates[0].key", "5:44",
         "good.pem: the file holds no private key", "it holds a certificate"},
        {"good.pem", "other.key", "", "--tls-key other.key", "certificates[0].key", "5:44",
         "other.key: the private key does not belong to the certificate in", "openssl pkey -pubout"},
        {"past.pem", "past.key", "", "--tls-cert past.pem", "certificates[0].cert", "5:29",
         "past.pem: the certificate has expired on", "renew it"},
        {"good.pem", "good.key", "ca.der", "--tls-client-ca ca.der", "clientCa", "6:17",
         "ca.der: the file holds no certificate", "openssl x509 -in "},
    };
    const auto said = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {program_path("gw-serve"), "check"});
        const Ending ending = must(run({arguments, {}, {}, directory.path().string(), ""}));
        CHECK(ending.code == 2);
        return ending.errors;
    };
    for (const Wrong& wrong : cases) {
        CAPTURE(wrong.option);
        std::vector<std::string> flags{"--tls-cert", wrong.cert, "--tls-key", wrong.key, "/=mock:200"};
        if (!wrong.ca.empty()) flags.insert(flags.begin(), {"--tls-client-ca", wrong.ca});
        const std::string of_flags = said(flags);
        INFO(of_flags);
        CHECK(of_flags.starts_with("command line: error: "));
        CHECK(of_flags.find("| " + wrong.option + "\n") != std::string::npos);
        CHECK(of_flags.find(wrong.cause) != std::string::npos);
        CHECK(of_flags.find(wrong.hint) != std::string::npos);
        CHECK(of_flags.find("error: ", of_flags.find("error: ") + 1) == std::string::npos);  // once

        put("gw.yaml", "version: 1\nlisteners:\n  - address: 127.0.0.1:0\n    tls:\n" +
                           ("      certificates: [{cert: " + wrong.cert + ", key: " + wrong.key + "}]\n") +
                           (wrong.ca.empty() ? "" : "      clientCa: " + wrong.ca + "\n") +
                           "apis:\n  - routes: [{routeKey: $default, integration: 'mock:200'}]\n");
        const std::string of_file = said({"-c", "gw.yaml"});
        INFO(of_file);
        CHECK(of_file.starts_with("gw.yaml:" + wrong.column + ": error: listeners[0].tls." + wrong.key_name + ": "));
        CHECK(of_file.find(wrong.cause) != std::string::npos);
        CHECK(of_file.find(wrong.hint) != std::string::npos);
        CHECK(of_file.find("error: ", of_file.find("error: ") + 1) == std::string::npos);
    }
    const std::string of_targets = said({"--upstream-ca", "note.txt", "http://127.0.0.1:1"});
    INFO(of_targets);
    CHECK(of_targets.find("| --upstream-ca note.txt\n") != std::string::npos);
    CHECK(of_targets.find("note.txt: the file holds no certificate") != std::string::npos);
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

TEST_CASE("whoever says nothing of authorities trusts the system's, for targets, their health and keys of issuers") {
    const TemporaryDirectory directory;
    const net::TlsKeyPair authority = issue(wish("authority", true));
    const std::string trust = directory.write("ca.pem", authority.cert_pem);
    std::atomic<int> asked{0};
    PeerServer target(
        [&](const PeerRequest&) {
            ++asked;
            return PeerResponse{200, {}, "secure"};
        },
        write_pair(directory, "target", issue(wish("target", false, "serverAuth"), &authority)));
    const std::string address = "127.0.0.1:" + std::to_string(target.port());
    const std::string group =
        "version: 1\ngroups:\n  g: {targets: ['" + address +
        "'], secure: true, panicThreshold: 0%, health: {path: /healthz, interval: 1s, timeout: 1s, " +
        "fall: 1, rise: 1}}\napis:\n  - routes:\n      - {routeKey: $default, integration: 'group:g'}\n";
    Start how;
    SECTION("a target") {
        const Gateway gateway({"https://" + address});
        CHECK(gateway.get("/").status == 503);
        CHECK(gateway.wait_for_log(1).find("target.tls") != std::string::npos);
        CHECK(asked == 0);
    }
    SECTION("a health check") {
        how.config = group;
        Gateway gateway({}, how);
        CHECK(gateway.process().wait_for_errors("is unhealthy"));
        CHECK(gateway.get("/").status == 503);
        CHECK(asked == 0);
    }
    SECTION("a health check by an authority that is named") {
        how.config = group + "upstreamTls: {ca: " + trust + "}\n";
        const Gateway gateway({}, how);
        CHECK(eventually([&] { return gateway.get("/").body == "secure"; }));
    }
    SECTION("keys of an issuer") {
        Gateway gateway({"mock:200:in", "--jwt", "https://" + address});
        CHECK(gateway.process().wait_for_errors("its routes answer 503 until keys come"));
        CHECK(asked == 0);
    }
}

TEST_CASE("a certificate is changed under load, no handshake fails, and a pair that is half written changes nothing") {
    const TemporaryDirectory directory;
    const net::TlsKeyPair first = issue(wish("first"));
    const net::TlsKeyPair second = issue(wish("second"));
    const std::string certificate = directory.write("tls.pem", first.cert_pem);
    const std::string key = directory.write("tls.key", first.key_pem);
    const auto write_both = [&](const std::string& cert_text, const std::string& key_text) {
        (void)directory.write("tls.pem", cert_text);
        (void)directory.write("tls.key", key_text);
    };
    Start how;
    how.config =
        "version: 1\nlimits: {maxConnectionsPerClient: 0}\nlisteners:\n  - address: '127.0.0.1:0'\n    tls: "
        "{certificates: [{cert: '" +
        certificate + "', key: '" + key +
        "'}]}\napis:\n  - routes:\n      - {routeKey: $default, integration: 'mock:200:a'}\n";
    how.port_option = false;
    Gateway gateway({"--workers", "2"}, how);
    const std::size_t wanted = wished_size("GW_HANDSHAKES", 300);
    std::atomic<std::size_t> done{0};
    std::atomic<std::size_t> failed{0};
    std::atomic<std::size_t> of_second{0};
    std::vector<std::thread> clients;
    for (int c = 0; c < 2; ++c)
        clients.emplace_back([&] {
            while (done < wanted) {
                const auto name = shake_hands(gateway.port());
                if (!name || (*name != "first" && *name != "second")) ++failed;
                if (name && *name == "second") ++of_second;
                ++done;
            }
        });
    const auto shown = [&] { return must(shake_hands(gateway.port())); };
    CHECK(shown() == "first");
    write_both(second.cert_pem, first.key_pem);  // not a pair
    CHECK(gateway.order("/reload").status == 409);
    write_both(second.cert_pem.substr(0, second.cert_pem.size() / 2), second.key_pem);  // not written to its end
    CHECK(gateway.order("/reload").status == 409);
    write_both("", "");
    CHECK(gateway.order("/reload").status == 409);
    CHECK(shown() == "first");
    CHECK(of_second == 0);
    eventually([&] { return done >= wanted / 3; }, 12 * kPatience);
    for (int i = 0; i < 10; ++i) {
        const net::TlsKeyPair& next = i % 2 == 0 ? second : first;
        write_both(next.cert_pem, next.key_pem);
        CHECK(gateway.order("/reload").status == 200);
        CHECK(eventually([&] { return shown() == (i % 2 == 0 ? "second" : "first"); }));
    }
    for (std::thread& client : clients) client.join();
    CHECK(failed == 0);
    CHECK(of_second > 0);
    CHECK(done >= wanted);
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
