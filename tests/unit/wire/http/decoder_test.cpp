#include "libgw/wire/http/decoder.h"

#include <algorithm>
#include <ctime>
#include <string>

#include "tests/support/catch.h"
#include "tests/unit/wire/http/drive.h"

using namespace gw::http;
using namespace std::string_literals;

namespace {

// The head of one request, or a failed test.
RequestHead head_of(const std::string& bytes, std::uint16_t default_port = 80) {
    static const Limits limits;
    RequestDecoder decoder(limits, default_port);
    RequestHead head;
    const Decoded found = decoder.decode(bytes, head);
    INFO(found.refused.reason);
    CHECK(found.found == Found::head);
    return head;
}

std::string get(const std::string& lines, const std::string& version = "HTTP/1.1") {
    return "GET /a?b=c " + version + "\r\nHost: a\r\n" + lines + "\r\n";
}

}  // namespace

TEST_CASE("a request head comes out as values") {
    const RequestHead head = head_of(
        "POST /a/../b?x=%41 HTTP/1.1\r\nhOST: Example.COM:80\r\nX-Empty:\r\nX-Two:  a b \t\r\nContent-Length: "
        "3\r\n\r\n");
    CHECK(head.method == Method::post);
    CHECK(head.method_text() == "POST");
    CHECK(head.target() == "/a/../b?x=%41");
    CHECK(head.path.sent() == "/a/../b");
    CHECK(head.path.canonical() == "/b");
    CHECK(head.path.query() == "x=%41");
    CHECK(head.version == Version::http11);
    CHECK(head.authority == "example.com");
    CHECK(head.body.framing == Framing::length);
    CHECK(head.body.length == 3);
    CHECK(head.body.declared);
    CHECK(head.keep_alive);
    REQUIRE(head.fields.size() == 4);
    CHECK(head.fields[0].name == "hOST");
    CHECK(head.fields[0].id == FieldName::host);
    CHECK(head.fields[1].value == "");
    CHECK(head.fields[2].value == "a b");
    CHECK(head.fields.find("x-two") == "a b");
}

TEST_CASE("the default port is that of the listener") {
    const std::string bytes = "GET / HTTP/1.1\r\nHost: a:443\r\n\r\n";
    CHECK(head_of(bytes).authority == "a:443");
    CHECK(head_of(bytes, 443).authority == "a");
}

TEST_CASE("the target of an absolute URL and of the asterisk have paths that start with a slash") {
    CHECK(head_of("GET http://A/x?y HTTP/1.1\r\nHost: a:80\r\n\r\n").path.sent_with_query() == "/x?y");
    CHECK(head_of("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n").path.sent_with_query() == "/");
    CHECK(head_of("GET http://a?y HTTP/1.1\r\nHost: a\r\n\r\n").path.sent_with_query() == "/?y");
    const RequestHead head = head_of("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(head.target() == "*");
    CHECK(head.path.sent() == "/*");
    CHECK(head.path.canonical() == "/*");
}

TEST_CASE("a connection stays open as version and Connection say") {
    CHECK(head_of(get("")).keep_alive);
    CHECK_FALSE(head_of(get("Connection: close\r\n")).keep_alive);
    CHECK_FALSE(head_of(get("Connection: keep-alive\r\nConnection: x, CLOSE\r\n")).keep_alive);
    CHECK_FALSE(head_of(get("", "HTTP/1.0")).keep_alive);
    CHECK(head_of(get("Connection: Keep-Alive\r\n", "HTTP/1.0")).keep_alive);
    CHECK_FALSE(head_of(get("Connection: keep-alive, close\r\n", "HTTP/1.0")).keep_alive);
}

TEST_CASE("an expectation counts for a body that comes by HTTP/1.1") {
    CHECK(head_of(get("Expect: 100-Continue\r\nContent-Length: 1\r\n")).expect_continue);
    CHECK(head_of(get("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n")).expect_continue);
    CHECK_FALSE(head_of(get("Expect: 100-continue\r\n")).expect_continue);
    CHECK_FALSE(head_of("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n").expect_continue);
}

TEST_CASE("a WebSocket upgrade is a GET by HTTP/1.1 that says so twice") {
    const std::string lines = "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n";
    CHECK(head_of(get(lines)).upgrade_websocket);
    CHECK(head_of(get("Connection: upgrade\r\nUpgrade: h2c, websocket\r\n")).upgrade_websocket);
    CHECK(head_of(get(lines + "Content-Length: 0\r\n")).upgrade_websocket);
    CHECK_FALSE(head_of(get(lines, "HTTP/1.0")).upgrade_websocket);
    CHECK_FALSE(head_of(get("Connection: close\r\nUpgrade: websocket\r\n")).upgrade_websocket);
    CHECK_FALSE(head_of(get("Connection: upgrade\r\nUpgrade: h2c\r\n")).upgrade_websocket);
    CHECK_FALSE(head_of(get("Connection: upgrade\r\nUpgrade: websocket/13\r\n")).upgrade_websocket);
    CHECK_FALSE(head_of("POST / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n").upgrade_websocket);
}

TEST_CASE("the head tells of nominated fields and of underscores") {
    CHECK_FALSE(head_of(get("Connection: close, te, keep-alive, upgrade, trailer\r\n")).nominates);
    CHECK(head_of(get("Connection: x-mine\r\n")).nominates);
    CHECK_FALSE(head_of(get("a-b: c\r\n")).underscores);
    CHECK(head_of(get("a_b: c\r\n")).underscores);
    CHECK_FALSE(head_of(get("a-b: c_d\r\n")).underscores);
}

TEST_CASE("a route narrows the limit of the body and cannot widen it") {
    Limits limits;
    limits.body = 100;
    RequestDecoder decoder(limits);
    RequestHead head;
    SECTION("a declared length is judged at once") {
        REQUIRE(decoder.decode("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n", head).found == Found::head);
        SECTION("as long as allowed") {
            CHECK(decoder.limit_body(50, head));
            CHECK(decoder.decode("x", head).found == Found::body);
        }
        SECTION("one too long") {
            CHECK_FALSE(decoder.limit_body(49, head));
            const Decoded found = decoder.decode("x", head);
            CHECK(found.found == Found::error);
            CHECK(found.taken == 0);
            CHECK(found.refused.status == 413);
        }
    }
    SECTION("chunks are judged by their sum") {
        REQUIRE(decoder.decode("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", head).found ==
                Found::head);
        SECTION("narrower") {
            CHECK(decoder.limit_body(5, head));
            CHECK(decoder.decode("5\r\nhello", head).found == Found::body);
            CHECK(decoder.decode("\r\n1\r\n", head).refused.status == 413);
        }
        SECTION("not wider") {
            CHECK(decoder.limit_body(1000, head));
            CHECK(decoder.decode("65\r\n", head).refused.status == 413);
        }
    }
}

TEST_CASE("a decoder is idle between messages and nowhere else") {
    const Limits limits;
    RequestDecoder decoder(limits);
    RequestHead head;
    CHECK(decoder.idle());
    CHECK(decoder.decode("\r\n", head).found == Found::more);
    CHECK(decoder.idle());
    CHECK(decoder.decode("G", head).found == Found::more);
    CHECK_FALSE(decoder.idle());
    CHECK(decoder.decode("ET / HTTP/1.1\r\nHost: a\r\n\r\n", head).found == Found::head);
    CHECK_FALSE(decoder.idle());
    CHECK(decoder.decode("", head).found == Found::end);
    CHECK(decoder.idle());
}

TEST_CASE("after a refusal the decoder takes nothing and says the same again") {
    const Limits limits;
    RequestDecoder decoder(limits);
    RequestHead head;
    const Decoded first = decoder.decode("GET /x HTTP/1.1\r\nHost: a b\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", head);
    CHECK(first.found == Found::error);
    CHECK(head.target() == "/x");
    const Decoded second = decoder.decode("GET / HTTP/1.1\r\nHost: a\r\n\r\n", head);
    CHECK(second.found == Found::error);
    CHECK(second.taken == 0);
    CHECK(second.refused.reason == first.refused.reason);
}

TEST_CASE("the body is handed out as views into the bytes that came") {
    const Limits limits;
    RequestDecoder decoder(limits);
    RequestHead head;
    const std::string bytes = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET";
    std::string_view rest = bytes;
    rest.remove_prefix(decoder.decode(rest, head).taken);
    const Decoded body = decoder.decode(rest, head);
    CHECK(body.found == Found::body);
    CHECK(body.data == "hello");
    CHECK(body.data.data() == rest.data());
    CHECK(body.taken == 5);
    CHECK(decoder.decode(rest.substr(5), head).found == Found::end);
}

TEST_CASE("an unfinished head is never kept beyond its limits") {
    Limits limits;
    limits.head = 1000;
    limits.start_line = 500;
    RequestDecoder decoder(limits);
    RequestHead head;
    std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    REQUIRE(decoder.decode(bytes, head).found == Found::more);
    const Decoded found = decoder.decode(std::string(1000000, 'x'), head);
    CHECK(found.refused.status == 431);
    CHECK(head.fields.block().size() <= 1002);
}

TEST_CASE("feeding a long head byte by byte says the same as feeding it whole") {
    std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (int i = 0; i < 90; ++i) bytes += "x" + std::to_string(i) + ": " + std::string(90, 'v') + "\r\n";
    bytes += "\r\n";
    const Transcript whole = hear_requests(bytes);
    CHECK(whole.messages.at(0).fields.size() == 91);
    CHECK(hear_requests(bytes, every_byte(bytes.size())) == whole);
}

namespace {

/// Processor time for each byte, in nanoseconds, when they come one by one: the least of three tries.
double cost_of_a_byte(std::string_view bytes, const Limits& limits) {
    double least = 1e9;
    for (int round = 0; round < 3; ++round) {
        timespec begin{};
        timespec end{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
        RequestDecoder decoder(limits);
        RequestHead head;
        std::size_t taken = 0;
        for (std::size_t there = 1; there <= bytes.size();) {
            const Decoded found = decoder.decode(bytes.substr(taken, there - taken), head);
            if (found.found == Found::error) break;
            taken += found.taken;
            if (found.found == Found::more || taken == there) ++there;
        }
        REQUIRE(taken == bytes.size());
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
        const double spent =
            static_cast<double>(end.tv_sec - begin.tv_sec) * 1e9 + static_cast<double>(end.tv_nsec - begin.tv_nsec);
        least = std::min(least, spent / static_cast<double>(bytes.size()));
    }
    return least;
}

}  // namespace

TEST_CASE("a byte costs as much in a long message as in a short one, however the message is made and cut") {
    Limits limits;
    limits.start_line = 65536;
    limits.head = 65536;
    limits.fields = 65536;
    const auto repeat = [](const std::string& text, std::size_t times) {
        std::string out;
        for (std::size_t i = 0; i < times; ++i) out += text;
        return out;
    };
    const std::string line = "GET / HTTP/1.1\r\nHost: a\r\n";
    const std::string post = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    struct Row {
        const char* name;
        std::string few;
        std::string many;
    };
    // work that grew with the square of a length would cost sixteen times as much in the longer ones
    for (const Row& row :
         {Row{"one long value", line + "X: " + std::string(3900, 'v') + "\r\n\r\n",
              line + "X: " + std::string(62400, 'v') + "\r\n\r\n"},
          Row{"one long value of blanks", line + "X: a" + std::string(3900, ' ') + "b\r\n\r\n",
              line + "X: a" + std::string(62400, ' ') + "b\r\n\r\n"},
          Row{"many fields", line + repeat("a:b\r\n", 780) + "\r\n", line + repeat("a:b\r\n", 12480) + "\r\n"},
          Row{"a long target", "GET /" + std::string(3900, 'p') + " HTTP/1.1\r\nHost: a\r\n\r\n",
              "GET /" + std::string(62400, 'p') + " HTTP/1.1\r\nHost: a\r\n\r\n"},
          Row{"a target of slashes", "GET /" + repeat("/.", 1950) + " HTTP/1.1\r\nHost: a\r\n\r\n",
              "GET /" + repeat("/.", 31200) + " HTTP/1.1\r\nHost: a\r\n\r\n"},
          Row{"small chunks", post + repeat("8\r\n12345678\r\n", 5000) + "0\r\n\r\n",
              post + repeat("8\r\n12345678\r\n", 80000) + "0\r\n\r\n"},
          Row{"pipelined requests", repeat(line + "\r\n", 2300), repeat(line + "\r\n", 36800)}}) {
        const double few = cost_of_a_byte(row.few, limits);
        const double many = cost_of_a_byte(row.many, limits);
        INFO(row.name << ": " << few << " ns a byte in " << row.few.size() << ", " << many << " in "
                      << row.many.size());
        CHECK(many <= 2 * few + 5);
    }
}
