// The deadlines that hold when nobody has set any: time is moved on, and nothing is waited for.

#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/faults.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/skip.h"

using namespace gw;
using namespace gw::test;
using namespace std::chrono_literals;

namespace {

/// A gateway of one worker whose clock a test moves on.
struct Late {
    explicit Late(std::vector<std::string> arguments) : gateway(with_worker(std::move(arguments)), start()) {}

    void pass(std::chrono::milliseconds time) {
        faults.board().time_shift += std::chrono::nanoseconds(time).count();
        // the worker notices with its next event, and then again when the alarms that were due have rung
        for (int i = 0; i < 3; ++i) CHECK(gateway.get("/poke").status == 200);
    }
    static std::vector<std::string> with_worker(std::vector<std::string> arguments) {
        arguments.insert(arguments.end(), {"/poke=mock:200:poked", "--workers", "1"});
        return arguments;
    }
    [[nodiscard]] Start start() const {
        Start how;
        how.environment = faults.environment();
        return how;
    }

    Faults faults;
    Gateway gateway;
};

bool is_open(RawClient& client) { return client.stays_silent(30ms); }

}  // namespace

TEST_CASE("a connection has ten seconds for the head of its first request, however it trickles") {
    if (!Faults::available()) GW_SKIP("sanitizers bring an operator new of their own");
    Late late({});
    RawClient silent = late.gateway.connect();
    RawClient trickling = late.gateway.connect();
    must(trickling.send("GET /poke HTTP/1.1\r\nHost: h\r\nX: "));
    CHECK(is_open(trickling));
    for (int i = 0; i < 9; ++i) {
        late.pass(1s);
        must(trickling.send("a"));
        CHECK(is_open(trickling));
    }
    CHECK(is_open(silent));
    late.pass(1500ms);
    const RawResponse answer = must(trickling.read_response());
    CHECK(answer.status == 408);
    CHECK(answer.field("connection") == "close");
    CHECK(silent.is_closed_by_peer());
}

TEST_CASE("an idle connection is kept for a minute") {
    if (!Faults::available()) GW_SKIP("sanitizers bring an operator new of their own");
    Late late({});
    RawClient idle = late.gateway.connect();
    must(idle.send(get_request("/poke")));
    CHECK(must(idle.read_response()).status == 200);
    late.pass(58s);
    CHECK(is_open(idle));
    late.pass(3s);
    CHECK(idle.is_closed_by_peer());
}

TEST_CASE("a body may pause for twenty seconds, and comes at 240 bytes a second or not at all") {
    if (!Faults::available()) GW_SKIP("sanitizers bring an operator new of their own");
    ScriptedUpstream upstream({{read_request(), answer(200, "whole")}});
    Late late({"/up=" + upstream.url()});
    const std::string head = "POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n";
    SECTION("a pause") {
        RawClient client = late.gateway.connect();
        must(client.send(head + std::string(9000, 'a')));
        REQUIRE(upstream.wait_for("aaa"));
        late.pass(19s);
        CHECK(is_open(client));
        late.pass(2s);
        CHECK(must(client.read_response()).status == 408);
        CHECK(client.is_closed_by_peer());
    }
    SECTION("a trickle") {
        RawClient client = late.gateway.connect();
        must(client.send(head + "begin"));
        REQUIRE(upstream.wait_for("begin"));
        late.pass(4s);
        must(client.send("b"));
        REQUIRE(upstream.wait_for("beginb"));  // five seconds of grace
        late.pass(3s);
        must(client.send("c"));
        CHECK(must(client.read_response()).status == 408);
        CHECK(client.is_closed_by_peer());
    }
    SECTION("enough") {
        RawClient client = late.gateway.connect();
        must(client.send(head));
        std::string sent;
        for (int i = 0; i < 50; ++i) {
            sent += std::string(2000, 'd');
            must(client.send(std::string(2000, 'd')));
            REQUIRE(upstream.wait_for(sent));
            late.pass(5s);
        }
        CHECK(must(client.read_response()).body == "whole");
    }
    CHECK(upstream.wait_for_end());
}

TEST_CASE("the head of a target's answer has 29 seconds, and each pause in what follows five minutes") {
    if (!Faults::available()) GW_SKIP("sanitizers bring an operator new of their own");
    ScriptedUpstream upstream(
        {{read_request(), hold()},
         {read_request(), send_bytes("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfirst"), hold()}});
    Late late({"/up=" + upstream.url()});
    RawClient waiting = late.gateway.connect();
    must(waiting.send(get_request("/up")));
    REQUIRE(upstream.wait_for("\r\n\r\n", 0));
    late.pass(28s);
    CHECK(is_open(waiting));
    late.pass(2s);
    CHECK(must(waiting.read_response()).status == 503);
    CHECK(upstream.wait_for_end(0));

    RawClient reading = late.gateway.connect();
    must(reading.send(get_request("/up")));
    CHECK(reading.read_until("first"));
    late.pass(290s);
    CHECK(is_open(reading));
    late.pass(15s);
    CHECK_FALSE(reading.read_exactly(95));
    CHECK(upstream.wait_for_end(1));
}

TEST_CASE("the time for the head of an answer counts from the end of the request") {
    if (!Faults::available()) GW_SKIP("sanitizers bring an operator new of their own");
    ScriptedUpstream upstream({{read_request(), hold()}});
    Late late({"/up=" + upstream.url()});
    RawClient client = late.gateway.connect();
    must(client.send("POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 40000\r\n\r\n"));
    std::string sent;
    for (int i = 0; i < 4; ++i) {
        late.pass(15s);
        CHECK(is_open(client));
        sent += std::string(10000, 'd');
        must(client.send(std::string(10000, 'd')));
        REQUIRE(upstream.wait_for(sent));
    }
    late.pass(27s);
    CHECK(is_open(client));
    late.pass(3s);
    CHECK(must(client.read_response()).status == 503);
    CHECK(upstream.wait_for_end());
}

TEST_CASE("the option --idle-timeout ends an answer that pauses for longer") {
    if (!Faults::available()) GW_SKIP("sanitizers bring an operator new of their own");
    ScriptedUpstream upstream(
        {{read_request(), send_bytes("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfirst"), hold()}});
    Late late({"/up=" + upstream.url(), "--idle-timeout", "40s"});
    RawClient reading = late.gateway.connect();
    must(reading.send(get_request("/up")));
    CHECK(reading.read_until("first"));
    late.pass(38s);
    CHECK(is_open(reading));
    late.pass(4s);
    CHECK_FALSE(reading.read_exactly(95));
}

TEST_CASE("a tunnel may be silent for ten minutes") {
    if (!Faults::available()) GW_SKIP("sanitizers bring an operator new of their own");
    ScriptedUpstream upstream(
        {{read_request(),
          send_bytes("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                     "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"),
          hold()}});
    Late late({"/up=" + upstream.url()});
    RawClient client = late.gateway.connect();
    must(
        client.send("GET /up HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
    CHECK(must(client.read_until("\r\n\r\n")).starts_with("HTTP/1.1 101 "));
    late.pass(9min);
    CHECK(is_open(client));
    must(client.send("word"));
    REQUIRE(upstream.wait_for("word"));
    late.pass(9min);
    CHECK(is_open(client));
    late.pass(90s);
    CHECK_FALSE(client.read_exactly(1));
    CHECK(upstream.wait_for_end());
}

TEST_CASE("an answer that its client does not take is cut off after thirty seconds") {
    if (!Faults::available()) GW_SKIP("sanitizers bring an operator new of their own");
    ScriptedUpstream upstream({{read_request(), answer(200, std::string(16U << 20, 'z')), close_connection()}});
    Late late({"/up=" + upstream.url()});
    RawClient client = late.gateway.connect();
    must(client.send(get_request("/up")));
    REQUIRE(upstream.wait_for("\r\n\r\n"));
    CHECK(client.read_until("\r\n\r\n"));
    eventually([&] { return late.gateway.metric("gw_connections") == 0; }, 100ms);  // until all buffers are full
    for (int i = 0; i < 5; ++i) late.pass(5s);
    CHECK(late.gateway.metric("gw_connections") >= 1);
    // the socket is looked at every five seconds
    for (int i = 0; i < 3; ++i) late.pass(5s);
    CHECK(eventually([&] { return late.gateway.metric("gw_connections") == 0; }));
    CHECK(upstream.wait_for_end());
}

TEST_CASE("a connection of an hour is closed with its next answer") {
    if (!Faults::available()) GW_SKIP("sanitizers bring an operator new of their own");
    Late late({});
    RawClient client = late.gateway.connect();
    std::chrono::seconds passed{0};
    for (bool closing = false; !closing && passed < 80min; passed += 55s) {
        must(client.send(get_request("/poke")));
        closing = must(client.read_response()).field("connection") == "close";
        if (!closing) late.pass(55s);
    }
    CHECK(passed >= 53min);  // give or take a tenth, so that those who came together do not leave together
    CHECK(passed <= 68min);
    CHECK(client.is_closed_by_peer());
}

TEST_CASE("a handshake that does not come to its end is given ten seconds") {
    if (!Faults::available()) GW_SKIP("sanitizers bring an operator new of their own");
    const Faults faults;
    Start how;
    how.environment = faults.environment();
    const Gateway gateway({"/=mock:200:a", "--tls-self-signed", "--workers", "1"}, how);
    RawClient silent = gateway.connect();
    RawClient begun = gateway.connect();
    must(begun.send(std::string("\x16\x03\x01\x02\x00\x01", 6)));
    const auto pass = [&](std::chrono::seconds time) {
        CHECK(eventually([&] { return gateway.metric("gw_connections") >= 2; }, 200ms));
        faults.board().time_shift += std::chrono::nanoseconds(time).count();
        for (int i = 0; i < 3; ++i) (void)raw_exchange(gateway.port(), "no TLS\r\n\r\n");
    };
    pass(9s);
    CHECK(is_open(silent));
    CHECK(is_open(begun));
    faults.board().time_shift += 2'000'000'000;
    for (int i = 0; i < 3; ++i) (void)raw_exchange(gateway.port(), "no TLS\r\n\r\n");
    CHECK(silent.is_closed_by_peer());
    CHECK(begun.is_closed_by_peer());
}
