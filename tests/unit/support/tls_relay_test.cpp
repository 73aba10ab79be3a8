#include "tests/support/tls_relay.h"

#include "tests/support/catch.h"
#include "tests/support/certificate.h"
#include "tests/support/peer.h"
#include "tests/support/raw_client.h"
#include "tests/support/temporary.h"

using namespace gw;
using namespace gw::test;

TEST_CASE("a relay speaks TLS for a client that does not, and a handshake tells whose certificate was shown") {
    const TemporaryDirectory directory;
    CertificateWish wish;
    wish.subject = "relayed";
    wish.names = {"localhost"};
    wish.not_before = std::chrono::floor<Nanoseconds>(std::chrono::system_clock::now()) - std::chrono::hours(1);
    wish.not_after = wish.not_before + std::chrono::hours(24);
    const net::TlsKeyPair pair = issue(wish);
    PeerServer server([](const PeerRequest& request) { return PeerResponse{200, {}, "over TLS: " + request.target}; },
                      {directory.write("tls.pem", pair.cert_pem), directory.write("tls.key", pair.key_pem)});
    const auto name = shake_hands(server.port());
    REQUIRE(name);
    CHECK(*name == "relayed");
    const TlsRelay relay(server.port());
    auto client = RawClient::connect(relay.port());
    REQUIRE(client);
    REQUIRE(client->send("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    const auto answer = client->read_response();
    REQUIRE(answer);
    CHECK(answer->body == "over TLS: /a");
}

TEST_CASE("a handshake with a server that speaks no TLS is an error") {
    PeerServer plain([](const PeerRequest&) { return PeerResponse{200, {}, ""}; });
    const auto name = shake_hands(plain.port());
    REQUIRE_FALSE(name);
    CHECK(name.error().code == Errc::tls);
}
