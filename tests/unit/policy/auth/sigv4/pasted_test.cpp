#include "libgw/policy/auth/sigv4/pasted.h"

#include "tests/support/catch.h"

namespace gw::sigv4 {

TEST_CASE("a pasted request is read with line feeds or CRLF, folded values on one line") {
    for (const std::string end : {"\n", "\r\n"}) {
        const auto request = parse_pasted(end + "POST /a b?x=1&y HTTP/1.1" + end + "Host: h" + end + "A:1" + end +
                                          "  2" + end + "a: 3 " + end + "Content-Length: 4" + end + end + "body" + end);
        REQUIRE(request);
        CHECK(request->method == "POST");
        CHECK(request->path == "/a b");
        CHECK(request->query == "x=1&y");
        REQUIRE(request->fields.size() == 4);
        CHECK(request->fields[1].second == "1 2");
        CHECK(request->fields[2].second == "3");
        CHECK(request->body == "body");
        std::vector<Field> storage;
        const Request view = request->view(storage);
        CHECK(count_fields(view.fields, "a") == 2);
        CHECK(view.body_hash == sha256("body"));
    }
}

TEST_CASE("without a length the body is what follows, to its last byte") {
    const auto request = parse_pasted("PUT / HTTP/1.1\nHost: h\n\none\n\ntwo\n");
    REQUIRE(request);
    CHECK(request->body == "one\n\ntwo\n");
    const auto none = parse_pasted("GET https://h/p?q HTTP/1.1\nHost: h");
    REQUIRE(none);
    CHECK(none->path == "/p");
    CHECK(none->query == "q");
    CHECK(none->body.empty());
}

TEST_CASE("what is no request is refused") {
    for (const char* text : {"", "hello", "GET / HTTP/1.1\nno field\n\n", "GET /\nHost: h\n\n", "G(T / HTTP/1.1\n\n",
                             "GET / HTTP/1.1\n folded: first\n\n", "POST / HTTP/1.1\nContent-Length: 9\n\nshort",
                             "POST / HTTP/1.1\nContent-Length: 1\n\nlonger", "POST / HTTP/1.1\nContent-Length: x\n\n",
                             "POST / HTTP/1.1\nTransfer-Encoding: chunked\n\n0\r\n\r\n"}) {
        INFO(text);
        const auto request = parse_pasted(text);
        REQUIRE_FALSE(request);
        CHECK(request.error().code == Errc::parse);
    }
}

}  // namespace gw::sigv4
