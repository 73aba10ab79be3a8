#include <string>

#include "tests/support/catch.h"
#include "tests/unit/wire/http/drive.h"

using namespace gw::http;
using namespace std::string_literals;

namespace {

// A response that is refused, however it is cut; `closes` tells whether the peer has to close for that.
void check_refused(const std::string& bytes, Method method = Method::get, bool closes = false) {
    CAPTURE(bytes);
    const Transcript whole = hear_response(bytes, method, {}, closes);
    CHECK(whole.status == 502);
    CHECK_FALSE(whole.reason.empty());
    for (const Heard& message : whole.messages) CHECK_FALSE(message.complete);
    CHECK(hear_response(bytes, method, every_byte(bytes.size()), closes) == whole);
    for_each_split(bytes.size(), [&](const Cuts& cuts) { CHECK(hear_response(bytes, method, cuts, closes) == whole); });
}

Transcript check_good(const std::string& bytes, Method method = Method::get, bool closes = false,
                      bool upgrade = false) {
    CAPTURE(bytes);
    Transcript whole = hear_response(bytes, method, {}, closes, upgrade);
    CHECK(whole.status == 0);
    REQUIRE_FALSE(whole.messages.empty());
    CHECK(whole.messages.back().complete);
    CHECK(hear_response(bytes, method, every_byte(bytes.size()), closes, upgrade) == whole);
    for_each_split(bytes.size(),
                   [&](const Cuts& cuts) { CHECK(hear_response(bytes, method, cuts, closes, upgrade) == whole); });
    return whole;
}

std::string ok(const std::string& lines, const std::string& body = {}) {
    return "HTTP/1.1 200 OK\r\n" + lines + "\r\n" + body;
}

}  // namespace

TEST_CASE("a response is read by its length, its chunks, or to the end of its connection") {
    CHECK(check_good(ok("Content-Length: 5\r\n", "hello")).messages[0].body == "hello");
    CHECK(check_good(ok("Content-Length: 0\r\n")).messages[0].body.empty());
    CHECK(check_good(ok("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\nX: y\r\n\r\n")).messages[0].body ==
          "hello");
    CHECK(check_good(ok("", "hello"), Method::get, true).messages[0].body == "hello");
    CHECK(check_good("HTTP/1.0 200\r\n\r\nhello", Method::get, true).messages[0].body == "hello");
    CHECK(check_good("HTTP/1.1 599 \r\nContent-Length: 0\r\n\r\n").messages[0].start == "599 ");
    CHECK(check_good("HTTP/1.1 404 Nicht gefunden\r\nContent-Length: 0\r\n\r\n").messages[0].start ==
          "404 Nicht gefunden");
}

TEST_CASE("a response with a status that is none of the five classes is refused") {
    for (const char* status : {"600", "601", "999", "099", "000"}) {
        INFO(status);
        check_refused("HTTP/1.1 " + std::string(status) + " X\r\nContent-Length: 0\r\n\r\n");
    }
}

TEST_CASE("answers to HEAD, 204 and 304 end with their head and tell the length that would have been") {
    check_good(ok("Content-Length: 5\r\n"), Method::head);
    check_good(ok("Transfer-Encoding: chunked\r\n"), Method::head);
    check_good(ok(""), Method::head);
    check_good("HTTP/1.1 204 No Content\r\n\r\n");
    check_good("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n");
    check_good("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n");
    ResponseDecoder decoder;
    ResponseHead head;
    decoder.expect(Method::head);
    REQUIRE(decoder.decode(ok("Content-Length: 5\r\n"), head).found == Found::head);
    CHECK(head.body.framing == Framing::none);
    CHECK(head.body.length == 5);
    CHECK(head.body.declared);
}

TEST_CASE("a response that frames itself twice, or wrongly, is refused") {
    check_refused(ok("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"));
    check_refused(ok("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"));
    check_refused(ok("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"));
    check_refused(ok("Content-Length: 5, 5\r\n", "hello"));
    check_refused(ok("Content-Length: -5\r\n", "hello"));
    check_refused(ok("Content-Length: 18446744073709551616\r\n"));
    check_refused(ok("Transfer-Encoding: gzip, chunked\r\n"));
    check_refused(ok("Transfer-Encoding: identity\r\n"));
    check_refused(ok("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"));
    check_refused("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    check_refused("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n");
    check_refused("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n");
    check_refused("HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n");
    check_refused(ok("Transfer-Encoding: chunked\r\n", "5\nhello"));
}

TEST_CASE("a status line is HTTP/1.x and three digits") {
    for (const char* line :
         {"HTTP/1.1 99 Low", "HTTP/1.1 1000 High", "HTTP/1.1 2xx Some", "HTTP/1.1 099 Low", "HTTP/1.1 200OK",
          "HTTP/1.1  200 OK", "HTTP/1.2 200 OK", "HTTP/2 200", "HTTP/2.0 200 OK", "HTTP/11 200 OK", "http/1.1 200 OK",
          "HTTP/1.1 20", "200 OK", "ICY 200 OK", "", " HTTP/1.1 200 OK"}) {
        check_refused(line + "\r\nContent-Length: 0\r\n\r\n"s);
    }
    check_refused("HTTP/1.1 200 O\rK\r\n\r\n");
    check_refused("HTTP/1.1 200 O\0K\r\n\r\n"s);
    check_refused("HTTP/1.1 200 OK\nContent-Length: 0\n\n");
    check_refused("\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("a field line of a response is as strict as that of a request") {
    for (const char* line : {"X : a", "X", ": a", " X: a", "X: a\r\n b", "X: a\rb", "X: a\x01", "X\x80: a", "X Y: a"}) {
        check_refused(ok(line + "\r\nContent-Length: 0\r\n"s));
    }
    check_refused(ok("X: a\0b\r\n"s));
    check_refused(ok("Connection: set-cookie\r\nContent-Length: 0\r\n"));
    check_refused(ok("Connection: content-length\r\nContent-Length: 0\r\n"));
    check_good(ok("under_score: a\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 0\r\n"));
}

TEST_CASE("Connection of a response may nominate what nobody relies on") {
    ResponseDecoder decoder;
    ResponseHead head;
    decoder.expect(Method::get);
    REQUIRE(decoder.decode(ok("Connection: X-Secret\r\nX-Secret: 1\r\nContent-Length: 0\r\n"), head).found ==
            Found::head);
    CHECK(head.nominates);
    CHECK(head.keep_alive);
}

TEST_CASE("a response larger than its limits is refused") {
    std::string lines;
    for (int i = 0; i < 200; ++i) lines += "a: b\r\n";
    check_refused(ok(lines + "Content-Length: 0\r\n"));
    check_good(ok(lines.substr(6) + "Content-Length: 0\r\n"));
    CHECK(hear_response(ok("X: " + std::string(65536, 'a') + "\r\n")).reason == "limit.head");
    CHECK(hear_response("HTTP/1.1 200 " + std::string(8192, 'a') + "\r\n\r\n").reason == "limit.start_line");
}

TEST_CASE("interim answers are told, ten of them at most, and switching only when it was asked for") {
    std::string many;
    for (int i = 0; i < 10; ++i) many += "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n";
    const Transcript heard = check_good(many + ok("Content-Length: 2\r\n", "hi"));
    CHECK(heard.messages.size() == 11);
    CHECK(heard.messages.back().body == "hi");
    const Transcript refused = hear_response("HTTP/1.1 100 Continue\r\n\r\n" + many);
    CHECK(refused.reason == "response.interim");

    const std::string switching =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n";
    check_refused(switching);
    check_good(switching, Method::get, false, true);
}

TEST_CASE("no byte behind 101 is taken") {
    ResponseDecoder decoder;
    ResponseHead head;
    decoder.expect(Method::get, true);
    const std::string bytes = "HTTP/1.1 101 Switching Protocols\r\n\r\nframes";
    const Decoded found = decoder.decode(bytes, head);
    REQUIRE(found.found == Found::head);
    const std::string_view rest = std::string_view(bytes).substr(found.taken);
    CHECK(rest == "frames");
    const Decoded end = decoder.decode(rest, head);
    CHECK(end.found == Found::end);
    CHECK(end.taken == 0);
}

TEST_CASE("bytes that nobody asked for are an error") {
    ResponseDecoder decoder;
    ResponseHead head;
    SECTION("before anything was asked") { CHECK(decoder.decode("H", head).refused.reason == "response.unexpected"); }
    SECTION("behind a response") {
        decoder.expect(Method::get);
        const std::string bytes = ok("Content-Length: 5\r\n", "hello!");
        std::string_view rest = bytes;
        rest.remove_prefix(decoder.decode(rest, head).taken);
        rest.remove_prefix(decoder.decode(rest, head).taken);
        REQUIRE(decoder.decode(rest, head).found == Found::end);
        CHECK(decoder.idle());
        CHECK(decoder.decode(rest, head).found == Found::error);
        decoder.expect(Method::get);
        CHECK(decoder.decode(ok("Content-Length: 0\r\n"), head).found == Found::error);
    }
    SECTION("the body of an answer to HEAD") {
        CHECK(hear_response(ok("Content-Length: 5\r\n", "hello"), Method::head).reason == "response.unexpected");
        CHECK(hear_response("HTTP/1.1 304 Not Modified\r\n\r\nhello").reason == "response.unexpected");
        CHECK(hear_response("HTTP/1.1 204 No Content\r\n\r\nhello").reason == "response.unexpected");
    }
}

TEST_CASE("a truncated response is never complete, wherever it breaks off") {
    for (const std::string& bytes :
         {ok("Content-Length: 5\r\n", "hello"), ok("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n")}) {
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            const Transcript heard = hear_response(bytes.substr(0, size), Method::get, {}, true);
            CHECK(heard.reason == "response.truncated");
            for (const Heard& message : heard.messages) CHECK_FALSE(message.complete);
        }
    }
    CHECK(hear_response("HTTP/1.1 100 Continue\r\n\r\n", Method::get, {}, true).reason == "response.truncated");
}

TEST_CASE("a connection is used again only when both ends can tell where the response ended") {
    const auto keeps = [](const std::string& bytes) {
        ResponseDecoder decoder;
        ResponseHead head;
        decoder.expect(Method::get);
        CHECK(decoder.decode(bytes, head).found == Found::head);
        return head.keep_alive;
    };
    CHECK(keeps(ok("Content-Length: 0\r\n")));
    CHECK(keeps(ok("Transfer-Encoding: chunked\r\n")));
    CHECK_FALSE(keeps(ok("")));
    CHECK_FALSE(keeps(ok("Connection: keep-alive\r\n")));
    CHECK_FALSE(keeps(ok("Connection: close\r\nContent-Length: 0\r\n")));
    CHECK_FALSE(keeps("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"));
    CHECK(keeps("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n"));
}

TEST_CASE("a promised length reserves nothing") {
    ResponseDecoder decoder;
    ResponseHead head;
    decoder.expect(Method::get);
    REQUIRE(decoder.decode(ok("Content-Length: 99999999999\r\n"), head).found == Found::head);
    CHECK(head.body.length == 99999999999U);
    CHECK(head.fields.block().capacity() < 1000);
    CHECK(decoder.decode("x", head).data == "x");
}

TEST_CASE("an answer that trickles byte by byte is not cut off") {
    std::string body;
    for (int i = 0; i < 20000; ++i) body += "1\r\nx\r\n";
    const Transcript heard = hear_response(ok("Transfer-Encoding: chunked\r\n", body + "0\r\n\r\n"));
    CHECK(heard.status == 0);
    CHECK(heard.messages.at(0).body.size() == 20000);
}
