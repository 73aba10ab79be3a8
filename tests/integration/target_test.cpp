// Targets that fail or lie: the client gets the status of the table, or sees that the answer broke off, and never more.

#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_upstream.h"

using namespace gw;
using namespace gw::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

struct Hostile {
    const char* name;
    std::string bytes;
};

std::string closed_port() {
    const Listener listener = *listen_on_loopback();
    return "http://127.0.0.1:" + std::to_string(listener.port);
}

std::string repeat(std::string_view text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += text;
    return out;
}

const std::vector<Hostile>& hostile_heads() {
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    static const std::vector<Hostile> rows = {
        {"length and coding", ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"},
        {"two lengths", ok + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"},
        {"a list of lengths", ok + "Content-Length: 5, 6\r\n\r\nhello"},
        {"a length with a sign", ok + "Content-Length: +5\r\n\r\nhello"},
        {"a length past 64 bits", ok + "Content-Length: 18446744073709551616\r\n\r\nhello"},
        {"chunked twice", ok + "Transfer-Encoding: chunked, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"},
        {"status 99", "HTTP/1.1 99 Low\r\nContent-Length: 0\r\n\r\n"},
        {"status 600", "HTTP/1.1 600 High\r\nContent-Length: 0\r\n\r\n"},
        {"status 999", "HTTP/1.1 999 High\r\nContent-Length: 0\r\n\r\n"},
        {"status 1000", "HTTP/1.1 1000 High\r\nContent-Length: 0\r\n\r\n"},
        {"status 2xx", "HTTP/1.1 2xx OK\r\nContent-Length: 0\r\n\r\n"},
        {"CR in the reason", "HTTP/1.1 200 O\rK\r\nContent-Length: 0\r\n\r\n"},
        {"no version", "200 OK\r\nContent-Length: 0\r\n\r\n"},
        {"HTTP/2", "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"},
        {"a folded line", ok + "X: a\r\n b\r\nContent-Length: 0\r\n\r\n"},
        {"CR in a value", ok + "X: a\rb\r\nContent-Length: 0\r\n\r\n"},
        {"NUL in a value", ok + "X: a\0b\r\nContent-Length: 0\r\n\r\n"s},
        {"bare LF", ok + "X: a\nY: b\r\nContent-Length: 0\r\n\r\n"},
        {"space before the colon", ok + "Content-Length : 0\r\n\r\n"},
        {"no colon", ok + "Nonsense\r\nContent-Length: 0\r\n\r\n"},
        {"a head past 64 KiB", ok + "X: " + std::string(70'000, 'a') + "\r\nContent-Length: 0\r\n\r\n"},
        {"201 fields", ok + repeat("X: a\r\n", 201) + "Content-Length: 0\r\n\r\n"},
        {"101 not asked for", "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"},
        {"interim answers without end", repeat("HTTP/1.1 100 Continue\r\n\r\n", 40) + ok + "Content-Length: 0\r\n\r\n"},
        {"garbage", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + std::string(100, '\xee')},
        {"an answer of SMTP", "220 mail.example.com ESMTP\r\n"},
        {"half a head", "HTTP/1.1 200 OK\r\nContent-Le"},
        {"only interim answers", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"},
    };
    return rows;
}

}  // namespace

TEST_CASE("an answer whose head breaks the rules is a 502, and its connection is not used again") {
    for (const char* kind : {"http", "rest"}) {
        const bool rest = kind == std::string_view("rest");
        std::vector<Script> scripts;
        for (const Hostile& row : hostile_heads())
            scripts.push_back({read_request(), send_bytes(row.bytes), half_close(), hold()});
        ScriptedUpstream upstream(scripts);
        const Gateway gateway({upstream.url(), "--api", kind});
        for (std::size_t i = 0; i < hostile_heads().size(); ++i) {
            INFO(hostile_heads()[i].name << ", " << kind);
            const RawResponse answer = gateway.get("/");
            CHECK(answer.status == 502);
            CHECK(answer.body == (rest ? R"({"message":"Internal server error"})" : R"({"message":"Bad Gateway"})"));
            CHECK(answer.field("x-amzn-errortype") == (rest ? "InternalServerErrorException" : ""));
            CHECK(upstream.wait_for_end(i));
            CHECK(upstream.connections() == i + 1);
        }
    }
}

TEST_CASE("an answer that breaks off is seen to break off, at whatever byte") {
    const std::string chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nT: v\r\n\r\n";
    const std::string counted = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world";
    for (const std::string& whole : {chunked, counted}) {
        const std::size_t head = whole.find("\r\n\r\n") + 4;
        std::vector<Script> scripts;
        for (std::size_t i = 0; i < whole.size(); ++i) {
            const bool odd = i % 2 == 1;
            scripts.push_back(
                {read_request(), send_bytes(whole.substr(0, i)), odd ? reset_connection() : close_connection()});
        }
        ScriptedUpstream upstream(scripts);
        const Gateway gateway({upstream.url()});
        for (std::size_t i = 0; i < whole.size(); ++i) {
            INFO("cut at byte " << i << " of " << whole);
            RawClient client = gateway.connect();
            must(client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"));
            const auto answer = client.read_response();
            if (i < head) {
                // a reset may overtake the bytes in front of it
                CHECK(answer);
                if (answer) CHECK((answer->status == 502 || answer->status == 503));
                if (answer && i == 0) CHECK(answer->status == 503);
            } else if (answer) {
                // a reset that overtook the whole answer
                CHECK((answer->status == 502 || answer->status == 503));
                CHECK(i % 2 == 1);
            }
        }
    }
}

TEST_CASE("bytes behind an answer never reach another client") {
    const std::string poison = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned";
    const auto with = [&poison](const std::string& answer) {
        return Script{read_request(), send_bytes(answer + poison), read_request(), send_bytes(poison), hold()};
    };
    ScriptedUpstream upstream({with("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"),
                               with("HTTP/1.1 204 No Content\r\n\r\n"),
                               with("HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n"),
                               with("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\n\r\n"),
                               {read_request(), answer(200, "clean"), read_request(), answer(200, "clean"), hold()}});
    const Gateway gateway({upstream.url(), "--workers", "1"});
    RawClient first = gateway.connect();
    RawClient second = gateway.connect();
    const int expected[] = {200, 204, 304, 200, 200, 200};
    for (std::size_t i = 0; i < 6; ++i) {
        INFO(i);
        RawClient& client = i % 2 == 0 ? first : second;
        must(client.send(get_request("/" + std::to_string(i))));
        const RawResponse answer = must(client.read_response());
        CHECK(answer.status == expected[i]);
        CHECK(answer.body.find("poison") == std::string::npos);
    }
    CHECK(upstream.connections() == 5);
}

TEST_CASE("an answer that somebody planted behind another is never given to the next client, however often") {
    // a target that lies in every second of its connections; GW_POISON=10000 asks as often as that
    const std::size_t count = wished_size("GW_POISON", 1000);
    const std::string good = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood";
    const std::string poison = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned";
    std::vector<Script> scripts;
    for (std::size_t i = 0; i <= count; ++i)
        scripts.push_back(
            i % 2 == 0
                ? Script{read_request(), send_bytes(good + poison), read_request(), send_bytes(good + poison), hold()}
                : Script{read_request(), send_bytes(good), read_request(), send_bytes(good + poison), hold()});
    ScriptedUpstream upstream(scripts);
    const Gateway gateway({upstream.url(), "--workers", "1"});
    std::vector<RawClient> clients;
    clients.push_back(gateway.connect());
    clients.push_back(gateway.connect());
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < count; ++i) {
        RawClient& client = clients[i % 2];
        const bool head = i % 5 == 4;
        must(client.send(std::string(head ? "HEAD" : "GET") + " /" + std::to_string(i) +
                         " HTTP/1.1\r\nHost: h\r\n\r\n"));
        const auto answer = client.read_response(head);
        wrong += answer && answer->status == 200 && (head || answer->body == "good") ? 0 : 1;
        if (!answer || answer->field("connection") == "close") client = gateway.connect();
    }
    CHECK(wrong == 0);
    CHECK(upstream.connections() >= count / 2);
    for (RawClient& client : clients) CHECK(client.stays_silent(std::chrono::milliseconds(20)));
}

TEST_CASE("bytes that arrive on an idle connection to a target end it") {
    ScriptedUpstream upstream({{read_request(), answer(200, "one"), hold(),
                                send_bytes("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"), hold()},
                               {read_request(), answer(200, "two")}});
    const Gateway gateway({upstream.url(), "--workers", "1"});
    CHECK(gateway.get("/").body == "one");
    upstream.release();
    CHECK(upstream.wait_for_end(0));
    CHECK(gateway.get("/").body == "two");
}

TEST_CASE("a body where none may be is not sent on") {
    ScriptedUpstream upstream(
        {{read_request(), send_bytes("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), hold()},
         {read_request(), answer(200, "next")}});
    const Gateway gateway({upstream.url(), "--workers", "1"});
    RawClient client = gateway.connect();
    must(client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"));
    const RawResponse head = must(client.read_response(true));
    CHECK(head.status == 200);
    CHECK(head.field("content-length") == "5");
    must(client.send(get_request("/")));
    CHECK(must(client.read_response()).body == "next");
    CHECK(upstream.connections() == 2);
}

TEST_CASE("what a target says to its own connection stays there") {
    ScriptedUpstream upstream(
        {{read_request(),
          send_bytes(
              "HTTP/1.1 200 OK\r\nConnection: X-Secret, keep-alive\r\nX-Secret: 1\r\nKeep-Alive: timeout=5\r\n"
              "Proxy-Authenticate: Basic\r\nX-GW-Forged: 1\r\nTrailer: T\r\nX-Kept: 1\r\nContent-Length: 2\r\n\r\nok"),
          hold()}});
    const Gateway gateway({upstream.url()});
    const RawResponse answer = gateway.get("/");
    CHECK(answer.status == 200);
    CHECK(answer.body == "ok");
    CHECK(answer.field("x-kept") == "1");
    for (const std::string_view gone :
         {"x-secret", "keep-alive", "proxy-authenticate", "x-gw-forged", "trailer", "connection"}) {
        INFO(gone);
        CHECK(answer.count(gone) == 0);
    }
}

TEST_CASE("a target that fails is answered by the table of its kind of api") {
    const std::string http_busy = R"({"message":"Service Unavailable"})";
    const std::string rest_network = R"({"message":"Network error communicating with endpoint"})";
    struct Row {
        const char* name;
        Script script;
        int rest_status;
        std::string rest_body;
    };
    const std::vector<Row> rows = {
        {"reset before an answer", {read_request(), reset_connection()}, 504, rest_network},
        {"closed before an answer", {read_request(), close_connection()}, 504, rest_network},
        {"half closed before an answer", {read_request(), half_close(), hold()}, 504, rest_network},
        {"no answer in time", {read_request(), hold()}, 504, R"({"message":"Endpoint request timed out"})"},
        {"half a head in time",
         {read_request(), send_bytes("HTTP/1.1 200 OK\r\n"), hold()},
         504,
         R"({"message":"Endpoint request timed out"})"},
    };
    for (const char* kind : {"http", "rest"}) {
        const bool rest = kind == std::string_view("rest");
        const auto check = [&](const RawResponse& answer, int rest_status, const std::string& rest_body) {
            CHECK(answer.status == (rest ? rest_status : 503));
            CHECK(answer.body == (rest ? rest_body : http_busy));
            CHECK(answer.field("content-type") == "application/json");
        };
        std::vector<Script> scripts;
        for (const Row& row : rows) scripts.push_back(row.script);
        ScriptedUpstream upstream(scripts);
        const Gateway gateway({"/{proxy+}=" + upstream.url(), "/dead=" + closed_port(),
                               "/unknown=http://no-such-host.invalid", "--timeout", "200ms", "--api", kind});
        for (const Row& row : rows) {
            INFO(row.name << ", " << kind);
            check(gateway.ask("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"), row.rest_status,
                  row.rest_body);
        }
        INFO(kind);
        check(gateway.get("/dead"), 504, rest_network);
    }
}

TEST_CASE("a name that does not resolve is answered as a target that nobody serves") {
    const Gateway gateway({"http://no-such-host.invalid"});
    const RawResponse answer = gateway.get("/");
    CHECK(answer.status == 503);
    CHECK(answer.body == R"({"message":"Service Unavailable"})");
}

TEST_CASE("a connection that the target closed in between is replaced without the client knowing") {
    // each connection answers once and closes when the next request has reached it
    const Script once = {read_request(), answer(200, "fine"), read_request(), close_connection()};
    ScriptedUpstream upstream({once});
    const Gateway gateway({upstream.url(), "--workers", "1"});
    RawClient client = gateway.connect();
    for (int i = 0; i < 20; ++i) {
        must(client.send(get_request("/" + std::to_string(i))));
        const RawResponse answer = must(client.read_response());
        CHECK(answer.status == 200);
        CHECK(answer.body == "fine");
    }
}

TEST_CASE("a request that may not be repeated is delivered once") {
    ScriptedUpstream upstream({{read_request(), answer(200, "first"), read_request(), close_connection()},
                               {read_request(), answer(200, "second")}});
    const Gateway gateway({upstream.url(), "--workers", "1"});
    RawClient client = gateway.connect();
    must(client.send(post_request("/a", "1")));
    CHECK(must(client.read_response()).body == "first");
    must(client.send(post_request("/b", "2")));
    CHECK(must(client.read_response()).status == 503);
    CHECK(upstream.connections() == 1);
}

TEST_CASE("a body that was waited for reaches the second connection whole when the first was stale") {
    ScriptedUpstream upstream({{read_request(), answer(200, "first"), read_head(), close_connection()},
                               {read_request(), answer(200, "second")}});
    const Gateway gateway({upstream.url(), "--workers", "1"});
    RawClient client = gateway.connect();
    must(client.send(get_request("/a")));
    CHECK(must(client.read_response()).body == "first");
    must(client.send("PUT /b HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n"));
    CHECK(must(client.read_until("\r\n\r\n")) == "HTTP/1.1 100 Continue\r\n\r\n");
    CHECK(upstream.wait_for_connections(2));
    must(client.send("0123456789"));
    CHECK(must(client.read_response()).body == "second");
    CHECK(upstream.seen(1).ends_with("0123456789"));
}

TEST_CASE("with --explain a mock says that it is one") {
    const Gateway gateway({"/=mock:201:x", "--explain"});
    const RawResponse answer = gateway.get("/");
    CHECK(answer.status == 201);
    CHECK(answer.field("x-gw-explain") == "target mock:201");
    const Gateway silent({"/=mock:201:x"});
    CHECK(silent.get("/").count("x-gw-explain") == 0);
}

TEST_CASE("OPTIONS * asks about the server, and no target hears of it") {
    ScriptedUpstream upstream({{read_request(), answer(200, "up")}});
    const std::string request = "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n";
    for (const std::string route : {"/{p+}=", "$default=", "OPTIONS /{p+}="}) {
        INFO(route);
        const Gateway gateway({route + upstream.url()});
        CHECK(must(raw_exchange(gateway.port(), request)).status == 404);
    }
    const Gateway rest({"--api", "rest", "/{p+}=" + upstream.url()});
    CHECK(must(raw_exchange(rest.port(), request)).status == 403);
    CHECK(upstream.connections() == 0);
    CHECK(must(raw_exchange(rest.port(), "OPTIONS /* HTTP/1.1\r\nHost: h\r\n\r\n")).status == 200);
}
