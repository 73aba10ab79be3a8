#include "libgw/policy/integration/websocket.h"

#include "libgw/wire/http/decoder.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::integration;

namespace {

const std::string kVersion = "Sec-WebSocket-Version: 13\r\n";
const std::string kKey = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const std::string kConnected = "Connection: keep-alive, Upgrade\r\n";
const std::string kUpgrade = "Upgrade: WebSocket\r\n";
const std::string kAccept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

http::RequestHead request(const std::string& lines) {
    static const http::Limits limits;
    http::RequestDecoder decoder(limits);
    http::RequestHead head;
    const std::string text =
        "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" + lines + "\r\n";
    REQUIRE(decoder.decode(text, head).found == http::Found::head);
    REQUIRE(head.upgrade_websocket);
    return head;
}

std::string judged(const std::string& lines) {
    const auto refusal = judge_websocket(request(lines));
    return refusal ? std::to_string(refusal->status) + " " + refusal->detail : "";
}

/// The verdict on a 101 with these fields, to a request that has these beside version and key.
std::string answered(const std::string& lines, const std::string& asked = {}) {
    http::ResponseDecoder decoder;
    http::ResponseHead head;
    decoder.expect(http::Method::get, true);
    REQUIRE(decoder.decode("HTTP/1.1 101 Switching Protocols\r\n" + lines + "\r\n", head).found == http::Found::head);
    return std::string(judge_websocket(request(kVersion + kKey + asked), head));
}

}  // namespace

TEST_CASE("the accept value is the one of RFC 6455", "[integration]") {
    CHECK(websocket_accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("a request for a WebSocket has version 13 and one key of 16 bytes", "[integration]") {
    CHECK(judged(kVersion + kKey).empty());
    for (const std::string& lines :
         {kKey, kKey + "Sec-WebSocket-Version: 7\r\n", kKey + "Sec-WebSocket-Version: 13, 8\r\n",
          kKey + "Sec-WebSocket-Version: 013\r\n"}) {
        INFO(lines);
        CHECK(judged(lines) == "426 upgrade.version");
    }
    for (const std::string& lines :
         {std::string(), std::string("Sec-WebSocket-Key: x\r\n"), std::string("Sec-WebSocket-Key:\r\n"),
          std::string("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ\r\n"),
          std::string("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR==\r\n"),
          std::string("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j\r\n"),
          std::string("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZSEh\r\n")}) {
        INFO(lines);
        CHECK(judged(kVersion + lines) == "400 upgrade.key");
    }
}

TEST_CASE("a 101 begins a tunnel only as the handshake that was asked for", "[integration]") {
    const std::string good = kConnected + kUpgrade + kAccept;
    CHECK(answered(good).empty());
    CHECK(answered("") == "websocket.upgrade");
    CHECK(answered(kConnected + kAccept) == "websocket.upgrade");
    CHECK(answered(kConnected + "Upgrade: h2c\r\n" + kAccept) == "websocket.upgrade");
    CHECK(answered(good + kUpgrade) == "websocket.upgrade");
    CHECK(answered(kUpgrade + kAccept) == "websocket.connection");
    CHECK(answered(kUpgrade + kAccept + "Connection: close\r\n") == "websocket.connection");
    CHECK(answered(good + "Content-Length: 0\r\n") == "websocket.body");
    CHECK(answered(good + "Content-Length: 4\r\n") == "websocket.body");
    CHECK(answered(good + "Transfer-Encoding: chunked\r\n") == "websocket.body");
    CHECK(answered(kConnected + kUpgrade) == "websocket.accept");
    CHECK(answered(good + kAccept) == "websocket.accept");
    CHECK(answered(kConnected + kUpgrade + "Sec-WebSocket-Accept: S3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") ==
          "websocket.accept");
}

TEST_CASE("a 101 chooses among the protocols and extensions that were offered", "[integration]") {
    const std::string good = kConnected + kUpgrade + kAccept;
    const std::string protocol = "Sec-WebSocket-Protocol: chat\r\n";
    CHECK(answered(good + protocol) == "websocket.protocol");
    CHECK(answered(good + protocol, "Sec-WebSocket-Protocol: superchat\r\n") == "websocket.protocol");
    CHECK(answered(good + protocol, "Sec-WebSocket-Protocol: Chat\r\n") == "websocket.protocol");
    CHECK(answered(good + protocol, "Sec-WebSocket-Protocol: a, chat\r\n").empty());
    CHECK(answered(good + protocol, "Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: chat\r\n").empty());
    CHECK(answered(good + protocol + protocol, "Sec-WebSocket-Protocol: chat\r\n") == "websocket.protocol");
    const std::string extension = "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10\r\n";
    CHECK(answered(good + extension) == "websocket.extension");
    CHECK(answered(good + extension, "Sec-WebSocket-Extensions: x, permessage-deflate; client_max_window_bits\r\n")
              .empty());
}
