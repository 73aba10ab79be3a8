#include "tests/support/smuggling.h"

#include <stdexcept>

using namespace std::string_literals;

namespace gw::test {
namespace {

// `POST /t HTTP/1.1`, Host, some lines that end with CRLF, the empty line, a body.
std::string post(const std::string& lines, const std::string& body = {}) {
    return "POST /t HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n" + body;
}
std::string coding(const std::string& value) { return post("Transfer-Encoding:" + value + "\r\n", "0\r\n\r\n"); }
std::string length(const std::string& value) { return post("Content-Length:" + value + "\r\n", "hello"); }
std::string chunks(const std::string& body) { return post("Transfer-Encoding: chunked\r\n", body); }
std::string line(const std::string& request_line) { return request_line + "\r\nHost: a\r\n\r\n"; }
std::string target(const std::string& value) { return line("GET " + value + " HTTP/1.1"); }
std::string host(const std::string& lines) { return "GET / HTTP/1.1\r\n" + lines + "\r\n"; }
std::string repeat(const std::string& text, std::size_t times) {
    std::string out;
    out.reserve(text.size() * times);
    for (std::size_t i = 0; i < times; ++i) out += text;
    return out;
}

std::vector<SmugglingRow> rows_0() {
    return {
        {"S01", post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nG"), 400},
        {"S02", post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n"), 400},
        {"S03", post("Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n", "hello"), 501},
        {"S04", post("Content-Length: 5\r\nTransfer-Encoding: xchunked\r\n", "hello"), 400},
    };
}

std::vector<SmugglingRow> rows_1() {
    return {
        {"S05", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n"), 400},
        {"S05 reversed", post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {"S06", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {"S07", coding(" chunked, chunked"), 400},
        {"S08", coding(" chunked, identity"), 400},
        {"S09", coding(" identity, chunked"), 501},
        {"S09 gzip", coding(" gzip, chunked"), 501},
        {"S10", coding(" ,chunked"), 400},
        {"S10 behind", coding(" chunked,"), 400},
        {"S11", coding(""), 400},
        {"S11 spaces", coding("   "), 400},
        {"S12", coding(" identity"), 501},
        {"S12 blegh", coding(" blegh"), 501},
        {"S13", coding(" Chunked"), 0},
        {"S13 upper", coding(" CHUNKED"), 0},
        {"S14", post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"), 400},
        {"S15 tab", coding("\tchunked"), 0},
        {"S15 space behind", coding(" chunked "), 0},
        {"S15 tab behind", coding(" chunked\t"), 0},
        {"S16 vertical tab", coding(" chunked\x0b"), 400},
        {"S16 form feed", coding(" chunked\x0c"), 400},
        {"S16 nul", coding(" chunked\0"s), 400},
        {"S17 nbsp",
         coding(" \xa0"
                "chunked\xa0"),
         400},
        {"S17 nel",
         coding(" \x85"
                "chunked"),
         400},
        {"S17 ff", coding(" chunked\xff"), 400},
        {"S18 nel", post("Transfer-Encoding\x85: chunked\r\n", "0\r\n\r\n"), 400},
        {"S18 nbsp", post("Transfer-Encoding\xa0: chunked\r\n", "0\r\n\r\n"), 400},
        {"S18 shy",
         post("Transfer-\xad"
              "Encoding: chunked\r\n",
              "0\r\n\r\n"),
         400},
        {"S19", coding(" \"chunked\""), 400},
        {"S19 apostrophes", coding(" 'chunked'"), 400},
        {"S20", coding(" chunked;ext=val"), 400},
    };
}

std::vector<SmugglingRow> rows_2() {
    return {
        {"S21", coding(" chunked\r\n "), 400},
        {"S21 folded", coding("\r\n chunked"), 400},
        {"S21 behind another", post("Foo: bar\r\n Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {"S21 tab", post("Foo: bar\r\n\tTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {"S22", coding("\n chunked"), 400},
        {"S22 lf", post("Foo: bar\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {"S22 cr", post("Foo: bar\rTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {"S23", post("Foo: bar\r\n\rTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {"S23 within", post("Tra\rnsfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {"S24", post("Transfer-\r\nEncoding: chunked\r\n", "0\r\n\r\n"), 400},
        {"S25", post("Transfer_Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {"S25 length", post("Content_Length: 5\r\n", "hello"), 400},
        {"S26", post("Transfer Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {"S26 backslash", post("Transfer\\Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {"S26 junk", post("Transfer-Encoding x: chunked\r\n", "0\r\n\r\n"), 400},
    };
}

std::vector<SmugglingRow> rows_3() {
    return {
        {"S27", "POST /t HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"S28 GET", "GET /t HTTP/1.0\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 400},
        {"S28 HEAD", "HEAD /t HTTP/1.0\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 400},
        {"S28 DELETE", "DELETE /t HTTP/1.0\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 400},
        {"POST may", "POST /t HTTP/1.0\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 0},
    };
}

std::vector<SmugglingRow> rows_4() {
    return {
        {"S29", post("Connection: Content-Length\r\nContent-Length: 5\r\n", "hello"), 400},
        {"S29 coding", post("Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {"S29 xff", post("Connection: close, X-Forwarded-For\r\n"), 400},
        {"S29 host", post("Connection: host\r\n"), 400},
        {"S29 authorization", post("Connection: keep-alive, AUTHORIZATION\r\n"), 400},
        {"S29 cookie", post("Connection: cookie\r\n"), 400},
        {"S29 amzn", post("Connection: x-amzn-trace-id\r\n"), 400},
        {"S29 gateway", post("Connection: x-gw-anything\r\n"), 400},
        {"S29 key", post("Connection: x-api-key\r\n"), 400},
        {"S29 disguised", post("Connection: x_api_key\r\n"), 400},
        {"S29 no token", post("Connection: a b\r\n"), 400},
        {"S29 unprotected", post("Connection: close, X-Mine\r\nX-Mine: 1\r\n"), 0},
        {"S29 empty elements", post("Connection: , close,,\r\n"), 0},
    };
}

std::vector<SmugglingRow> rows_5() {
    return {
        {"S30", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"), 400},
        {"S31", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), 400},
        {"S31 comma", length(" 5, 5"), 400},
        {"S31 triple", length(" 5,5,5"), 400},
        {"S32", length(" 5, 6"), 400},
        {"S32 zero", length(" 0, 5"), 400},
        {"S33", length(" +5"), 400},
        {"S34", length(" -1"), 400},
        {"S34 zero", length(" -0"), 400},
        {"S35", length(""), 400},
        {"S35 spaces", length("  "), 400},
        {"S36", length(" 0x10"), 400},
        {"S36 octal", length(" 0o5"), 400},
        {"S37", length(" 010"), 400},
        {"S37 zeros", length(" 00"), 400},
        {"S37 more zeros", length(" 0005"), 400},
        {"S38", length(" 5 6"), 400},
        {"S38 tab", length(" 5\t6"), 400},
        {"S39 underscore", length(" 1_0"), 400},
        {"S39 exponent", length(" 5e0"), 400},
        {"S39 fraction", length(" 5.0"), 400},
        {"S39 letters", length(" 5abc"), 400},
        {"S40", length(" 18446744073709551616"), 400},
        {"S40 20 digits", length(" 10000000000000000005"), 400},
        {"S40 2^63", length(" 9223372036854775808"), 400},
        {"S41", post("Content-Length: 99999999999\r\n"), 413},
        {"S41 limit + 1", post("Content-Length: 10485761\r\n"), 413},
        {"S42", post("Content-Length : 5\r\n", "hello"), 400},
        {"S42 no colon", post("Content-Length 10\r\n", "hello"), 400},
        {"S42 tab", "POST /t HTTP/1.1\r\n\tContent-Length: 1\r\nHost: a\r\n\r\nx", 400},
        {"plain", length(" 5"), 0},
        {"zero", post("Content-Length: 0\r\n"), 0},
    };
}

std::vector<SmugglingRow> rows_6() {
    std::vector<SmugglingRow> rows = {
        {"S43", post(": x\r\n"), 400},
        {"S43 alone", post(":\r\n"), 400},
        {"S44", post("Foo\r\n"), 400},
        {"S45 nul", post("X: a\0b\r\n"s), 400},
        {"S45 cr", post("X: a\rb\r\n"), 400},
        {"S45 del",
         post("X: a\x7f"
              "b\r\n"),
         400},
        {"S47", "GET / HTTP/1.1\nHost: a\n\n", 400},
        {"S47 second line", "GET / HTTP/1.1\r\nHost: a\n\r\n", 400},
        {"S48", "GET / HTTP/1.1\rHost: a\r\r", 400},
        {"S49", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
        {"S49 cr x", "GET / HTTP/1.1\r\nHost: a\r\n\rX", 400},
        {"S49 space", "GET / HTTP/1.1\r\nHost: a\r\n \r\n\r\n", 400},
        {"obs-text in a value", post("X: caf\xe9\r\n"), 0},
        {"tab in a value", post("X: a\tb\r\n"), 0},
    };
    for (int c = 1; c < 0x20; ++c) {
        if (c == '\t' || c == '\r' || c == '\n') continue;
        rows.push_back({"S45 control", post("X: a"s + static_cast<char>(c) + "b\r\n"), 400});
        rows.push_back({"S45 control in a name", post("X"s + static_cast<char>(c) + ": b\r\n"), 400});
    }
    for (const char c : "\"(),/;<=>?@[\\]{} \x80\xff"s) {
        rows.push_back({"S46", post("X"s + c + "Y: b\r\n"), 400});
    }
    return rows;
}

std::vector<SmugglingRow> rows_7() {
    return {
        {"S50", chunks("5\nhello\n0\n\n"), 400},
        {"S51 0x", chunks("0x5\r\nhello\r\n0\r\n\r\n"), 400},
        {"S51 plus", chunks("+5\r\nhello\r\n0\r\n\r\n"), 400},
        {"S51 minus", chunks("-5\r\nhello\r\n0\r\n\r\n"), 400},
        {"S51 space", chunks(" 5\r\nhello\r\n0\r\n\r\n"), 400},
        {"S51 space behind", chunks("5 \r\nhello\r\n0\r\n\r\n"), 400},
        {"S51 underscore", chunks("5_0\r\nhello\r\n0\r\n\r\n"), 400},
        {"S51 empty", chunks("\r\nhello\r\n0\r\n\r\n"), 400},
        {"S51 G", chunks("G\r\nhello\r\n0\r\n\r\n"), 400},
        {"S52", chunks("FFFFFFFFFFFFFFFF\r\n"), 400},
        {"S52 17 digits", chunks("10000000000000000\r\n"), 400},
        {"S52 zeros", chunks("00000000000000005\r\nhello\r\n0\r\n\r\n"), 400},
        {"16 digits", chunks("0000000000000005\r\nhello\r\n0\r\n\r\n"), 0},
        {"S53", chunks("A00001\r\n"), 413},
        {"S53 sum", chunks("5\r\nhello\r\n9FFFFC\r\n"), 413},
        {"S54", chunks("5;\r\nhello\r\n0\r\n\r\n"), 400},
        {"S54 no value", chunks("5;a=\r\nhello\r\n0\r\n\r\n"), 400},
        {"S54 quote", chunks("5;a=\"x\r\nhello\r\n0\r\n\r\n"), 400},
        {"S54 space", chunks("5; a=b\r\nhello\r\n0\r\n\r\n"), 400},
        {"S55", chunks("5;a\x01=b\r\nhello\r\n0\r\n\r\n"), 400},
        {"S55 cr", chunks("5;a\rb\r\nhello\r\n0\r\n\r\n"), 400},
        {"S55 cr first", chunks("5\r;a\r\nhello\r\n0\r\n\r\n"), 400},
        {"S56", chunks("5;a\n0\r\n"), 400},
        {"S56 quoted", chunks("5;a=\"\n\"\r\nhello\r\n0\r\n\r\n"), 400},
        {"S57", chunks("5;" + std::string(65536, 'a') + "\r\nhello\r\n0\r\n\r\n"), 400},
        {"S57 one too long", chunks("5;" + std::string(255, 'a') + "\r\nhello\r\n0\r\n\r\n"), 400},
        {"as long as may be", chunks("5;" + std::string(254, 'a') + "\r\nhello\r\n0\r\n\r\n"), 0},
        {"S57 many", chunks(repeat("1;" + std::string(200, 'x') + "\r\na\r\n", 400) + "0\r\n\r\n"), 400},
        {"S58", chunks("5\r\nhelloXX0\r\n\r\n"), 400},
        {"S58 spill", chunks("5\r\nhello world\r\n0\r\n\r\n"), 400},
        {"extensions", chunks("5;a;b=c;d=\"e\\\"f\"\r\nhello\r\n0;z\r\n\r\n"), 0},
    };
}

std::vector<SmugglingRow> rows_8() {
    return {
        {"S59", chunks("0\r\nX:POST / HTTP/1.1\r\n\r\n"), 0},
        {"S60", chunks("0\r\nContent-Length: 5\r\n\r\n"), 400},
        {"S60 coding", chunks("0\r\ntransfer-encoding: chunked\r\n\r\n"), 400},
        {"S60 host", chunks("0\r\nHost: b\r\n\r\n"), 0},
        {"S60 authorization", chunks("0\r\nAuthorization: b\r\n\r\n"), 0},
        {"S60 xff", chunks("0\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n"), 0},
        {"S60 type", chunks("0\r\nContent-Type: text/html\r\n\r\n"), 0},
        {"no name", chunks("0\r\n: b\r\n\r\n"), 400},
        {"no colon", chunks("0\r\nFoo\r\n\r\n"), 400},
        {"folded", chunks("0\r\nFoo: a\r\n b\r\n\r\n"), 400},
        {"bare lf", chunks("0\r\nFoo: a\n\r\n"), 400},
        {"control", chunks("0\r\nFoo: a\x01\r\n\r\n"), 400},
        {"16 of them", chunks("0\r\n" + repeat("a: b\r\n", 16) + "\r\n"), 0},
        {"17 of them", chunks("0\r\n" + repeat("a: b\r\n", 17) + "\r\n"), 400},
        {"4096 bytes", chunks("0\r\na: " + std::string(4091, 'b') + "\r\n\r\n"), 0},
        {"4097 bytes", chunks("0\r\na: " + std::string(4092, 'b') + "\r\n\r\n"), 400},
    };
}

std::vector<SmugglingRow> rows_9() {
    return {
        {"S62", chunks("0\r\n\r\n"), 0},
        {"S63", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\nGET /admin HTTP/1.1\r\nHost: a\r\n", 0},
        {"S63 HEAD", "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 0},
        {"S63 OPTIONS", "OPTIONS / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 0},
        {"S65", post("Expect: 100-continue\r\nContent-Length: 5\r\n", "hello"), 0},
        {"S66", post("Expect: x 100-continue\r\nContent-Length: 5\r\n", "hello"), 417},
        {"S66 foo", post("Expect: foo\r\n"), 417},
        {"S66 twice", post("Expect: 100-continue\r\nExpect: 100-continue\r\n"), 417},
        {"S67", post("Upgrade: websocket\r\nConnection: upgrade\r\nContent-Length: 5\r\n", "hello"), 400},
        {"S67 chunked",
         post("Upgrade: websocket\r\nConnection: upgrade\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {"S67 h2c", post("Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nConnection: Upgrade, HTTP2-Settings\r\n"), 0},
    };
}

std::vector<SmugglingRow> rows_10() {
    return {
        {"S72 double", line("GET  / HTTP/1.1"), 400},
        {"S72 double behind", line("GET /  HTTP/1.1"), 400},
        {"S72 tab", line("GET\t/ HTTP/1.1"), 400},
        {"S72 tab behind", line("GET /\tHTTP/1.1"), 400},
        {"S72 leading", line(" GET / HTTP/1.1"), 400},
        {"S72 trailing", line("GET / HTTP/1.1 "), 400},
        {"S72 lf", line("GET\n/ HTTP/1.1"), 400},
        {"S73", line("GET /a b HTTP/1.1"), 400},
        {"S74", line("GET / HTTP/1.2"), 505},
        {"S74 zero", line("GET / HTTP/01.1"), 400},
        {"S74 short", line("GET / HTTP/1"), 400},
        {"S74 lower", line("GET / http/1.1"), 400},
        {"S74 junk", line("GET / HTTP/1.1 x"), 400},
        {"S74 large", line("GET / HTTP/4294967295.255"), 400},
        {"S74 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"S74 0.9", line("GET / HTTP/0.9"), 505},
        {"S75", "GET /\r\n", 400},
        {"S76", line("G=\":<> / HTTP/1.1"), 400},
        {"S76 10 KiB", line(std::string(10240, 'A') + " / HTTP/1.1"), 400},
        {"S76 empty", line("/ HTTP/1.1"), 400},
        {"S76 lower case is another method", line("get / HTTP/1.1"), 0},
        {"S76 unknown", line("BREW / HTTP/1.1"), 0},
        {"S77 CONNECT", line("CONNECT a:80 HTTP/1.1"), 405},
        {"S77 TRACE", line("TRACE / HTTP/1.1"), 405},
        {"S77 TRACE with a body", "TRACE / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 405},
        {"S80", "\r\n" + line("GET / HTTP/1.1"), 0},
        {"S80 two", "\r\n\r\n" + line("GET / HTTP/1.1"), 400},
        {"S80 many", repeat("\r\n", 5000), 400},
        {"S80 bare", "\n" + line("GET / HTTP/1.1"), 400},
        {"S80 half", "\r" + line("GET / HTTP/1.1"), 400},
    };
}

std::vector<SmugglingRow> rows_11() {
    return {
        {"S78 *", target("*"), 400},
        {"S78 other", target("http://other/"), 400},
        {"S78 ?x", target("?x"), 400},
        {"S78 a/b", target("a/b"), 400},
        {"S78 empty", "GET  HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"S78 #frag", target("#frag"), 400},
        {"S78 fragment behind", target("/a#frag"), 400},
        {"S78 backslash", target("\\"), 400},
        {"S78 backslash within", target("/a\\b"), 400},
        {"S78 non-ASCII", target("/caf\xc3\xa9"), 400},
        {"S78 non-ASCII query", target("/?caf\xc3\xa9"), 400},
        {"S78 %00", target("/%00"), 400},
        {"S78 scheme", target("ftp://a/"), 400},
        {"S78 userinfo", target("http://u@a/"), 400},
        {"S78 no authority", target("http:///x"), 400},
        {"S78 fragment of a URL", target("http://a#x"), 400},
        {"control in an authority", target("http://a\x01/"), 400},
        {"NUL in an authority", target("http://a:8\0/x"s), 400},
        {"own URL", target("http://A:80/x"), 0},
        {"own URL without a path", target("http://a?x"), 0},
        {"two slashes are a path", target("//host/x"), 0},
        {"OPTIONS *", line("OPTIONS * HTTP/1.1"), 0},
        {"S83 NUL", target("/a%00b"), 400},
        {"S83 overlong", target("/%c0%ae"), 400},
        {"S83 CRLF", target("/a%0d%0aX:1"), 400},
        {"S83 CRLF in the query stays encoded", target("/?a=%0d%0aX:1"), 0},
    };
}

std::vector<SmugglingRow> rows_12() {
    return {
        {"S79", "GET / HTTP/1.1\r\n\r\n", 400},
        {"S79 same", host("Host: a\r\nHost: a\r\n"), 400},
        {"S79 different", host("Host: a\r\nHost: b\r\n"), 400},
        {"S79 comma", host("Host: a, b\r\n"), 400},
        {"S79 path", host("Host: a/b\r\n"), 400},
        {"S79 userinfo", host("Host: u@a\r\n"), 400},
        {"S79 empty", host("Host:\r\n"), 400},
        {"S79 NUL", host("Host: a\0b\r\n"s), 400},
        {"S79 port", host("Host: a:99999\r\n"), 400},
        {"S79 port 0", host("Host: a:0\r\n"), 400},
        {"S79 no port", host("Host: a:\r\n"), 400},
        {"S79 bracket", host("Host: [::1\r\n"), 400},
        {"S79 zone", host("Host: [fe80::1%25eth0]\r\n"), 400},
        {"S79 behind the bracket", host("Host: [::1]x\r\n"), 400},
        {"S79 space", host("Host: a b\r\n"), 400},
        {"IPv6", host("Host: [::1]:8080\r\n"), 0},
        {"name", host("Host: A.Example.:443\r\n"), 0},
        {"HTTP/1.0 without", "GET / HTTP/1.0\r\n\r\n", 0},
    };
}

std::vector<SmugglingRow> rows_13() {
    return {
        {"S81 is for the gateway to read", post("X-HTTP-Method-Override: DELETE\r\n"), 0},
        {"S82 100 fields", host("Host: a\r\n" + repeat("Foo: bar\r\n", 99)), 0},
        {"S82 101 fields", host("Host: a\r\n" + repeat("Foo: bar\r\n", 100)), 431},
        {"S82 a long value", host("Host: a\r\nFoo: " + std::string(9216, 'x') + "\r\n"), 0},
        {"S82 10 241 bytes", host("Host: a\r\nFoo: " + std::string(10241 - 16 - 9 - 7, 'x') + "\r\n"), 431},
        {"10 240 bytes", host("Host: a\r\nFoo: " + std::string(10240 - 16 - 9 - 7, 'x') + "\r\n"), 0},
        {"line of 8192", line("GET /" + std::string(8192 - 14, 'x') + " HTTP/1.1"), 0},
        {"line of 8193", line("GET /" + std::string(8193 - 14, 'x') + " HTTP/1.1"), 414},
        {"line without end", "GET /" + std::string(9000, 'x'), 414},
        {"line with a control too late", "GET /" + std::string(8188, 'x') + "\x01\r\n", 414},
        {"line with a control in time", "GET /" + std::string(8187, 'x') + "\x01\r\n", 400},
    };
}

std::vector<SmugglingRow> rows_14() {
    return {
        {"authorization", post("Authorization: a\r\nauthorization: b\r\n"), 400},
        {"key", post("X-Api-Key: a\r\nX-API-KEY: a\r\n"), 400},
        {"type", post("Content-Type: a/b\r\nContent-Type: c/d\r\n"), 400},
        {"origin", post("Origin: http://a\r\nOrigin: http://b\r\n"), 400},
        {"date", post("X-Amz-Date: a\r\nX-Amz-Date: b\r\n"), 400},
        {"token", post("X-Amz-Security-Token: a\r\nX-Amz-Security-Token: b\r\n"), 400},
        {"websocket key", post("Sec-WebSocket-Key: a\r\nSec-WebSocket-Key: b\r\n"), 400},
        {"accept may", post("Accept: a/b\r\nAccept: c/d\r\n"), 0},
        {"cookie may", post("Cookie: a=b\r\nCookie: c=d\r\n"), 0},
    };
}

std::vector<SmugglingRow> rows_15() {
    return {
        {"host", post("_Host: b\r\n"), 0},
        {"xff", post("X_Forwarded_For: 1.2.3.4\r\n"), 400},
        {"mixed", post("X-Forwarded_For: 1.2.3.4\r\n"), 400},
        {"key", post("x_api_key: 1\r\n"), 400},
        {"amzn", post("X_Amzn_Anything: 1\r\n"), 400},
        {"gateway", post("x_gw_tenant: 1\r\n"), 400},
        {"runtime", post("lambda_runtime_aws_request_id: 1\r\n"), 400},
        {"proxy", post("Proxy_Connection: 1\r\n"), 400},
        {"harmless", post("my_field: 1\r\n"), 0},
        {"known but harmless", post("user_agent: 1\r\n"), 0},
    };
}

}  // namespace

const std::vector<SmugglingGroup>& smuggling_groups() {
    static const std::vector<SmugglingGroup> groups = {
        {"a request with both Content-Length and Transfer-Encoding is refused", rows_0()},
        {"the only transfer coding that is understood is one chunked, alone", rows_1()},
        {"a line that is folded, bent or misspelled does not hide a transfer coding", rows_2()},
        {"HTTP/1.0 has no transfer codings, and no bodies where nobody expects them", rows_3()},
        {"Connection cannot take away what somebody relies on", rows_4()},
        {"Content-Length is one plain number or the request is refused", rows_5()},
        {"a field line that is not name, colon, value is refused", rows_6()},
        {"a chunk line is digits, well-formed extensions and CRLF", rows_7()},
        {"trailers are read, bounded and dropped, and those that frame are refused", rows_8()},
        {"a body is read as a body whatever the method, and is not complete before its last byte", rows_9()},
        {"a request line is method, target and version with one space between", rows_10()},
        {"a target is a path, or this host's own URL, or the asterisk of OPTIONS", rows_11()},
        {"there is one Host and it is a host", rows_12()},
        {"what is too large is refused with the status that says so", rows_13()},
        {"fields that decide may not come twice", rows_14()},
        {"a name that underscores make look like one that matters is refused", rows_15()},
    };
    return groups;
}

const std::vector<SmugglingRow>& smuggling_rows(std::string_view group) {
    for (const SmugglingGroup& each : smuggling_groups())
        if (each.name == group) return each.rows;
    throw std::runtime_error("no group of smuggling rows is called " + std::string(group));
}

}  // namespace gw::test
