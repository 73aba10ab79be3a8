#include "libgw/wire/websocket/handshake.h"

#include "libgw/wire/http/decoder.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::websocket;

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
    const http::Refused refused = judge_request(request(lines));
    return refused ? std::to_string(refused.status) + " " + std::string(refused.reason) : "";
}

http::ResponseHead answer(const std::string& lines) {
    http::ResponseDecoder decoder;
    http::ResponseHead head;
    decoder.expect(http::Method::get, true);
    REQUIRE(decoder.decode("HTTP/1.1 101 Switching Protocols\r\n" + lines + "\r\n", head).found == http::Found::head);
    return head;
}

/// The verdict on a 101 with these fields, to a request that has these beside version and key.
std::string answered(const std::string& lines, const std::string& asked = {}) {
    return std::string(judge_answer(request(kVersion + kKey + asked).fields, answer(lines)));
}

}  // namespace

TEST_CASE("the accept value is the one of RFC 6455", "[websocket]") {
    CHECK(accept_of("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("a request for a WebSocket has version 13 and one key of 16 bytes", "[websocket]") {
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

TEST_CASE("a 101 begins a tunnel only as the handshake that was asked for", "[websocket]") {
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

TEST_CASE("a 101 chooses among the protocols and extensions that were offered", "[websocket]") {
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

TEST_CASE("what a client writes a server takes, and what that answers the client agrees to", "[websocket]") {
    const ClientHandshake asked{"dGhlIHNhbXBsZSBub25jZQ==", {"chat", "superchat"}, DeflateOffer{}};
    std::string lines;
    for (const http::FieldView field : asked.fields())
        if (field.id != http::FieldName::connection && field.id != http::FieldName::upgrade)
            lines.append(field.name).append(": ").append(field.value).append("\r\n");
    const http::RequestHead head = request(lines);
    REQUIRE_FALSE(judge_request(head));
    CHECK(offered_protocols(head.fields) == std::vector<std::string_view>{"chat", "superchat"});
    const auto deflate = accept_deflate(head.fields, {});
    REQUIRE(deflate);
    REQUIRE(*deflate);

    std::string text;
    http::HeadWriter writer(text);
    writer.status_line(101);
    write_answer(writer, asked.key, "superchat", (*deflate)->text);
    REQUIRE(writer.end());
    http::ResponseDecoder decoder;
    http::ResponseHead answered;
    decoder.expect(http::Method::get, true);
    REQUIRE(decoder.decode(text, answered).found == http::Found::head);
    const auto agreement = agree(asked, answered);
    REQUIRE(agreement);
    CHECK(agreement->protocol == "superchat");
    CHECK(agreement->deflate == (*deflate)->parameters);
}

TEST_CASE("a client says what is wrong with a 101", "[websocket]") {
    const ClientHandshake asked{"dGhlIHNhbXBsZSBub25jZQ==", {}, {}};
    const auto wrong = agree(asked, answer(kConnected + kUpgrade + "Sec-WebSocket-Accept: x\r\n"));
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().code == Errc::parse);
    CHECK(wrong.error().message == "the 101 is no handshake of RFC 6455: Sec-WebSocket-Accept does not fit the key");
    CHECK_FALSE(agree(asked, answer(kConnected + kUpgrade + kAccept + "Sec-WebSocket-Extensions: x\r\n")));
    const auto plain = agree(asked, answer(kConnected + kUpgrade + kAccept));
    REQUIRE(plain);
    CHECK(plain->protocol.empty());
    CHECK_FALSE(plain->deflate);
}
