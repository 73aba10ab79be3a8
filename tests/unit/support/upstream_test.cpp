#include "tests/support/catch.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/temporary.h"

using namespace gw;
using namespace gw::test;
using namespace std::chrono_literals;

namespace {

RawClient connect(const ScriptedUpstream& upstream) {
    auto client = RawClient::connect(upstream.port());
    REQUIRE(client);
    return std::move(*client);
}

}  // namespace

TEST_CASE("a scripted answer is read as it was sent, and what was asked is recorded to the byte") {
    ScriptedUpstream upstream({{read_request(), answer(201, "hello", "X-A: 1\r\nx-a:  2 \r\n")}});
    RawClient client = connect(upstream);
    const std::string request = "POST /x HTTP/1.1\r\nHost: h\r\ncontent-length: 3\r\n\r\nabc";
    REQUIRE(client.send_in_pieces(request, 1));
    const auto response = client.read_response();
    REQUIRE(response);
    REQUIRE(response->status == 201);
    REQUIRE(response->body == "hello");
    REQUIRE(response->count("x-a") == 2);
    REQUIRE(response->field("x-a") == "1");
    REQUIRE(response->field("x-b").empty());
    REQUIRE(client.is_closed_by_peer());
    REQUIRE(upstream.wait_for_end());
    REQUIRE(upstream.seen() == request);
    REQUIRE(upstream.seen(1).empty());
    REQUIRE(upstream.url() == "http://127.0.0.1:" + std::to_string(upstream.port()));
}

TEST_CASE("two requests on one connection are answered one after the other, pipelined or not") {
    const Script twice = {read_request(), answer(200, "one"), read_request(), answer(200, "two")};
    ScriptedUpstream upstream({twice});
    const std::string request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    RawClient client = connect(upstream);
    REQUIRE(client.send(request + request));
    REQUIRE(client.read_response()->body == "one");
    REQUIRE(client.read_response()->body == "two");
}

TEST_CASE("a chunked request is read to its end, trailers included") {
    ScriptedUpstream upstream({{read_request(), answer(200, "")}});
    RawClient client = connect(upstream);
    const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    REQUIRE(client.send(head + "5\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\nA: b\r\n"));
    REQUIRE(client.stays_silent(20ms));
    REQUIRE(client.send("\r\n"));
    REQUIRE(client.read_response()->status == 200);
    REQUIRE(upstream.seen().ends_with("A: b\r\n\r\n"));
}

TEST_CASE("chunks, trailers, interim answers and answers without a length are read") {
    ScriptedUpstream upstream({
        {read_head(), send_bytes("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
         send_in_pieces("3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-T: v\r\n\r\n", 1)},
        {read_head(), send_bytes("HTTP/1.0 200 OK\r\n\r\nto the end")},
        {read_head(), send_bytes("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), hold()},
        {read_head(), send_bytes("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc")},
        {read_head(), send_bytes("rubbish\r\n\r\n")},
    });
    const std::string request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    {
        RawClient client = connect(upstream);
        REQUIRE(client.send(request));
        REQUIRE(client.read_response()->status == 100);
        const auto response = client.read_response();
        REQUIRE(response);
        REQUIRE(response->body == "abc0123456789");
        REQUIRE(response->trailers == std::vector<std::pair<std::string, std::string>>{{"x-t", "v"}});
    }
    REQUIRE(raw_exchange(upstream.port(), request)->body == "to the end");
    {
        RawClient client = connect(upstream);
        REQUIRE(client.send(request));
        REQUIRE(client.read_response(true)->body.empty());
        REQUIRE(client.stays_silent(20ms));
    }
    REQUIRE(raw_exchange(upstream.port(), request).error().code == Errc::closed);
    REQUIRE(raw_exchange(upstream.port(), request).error().code == Errc::parse);
}

TEST_CASE("a reset, a half-closed side and an answer that never comes are told apart") {
    ScriptedUpstream upstream({
        {read_request(), reset_connection()},
        {half_close(), read_bytes(4)},
        {hold(), send_bytes("late"), close_connection()},
    });
    {
        RawClient client = connect(upstream);
        REQUIRE(client.send("GET / HTTP/1.1\r\n\r\n"));
        REQUIRE(client.read_to_end().error().message == "the peer reset the connection");
    }
    {
        RawClient client = connect(upstream);
        REQUIRE(client.is_closed_by_peer());
        REQUIRE(client.send("ping"));
        REQUIRE(upstream.wait_for("ping", 1).value() == "ping");
        REQUIRE(upstream.wait_for_end(1));
    }
    RawClient client = connect(upstream);
    client.set_patience(20ms);
    REQUIRE(client.read_until("x").error().code == Errc::timeout);
    REQUIRE(!client.is_closed_by_peer());
    client.set_patience(kPatience);
    REQUIRE(client.send("held"));
    REQUIRE(upstream.wait_for("held", 2));
    REQUIRE(!upstream.wait_for("never", 2, 20ms));
    REQUIRE(upstream.wait_for_end(2, 20ms).error().code == Errc::timeout);
    upstream.release();
    REQUIRE(client.read_to_end().value() == "late");
    REQUIRE(upstream.wait_for_end(2));
    REQUIRE(upstream.wait_for_connections(3));
    REQUIRE(!upstream.wait_for_connections(4, 20ms));
    REQUIRE(upstream.connections() == 3);
}

TEST_CASE("what a client resets or finishes ends the script") {
    ScriptedUpstream upstream({{read_request(), answer(200, "never")}});
    {
        RawClient client = connect(upstream);
        REQUIRE(client.send("GET"));
        REQUIRE(upstream.wait_for("GET"));
        client.reset();
    }
    REQUIRE(upstream.wait_for_end(0));
    RawClient client = connect(upstream);
    client.finish_sending();
    REQUIRE(client.read_to_end().value().empty());
    client.close();
    REQUIRE(upstream.wait_for_end(1));
}

TEST_CASE("later connections follow the last script") {
    ScriptedUpstream upstream({{read_request(), answer(500, "first")}, {read_request(), answer(200, "others")}});
    const std::string request = "GET / HTTP/1.1\r\n\r\n";
    REQUIRE(raw_exchange(upstream.port(), request)->body == "first");
    REQUIRE(raw_exchange(upstream.port(), request)->body == "others");
    REQUIRE(raw_exchange(upstream.port(), request)->body == "others");
}

TEST_CASE("an upstream on a unix socket is reached by its path") {
    const TemporaryDirectory directory;
    ScriptedUpstream upstream({{read_request(), answer(200, "unix")}}, directory.file("s"));
    auto client = RawClient::connect_unix(directory.file("s"));
    REQUIRE(client);
    REQUIRE(client->send("GET / HTTP/1.1\r\n\r\n"));
    REQUIRE(client->read_response()->body == "unix");
    REQUIRE(!RawClient::connect_unix(directory.file("none")));
    REQUIRE(RawClient::connect_unix(std::string(200, 'x')).error().code == Errc::limit);
}

TEST_CASE("nobody at a port is a connect error, and a name is no address") {
    std::uint16_t port = 0;
    {
        const auto listener = listen_on_loopback();
        REQUIRE(listener);
        port = listener->port;
    }
    REQUIRE(RawClient::connect(port).error().code == Errc::connect);
    REQUIRE(RawClient::connect("localhost", 1).error().code == Errc::usage);
}

TEST_CASE("an upstream goes away while connections wait in every act") {
    ScriptedUpstream upstream(
        {{read_request()}, {read_bytes(10)}, {hold()}, {send_bytes(std::string(50'000'000, 'x'))}});
    std::vector<RawClient> clients;
    for (int i = 0; i < 4; ++i) {
        clients.push_back(connect(upstream));
        REQUIRE(upstream.wait_for_connections(clients.size()));
    }
}
