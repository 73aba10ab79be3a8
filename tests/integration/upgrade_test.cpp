// Upgrades to WebSocket through the gateway: bytes pass only after the target's 101, and then both ways as they are.

#include <atomic>
#include <thread>

#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_upstream.h"

using namespace gw;
using namespace gw::test;
using namespace std::chrono_literals;

namespace {

const std::string kUpgrade =
    "GET /chat HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const std::string kSwitch =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

}  // namespace

TEST_CASE("after the target's 101 bytes pass both ways as they are") {
    ScriptedUpstream upstream({{read_request(), send_bytes(kSwitch + "first"), read_bytes(7),
                                send_bytes(std::string("\x81\x00\r\n\r\n", 6)), hold(), close_connection()}});
    const Gateway gateway({upstream.url()});
    RawClient client = gateway.connect();
    must(client.send(kUpgrade));
    const std::string head = must(client.read_until("\r\n\r\n"));
    CHECK(head.starts_with("HTTP/1.1 101 "));
    CHECK(head.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != std::string::npos);
    CHECK(head.find("websocket") != std::string::npos);
    CHECK(must(client.read_exactly(5)) == "first");
    must(client.send(std::string("\x81\x82\0\0\0\0\r", 7)));
    CHECK(must(client.read_exactly(6)) == std::string("\x81\x00\r\n\r\n", 6));
    CHECK(upstream.seen().ends_with(std::string("\x81\x82\0\0\0\0\r", 7)));
    CHECK(upstream.seen().find("GET /chat HTTP/1.1\r\n") == 0);
    CHECK(upstream.seen().find("pgrade: websocket\r\n") != std::string::npos);
    upstream.release();
    CHECK(client.is_closed_by_peer());
}

TEST_CASE("what a client sends behind an upgrade waits for the 101") {
    ScriptedUpstream upstream({{read_head(), hold(), send_bytes(kSwitch), hold()}});
    const Gateway gateway({upstream.url()});
    RawClient client = gateway.connect();
    must(client.send(kUpgrade + "eager bytes"));
    REQUIRE(upstream.wait_for("\r\n\r\n"));
    CHECK(client.stays_silent(50ms));
    CHECK(upstream.seen().ends_with("\r\n\r\n"));
    upstream.release();
    CHECK(must(client.read_until("\r\n\r\n")).starts_with("HTTP/1.1 101 "));
    CHECK(eventually([&] { return upstream.seen().ends_with("eager bytes") || upstream.wait_for_end(0, 1ms); }));
}

TEST_CASE("an upgrade that the target answers otherwise is an answer, and what came behind it is nobody's") {
    const std::string canary = "GET /canary HTTP/1.1\r\nHost: h\r\n\r\n";
    for (const int status : {200, 404, 426}) {
        INFO(status);
        ScriptedUpstream upstream({{read_request(), answer(status, "no tunnel"), hold()}});
        const Gateway gateway({upstream.url()});
        RawClient client = gateway.connect();
        must(client.send(kUpgrade + canary));
        const RawResponse answer = must(client.read_response());
        CHECK(answer.status == status);
        CHECK(answer.body == "no tunnel");
        CHECK(answer.field("connection") == "close");
        CHECK(client.is_closed_by_peer());
        CHECK(upstream.connections() == 1);
        CHECK(upstream.seen().find("canary") == std::string::npos);
    }
}

TEST_CASE("an upgrade to a target that does not answer in time is a 503 and no tunnel") {
    ScriptedUpstream upstream({{read_request(), hold(), send_bytes(kSwitch), hold()}});
    const Gateway gateway({upstream.url(), "--timeout", "200ms"});
    RawClient client = gateway.connect();
    must(client.send(kUpgrade + "bytes"));
    CHECK(must(client.read_response()).status == 503);
    CHECK(client.is_closed_by_peer());
    CHECK(upstream.seen().ends_with("\r\n\r\n"));
}

TEST_CASE("a tunnel carries 8 MiB up to a target that reads late, and all of it arrives") {
    constexpr std::size_t kSize = 8U << 20;
    ScriptedUpstream upstream(
        {{read_request(), send_bytes(kSwitch), hold(), read_bytes(kSize), send_bytes("all of it"), hold()}});
    const Gateway gateway({upstream.url()});
    RawClient client = gateway.connect();
    client.set_patience(3 * kPatience);
    must(client.send(kUpgrade));
    must(client.read_until("\r\n\r\n"));
    upstream.release();
    const std::string block(1U << 20, 'w');
    for (std::size_t sent = 0; sent < kSize; sent += block.size()) must(client.send(block));
    CHECK(must(client.read_until("all of it")) == "all of it");
}

TEST_CASE("a client that leaves its tunnel ends the target's connection") {
    ScriptedUpstream upstream({{read_request(), send_bytes(kSwitch), hold()}});
    const Gateway gateway({upstream.url()});
    RawClient client = gateway.connect();
    must(client.send(kUpgrade));
    must(client.read_until("\r\n\r\n"));
    client.close();
    CHECK(upstream.wait_for_end());
}

TEST_CASE("a 101 that is not the handshake that was asked for is a 502, and nothing passes either way") {
    const std::string smuggled = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL";
    for (const std::string& fields :
         {std::string(), std::string("Connection: Upgrade\r\nUpgrade: websocket\r\n"),
          std::string("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: "
                      "AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n"),
          std::string("Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 4\r\nSec-WebSocket-Accept: "
                      "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"),
          std::string("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: x\r\n"
                      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")}) {
        INFO(fields);
        ScriptedUpstream upstream({{read_request(), send_bytes("HTTP/1.1 101 X\r\n" + fields + "\r\n" + smuggled),
                                    hold(), close_connection()}});
        const Gateway gateway({upstream.url()});
        RawClient client = gateway.connect();
        must(client.send(kUpgrade + "GET /admin HTTP/1.1\r\nHost: h\r\n\r\n"));
        const RawResponse answer = must(client.read_response());
        CHECK(answer.status == 502);
        CHECK(answer.body.find("EVIL") == std::string::npos);
        CHECK(client.is_closed_by_peer());
        CHECK(upstream.wait_for_end());
        CHECK(upstream.seen().find("/admin") == std::string::npos);
    }
}

TEST_CASE("a request for a WebSocket without a key, or of another version, comes to no target") {
    ScriptedUpstream upstream({{read_request(), send_bytes(kSwitch), hold()}});
    const Gateway gateway({upstream.url()});
    const std::string start = "GET /chat HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
    const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    const std::string version = "Sec-WebSocket-Version: 13\r\n";
    for (const std::string& lines : {version, version + key + key, version + "Sec-WebSocket-Key: eA==\r\n"}) {
        INFO(lines);
        CHECK(must(raw_exchange(gateway.port(), start + lines + "\r\n")).status == 400);
    }
    for (const std::string& lines : {key, key + "Sec-WebSocket-Version: 8\r\n"}) {
        INFO(lines);
        const RawResponse answer = must(raw_exchange(gateway.port(), start + lines + "\r\n"));
        CHECK(answer.status == 426);
        CHECK(answer.field("sec-websocket-version") == "13");
    }
    CHECK(upstream.connections() == 0);
}
