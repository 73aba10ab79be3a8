#include "libgw/wire/websocket/session.h"

#include "tests/support/catch.h"
#include "tests/support/websocket.h"

using namespace gw;
using namespace gw::websocket;
using test::bytes_of;
using test::Echo;
using Words = std::vector<std::string>;

namespace {

/// What the other end reads of what this end has sent.
Words read(Role by, const std::string& bytes) {
    static const Limits limits;
    Decoder decoder(by, limits);
    return test::decode_all(decoder, bytes, std::max<std::size_t>(bytes.size(), 1));
}

}  // namespace

TEST_CASE("a client masks each frame anew, and a server none", "[websocket]") {
    Echo client(Role::client);
    Echo server(Role::server);
    CHECK(client.session.send(Opcode::text, "Hello", client.out));
    CHECK(client.session.send(Opcode::text, "Hello", client.out));
    CHECK(client.out.size() == 22);
    CHECK(client.out.substr(0, 11) != client.out.substr(11));
    server.feed(client.out);
    CHECK(server.heard == Words{"text Hello", "text Hello"});
    CHECK(server.out == bytes_of("81 05 48 65 6c 6c 6f 81 05 48 65 6c 6c 6f"));
}

TEST_CASE("chance for masks is asked for in pieces", "[websocket]") {
    int asked = 0;
    MaskKeys keys([&](std::span<std::uint8_t> bytes) {
        ++asked;
        for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i);
    });
    CHECK(keys.next() == MaskKey{0, 1, 2, 3});
    CHECK(keys.next() == MaskKey{4, 5, 6, 7});
    for (int i = 0; i < 62; ++i) keys.next();
    CHECK(asked == 1);
    CHECK(keys.next() == MaskKey{0, 1, 2, 3});
    CHECK(asked == 2);
}

TEST_CASE("pings are answered, a crowd of them by its last", "[websocket]") {
    Echo server(Role::server);
    Echo client(Role::client);
    for (int i = 0; i < 30; ++i) CHECK(client.session.ping(std::to_string(i), client.out));
    server.feed(client.out);
    CHECK(server.heard.size() == 30);
    const Words pongs = read(Role::client, server.out);
    REQUIRE(pongs.size() == 17);
    CHECK(pongs[0] == "pong 0");
    CHECK(pongs[15] == "pong 15");
    CHECK(pongs[16] == "pong 29");
}

TEST_CASE("more than a hundred control frames in a second are too many", "[websocket]") {
    Echo client(Role::client);
    std::string pings;
    for (int i = 0; i < 100; ++i) client.session.ping("", pings);
    Echo server(Role::server);
    const Instant begin = Instant{} + std::chrono::seconds(100);
    server.feed(pings, begin);
    server.feed(pings, begin + std::chrono::milliseconds(1001));
    CHECK_FALSE(server.session.over());
    server.feed(pings.substr(0, pings.size() / 100), begin + std::chrono::milliseconds(1900));
    CHECK(server.session.over());
    CHECK(server.heard.back() == "error 1008 websocket.control_flood");
    CHECK(read(Role::client, server.out).back() == "close 1008 websocket.control_flood");
}

TEST_CASE("the closing handshake echoes the code, and nothing follows it", "[websocket]") {
    Echo client(Role::client);
    Echo server(Role::server);
    CHECK(client.session.close(static_cast<CloseCode>(4001), "enough", client.out));
    CHECK(client.session.close_sent());
    CHECK_FALSE(client.session.over());
    const std::string sent = client.out;
    CHECK_FALSE(client.session.send(Opcode::text, "x", client.out));
    CHECK_FALSE(client.session.ping("x", client.out));
    CHECK_FALSE(client.session.close(CloseCode::normal, "", client.out));
    CHECK(client.out == sent);
    server.feed(client.out + "rubbish that is dropped");
    CHECK(server.heard == Words{"close 4001 enough"});
    CHECK(server.session.over());
    CHECK(read(Role::client, server.out) == Words{"close 4001"});
    client.feed(server.out);
    CHECK(client.heard == Words{"close 4001"});
    CHECK(client.out == sent);
    CHECK(client.session.over());
}

TEST_CASE("a close without a code is answered without one", "[websocket]") {
    Echo server(Role::server);
    std::string close;
    append_frame(close, {.opcode = Opcode::close, .key = MaskKey{9, 9, 9, 9}}, "");
    server.feed(close);
    CHECK(server.heard == Words{"close 1005"});
    CHECK(server.out == bytes_of("88 00"));
}

TEST_CASE("a reason is cut at the end of a character", "[websocket]") {
    Echo server(Role::server);
    std::string reason = std::string(122, 'x') + "\xe2\x82\xac";
    CHECK(server.session.close(CloseCode::normal, reason, server.out));
    CHECK(read(Role::client, server.out) == Words{"close 1000 " + std::string(122, 'x')});
}

TEST_CASE("a peer that breaks the protocol is told, and its data is heard no more", "[websocket]") {
    Echo client(Role::client);
    client.feed(bytes_of("81 01 61 c1 00 81 01 62"));
    CHECK(client.heard == Words{"text a", "error 1002 websocket.rsv"});
    CHECK(read(Role::server, client.out) == Words{"text a", "close 1002 websocket.rsv"});
    client.feed(bytes_of("81 01 62"));
    CHECK(client.heard.size() == 2);
}

TEST_CASE("compressed messages pass both ways under every agreement", "[websocket]") {
    std::string text;
    Random random(5);
    while (text.size() < 70000) text += std::to_string(random.below(1000)) + " ";
    for (const bool forgets : {false, true})
        for (const auto bits : std::vector<std::uint8_t>{8, 9, 12, 15}) {
            const DeflateParameters agreed{forgets, forgets, bits, bits};
            DeflatePool pool;
            Echo client(Role::client);
            Echo server(Role::server);
            client.session.deflate(agreed, pool);
            server.session.deflate(agreed, pool);
            client.answers = false;
            CHECK(client.session.compresses() == (bits > 8));
            for (const std::size_t size : {0U, 1U, 5U, 1000U, 65536U, 3U, 70000U}) {
                INFO(forgets << ' ' << unsigned{bits} << ' ' << size);
                const std::string message = text.substr(0, size);
                client.out.clear();
                server.out.clear();
                client.heard.clear();
                CHECK(client.session.send(Opcode::text, message, client.out));
                if (size >= 1000 && bits > 8) CHECK(client.out.size() < size);
                for (std::size_t at = 0; at < client.out.size(); at += 777) server.feed(client.out.substr(at, 777));
                for (std::size_t at = 0; at < server.out.size(); at += 333) client.feed(server.out.substr(at, 333));
                CHECK(client.heard == Words{"text " + message});
            }
        }
}

TEST_CASE("what would grow is sent as it is where no context is kept", "[websocket]") {
    DeflatePool pool;
    Echo server(Role::server);
    server.session.deflate({true, true, 12, 12}, pool);
    server.session.send(Opcode::text, "Hi", server.out);
    CHECK(server.out == bytes_of("81 02 48 69"));
}

TEST_CASE("a message may be sent in pieces, compressed where its context is kept", "[websocket]") {
    for (const bool forgets : {false, true}) {
        const DeflateParameters agreed{forgets, forgets, 15, 15};
        DeflatePool pool;
        Echo client(Role::client);
        Echo server(Role::server);
        client.session.deflate(agreed, pool);
        server.session.deflate(agreed, pool);
        for (int i = 0; i < 10; ++i) {
            client.session.send_piece(Opcode::text, "piece ", i == 0, i == 9, client.out);
            if (i == 4) client.session.ping("between", client.out);
        }
        server.feed(client.out);
        REQUIRE(server.heard.size() == 2);
        CHECK(server.heard[0] == "ping between");
        CHECK(server.heard[1] == "text piece piece piece piece piece piece piece piece piece piece ");
    }
}

TEST_CASE("a session without a message under way is small", "[websocket]") { CHECK(sizeof(Session) <= 400); }
