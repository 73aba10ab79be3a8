#include "libgw/policy/integration/http_proxy.h"

#include "libgw/base/random.h"
#include "libgw/base/text.h"
#include "libgw/policy/reasons.h"
#include "libgw/wire/http/decoder.h"
#include "tests/fuzz/plain_reader.h"
#include "tests/support/catch.h"

using gw::ApiKind;
using namespace gw::integration;
namespace http = gw::http;

namespace {

const gw::Date kDate{std::chrono::seconds(1785000000)};
constexpr std::array<std::uint8_t, kTraceBytes> kRandom{};

struct Up {
    ProxySpec spec;
    ProxyRequest request;
};

Up make_up(ApiKind kind = ApiKind::http) {
    Up up;
    up.spec.kind = kind;
    up.spec.route = gw::routing::RouteKey::parse("/{proxy+}").value();
    up.spec.authority = "target:3000";
    up.request.peer = "192.0.2.7";
    up.request.port = 8080;
    return up;
}

http::RequestHead decode(const std::string& bytes) {
    static const http::Limits limits;
    http::RequestHead head;
    http::RequestDecoder decoder(limits);
    const http::Decoded decoded = decoder.decode(bytes, head);
    INFO(bytes);
    INFO(decoded.refused.reason);
    REQUIRE(decoded.found == http::Found::head);
    return head;
}

http::ResponseHead decode_response(const std::string& bytes) {
    http::ResponseHead head;
    http::ResponseDecoder decoder;
    decoder.expect(http::Method::get, true);
    const http::Decoded decoded = decoder.decode(bytes, head);
    INFO(bytes);
    INFO(decoded.refused.reason);
    REQUIRE(decoded.found == http::Found::head);
    return head;
}

// What goes up for these bytes; the refusal's reason when it does not.
std::string send(Up& up, const std::string& bytes) {
    const auto proxy = HttpProxy::make(up.spec);
    REQUIRE(proxy);
    const http::RequestHead head = decode(bytes);
    const gw::routing::Router router = gw::routing::Router::make(up.spec.kind, {up.spec.route});
    gw::routing::RouteMatch match;
    up.request.head = &head;
    up.request.path = gw::routing::make_request_path(head.path);
    up.request.match = &match;
    up.request.random = kRandom;
    if (!router.find(head.method, up.request.path, match)) return "no route";
    std::string out = "before|";
    std::string scratch;
    const auto refusal = proxy->write_request(up.request, scratch, out, kDate);
    REQUIRE(out.starts_with("before|"));
    if (refusal) {
        CHECK(out == "before|");
        return std::to_string(refusal->status) + " " + std::string(refusal->reason);
    }
    return out.substr(7);
}

// The value of the only line with this name; "-" when there is none; "twice" when there are more.
std::string field(const std::string& head, const std::string& name) {
    std::string found = "-";
    for (std::size_t at = head.find("\r\n"); at != std::string::npos;) {
        const std::size_t end = head.find("\r\n", at + 2);
        if (end == std::string::npos) break;
        const std::string line = head.substr(at + 2, end - at - 2);
        const std::size_t colon = line.find(": ");
        if (colon != std::string::npos && gw::to_lower(std::string_view(line).substr(0, colon)) == name) {
            if (found != "-") return "twice";
            found = line.substr(colon + 2);
        }
        at = end;
    }
    return found;
}

std::string get(const std::string& fields) { return "GET /a HTTP/1.1\r\nHost: gw.test\r\n" + fields + "\r\n"; }

// The fields that go back to the client for these bytes of a target.
std::string answer(ApiKind kind, const std::string& bytes, std::string_view explain = {}) {
    const http::ResponseHead head = decode_response(bytes);
    const gw::RequestIds ids = gw::make_request_ids(std::array<std::uint8_t, gw::kRequestIdBytes>{});
    std::string out;
    http::HeadWriter writer(out);
    writer.status_line(head.status);
    write_answer_fields({.head = &head, .kind = kind, .ids = &ids, .explain = explain}, writer, "now");
    CHECK(writer.end());
    return out;
}

}  // namespace

TEST_CASE("a plain request goes up, to the byte", "[integration]") {
    Up up = make_up();
    CHECK(send(up, "GET /pets/7?x=1 HTTP/1.1\r\nHost: gw.test:8080\r\nAccept: */*\r\nUser-Agent: curl/8\r\n\r\n") ==
          "GET /pets/7?x=1 HTTP/1.1\r\n"
          "host: target:3000\r\n"
          "Accept: */*\r\n"
          "User-Agent: curl/8\r\n"
          "x-forwarded-for: 192.0.2.7\r\n"
          "x-forwarded-host: gw.test:8080\r\n"
          "x-forwarded-port: 8080\r\n"
          "x-forwarded-proto: http\r\n"
          "x-amzn-trace-id: Root=1-6a64f040-000000000000000000000000;Parent=0000000000000001;Sampled=0\r\n"
          "traceparent: 00-6a64f040000000000000000000000000-0000000000000001-00\r\n"
          "via: 1.1 gw\r\n"
          "\r\n");
}

TEST_CASE("Host is the target's, or the client's when it is to be kept", "[integration]") {
    Up up = make_up();
    CHECK(field(send(up, get("")), "host") == "target:3000");
    up.spec.keep_host = true;
    CHECK(field(send(up, get("")), "host") == "gw.test");
    CHECK(field(send(up, "GET /a HTTP/1.0\r\n\r\n"), "host") == "target:3000");
}

TEST_CASE("fields of the connection end here", "[integration]") {
    Up up = make_up();
    const std::string out =
        send(up, get("Connection: keep-alive, X-Secret, x-gone\r\nKeep-Alive: 5\r\nProxy-Connection: a\r\n"
                     "Proxy-Authorization: b\r\nTE: trailers\r\nTrailer: x\r\nUpgrade: foo\r\n"
                     "HTTP2-Settings: x\r\nX-Secret: 1\r\nX-Gone: 2\r\nX-Stays: 3\r\n"));
    for (const char* name : {"connection", "keep-alive", "proxy-connection", "proxy-authorization", "te", "trailer",
                             "upgrade", "http2-settings", "x-secret", "x-gone"}) {
        INFO(name);
        CHECK(field(out, name) == "-");
    }
    CHECK(field(out, "x-stays") == "3");
}

TEST_CASE("the client cannot set what the gateway owns, however it is spelled", "[integration]") {
    Up up = make_up();
    const std::string out = send(
        up, get("X-Amzn-RequestContext: {}\r\nx-amzn-requestid: evil\r\nX-AMZN-Apigateway-Api-Id: "
                "evil\r\nX-Gw-Explain: evil\r\n"
                "x-gw-user: evil\r\nX-Forwarded-Client-Cert: evil\r\nLambda-Runtime-Aws-Request-Id: evil\r\n"
                "lambda-runtime-trace-id: evil\r\nX-Forwarded-For: 203.0.113.1\r\nX-Forwarded-For: evil\r\n"
                "X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Port: 1\r\nForwarded: for=evil\r\n"
                "X-Real-IP: evil\r\napigw-requestid: evil\r\nx-amz-apigw-id: evil\r\nmy_name: evil\r\nX-Mine: kept\r\n"
                "x-amzn-trace-id: evil\r\ntraceparent: evil\r\ntracestate: evil=1\r\n"));
    CHECK(out.find("evil") == std::string::npos);
    CHECK(field(out, "x-forwarded-for") == "192.0.2.7");
    CHECK(field(out, "x-forwarded-proto") == "http");
    CHECK(field(out, "x-forwarded-host") == "gw.test");
    CHECK(field(out, "x-forwarded-port") == "8080");
    CHECK(field(out, "x-mine") == "kept");
}

TEST_CASE("a trusted proxy is believed where what it says is valid", "[integration]") {
    Up up = make_up();
    up.request.peer_is_trusted = true;
    up.request.forwarded_for = "203.0.113.1, 10.0.0.2";
    const std::string out =
        send(up, get("X-Forwarded-For: spoofed, 203.0.113.1, 10.0.0.2\r\nX-Forwarded-Proto: https\r\n"
                     "X-Forwarded-Host: Api.Example\r\nX-Forwarded-Port: 443\r\nX-Real-IP: 203.0.113.1\r\n"));
    CHECK(field(out, "x-forwarded-for") == "203.0.113.1, 10.0.0.2, 192.0.2.7");
    CHECK(field(out, "x-forwarded-proto") == "https");
    CHECK(field(out, "x-forwarded-host") == "api.example");
    CHECK(field(out, "x-forwarded-port") == "443");
    CHECK(field(out, "x-real-ip") == "203.0.113.1");
    const std::string bad =
        send(up, get("X-Forwarded-Proto: gopher\r\nX-Forwarded-Host: a b\r\nX-Forwarded-Port: 70000\r\n"));
    CHECK(field(bad, "x-forwarded-proto") == "http");
    CHECK(field(bad, "x-forwarded-host") == "gw.test");
    CHECK(field(bad, "x-forwarded-port") == "8080");
}

TEST_CASE("the trusted chain ends at the first address that nobody vouches for", "[integration]") {
    const auto chain = [](std::initializer_list<std::string_view> lines) {
        http::Fields fields;
        for (const std::string_view line : lines) fields.add("x-forwarded-for", line);
        return trusted_chain(fields, [](const http::IpAddress& address) { return address.text().starts_with("10."); });
    };
    CHECK(chain({}).empty());
    CHECK(chain({"203.0.113.9, 203.0.113.1, 10.0.0.2"}) == "203.0.113.1, 10.0.0.2");
    CHECK(chain({"203.0.113.1", "10.0.0.2, 10.0.0.3"}) == "203.0.113.1, 10.0.0.2, 10.0.0.3");
    CHECK(chain({"203.0.113.1, rubbish, 10.0.0.2"}) == "10.0.0.2");
    CHECK(chain({","}).empty());
}

TEST_CASE("a unix socket has no address and no port to tell", "[integration]") {
    Up up = make_up();
    up.request.peer = {};
    up.request.port = 0;
    up.request.secure = true;
    const std::string out = send(up, get(""));
    CHECK(field(out, "x-forwarded-for") == "-");
    CHECK(field(out, "x-forwarded-port") == "-");
    CHECK(field(out, "x-forwarded-proto") == "https");
}

TEST_CASE("the body is framed by the gateway, exactly once", "[integration]") {
    Up up = make_up();
    const std::string length = send(up, "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n");
    CHECK(field(length, "content-length") == "5");
    CHECK(field(length, "transfer-encoding") == "-");
    const std::string chunked =
        send(up, "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
    CHECK(field(chunked, "content-length") == "-");
    CHECK(field(chunked, "transfer-encoding") == "chunked");
    CHECK(field(chunked, "expect") == "-");
    CHECK(field(send(up, "POST /a HTTP/1.1\r\nHost: h\r\n\r\n"), "content-length") == "0");
    CHECK(field(send(up, "DELETE /a HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"), "content-length") == "0");
    CHECK(field(send(up, get("")), "content-length") == "-");
    up.request.body = http::BodyLength{http::Framing::length, 42, true};
    const std::string collected = send(up, "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    CHECK(field(collected, "content-length") == "42");
    CHECK(field(collected, "transfer-encoding") == "-");
}

TEST_CASE("REST APIs add and drop what AWS does", "[integration]") {
    Up up = make_up(ApiKind::rest);
    const std::string out =
        send(up, get("Via: 1.0 before\r\nContent-MD5: x\r\nMax-Forwards: 3\r\nServer: y\r\nWWW-Authenticate: z\r\n"
                     "Date: Sun, 22 Nov 2026 12:01:07 GMT\r\nContent-Encoding: gzip\r\nAuthorization: Bearer t\r\n"));
    CHECK(field(out, "accept") == "application/json");
    CHECK(field(out, "user-agent") == "AmazonAPIGateway_gw");
    CHECK(field(out, "x-amzn-apigateway-api-id") == "gw");
    CHECK(field(out, "via") == "1.1 gw");
    for (const char* name : {"content-md5", "max-forwards", "server", "www-authenticate"})
        CHECK(field(out, name) == "-");
    CHECK(field(out, "date") == "Sun, 22 Nov 2026 12:01:07 GMT");
    CHECK(field(out, "content-encoding") == "gzip");
    CHECK(field(out, "authorization") == "Bearer t");
    const std::string own =
        send(up, get("Accept: text/html\r\nUser-Agent: me\r\nAuthorization: AWS4-HMAC-SHA256 Credential=a\r\n"));
    CHECK(field(own, "accept") == "text/html");
    CHECK(field(own, "user-agent") == "me");
    CHECK(field(own, "authorization") == "-");
}

TEST_CASE("HTTP APIs keep Authorization and add to Via", "[integration]") {
    Up up = make_up();
    const std::string out =
        send(up, "GET /a HTTP/1.0\r\nVia: 1.1 before\r\nAuthorization: AWS4-HMAC-SHA256 Credential=a\r\n\r\n");
    CHECK(field(out, "authorization") == "AWS4-HMAC-SHA256 Credential=a");
    CHECK(out.find("Via: 1.1 before\r\n") != std::string::npos);
    CHECK(out.find("via: 1.0 gw\r\n") != std::string::npos);
    CHECK(field(out, "accept") == "-");
}

TEST_CASE("tracestate goes along with a traceparent that holds", "[integration]") {
    Up up = make_up();
    const std::string out =
        send(up, get("traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\ntracestate: v=1\r\n"));
    CHECK(field(out, "traceparent") == "00-0af7651916cd43dd8448eb211c80319c-0000000000000001-01");
    CHECK(field(out, "tracestate") == "v=1");
}

TEST_CASE("fields are set and removed as asked", "[integration]") {
    Up up = make_up();
    up.spec.edits = {{false, "X-Api-Key", "secret"}, {true, "Cookie", ""}, {false, "x-custom", "new"},
                     {true, "X-Drop", ""},           {true, "Via", ""},    {false, "X-Forwarded-For", "-"},
                     {false, "Host", "other:1"}};
    const std::string out = send(
        up, get("x-api-key: old\r\nCookie: a=b\r\nX-Custom: old\r\nX-Custom: older\r\nx-drop: 1\r\nX-Keep: 2\r\n"));
    CHECK(field(out, "x-api-key") == "secret");
    CHECK(field(out, "cookie") == "-");
    CHECK(field(out, "x-custom") == "new");
    CHECK(field(out, "x-drop") == "-");
    CHECK(field(out, "x-keep") == "2");
    CHECK(field(out, "via") == "-");
    CHECK(field(out, "x-forwarded-for") == "-");
    CHECK(field(out, "host") == "other:1");
}

TEST_CASE("edits of what the gateway needs for itself are refused", "[integration]") {
    const auto refused = [](FieldEdit edit) {
        Up up = make_up();
        up.spec.edits = {std::move(edit)};
        const auto proxy = HttpProxy::make(up.spec);
        return !proxy && proxy.error().code == gw::Errc::config;
    };
    for (const char* name :
         {"Content-Length", "transfer-encoding", "Connection", "TE", "Upgrade", "Expect", "a b", "", "a:", "x\r\ny"}) {
        INFO(name);
        CHECK(refused({false, name, "1"}));
        CHECK(refused({true, name, ""}));
    }
    CHECK(refused({true, "Host", ""}));
    CHECK(refused({false, "Host", "a b"}));
    CHECK(refused({false, "x-a", "a\r\nb: c"}));
    CHECK(refused({false, "x-a", std::string(8193, 'a')}));
    CHECK_FALSE(refused({false, "x-a", std::string(8192, 'a')}));
}

TEST_CASE("a request that would leave the target's path is refused before a byte is written", "[integration]") {
    Up up = make_up();
    up.spec.path = "/base/{proxy}";
    CHECK(send(up, "GET /%252e%252e/admin HTTP/1.1\r\nHost: h\r\n\r\n") == "400 request.path");
    CHECK(send(up, "GET /fine HTTP/1.1\r\nHost: h\r\n\r\n").starts_with("GET /base/fine HTTP/1.1\r\n"));
}

namespace {

/// The request that `out` begins, with a body as it frames one, read by a reader that shares nothing with our own: it
/// is one whole request, framed once, by a number or as chunks.
void check_framing(const std::string& out, const http::BodyLength& body) {
    const bool chunked = body.framing == http::Framing::chunked;
    const std::string whole =
        out + (chunked ? "3\r\nabc\r\n0\r\n\r\n" : std::string(static_cast<std::size_t>(body.length), 'b'));
    gw::fuzz::Message read;
    CHECK(gw::fuzz::read_request(whole, {}, read) == gw::fuzz::Sight::whole);
    CHECK(read.size == whole.size());
    CHECK(read.count("transfer-encoding") == (chunked ? 1 : 0));
    if (chunked) CHECK(read.value("transfer-encoding") == "chunked");
    CHECK(read.count("content-length") <= (chunked ? 0 : 1));
    if (body.length > 0) CHECK(read.value("content-length") == std::to_string(body.length));
    CHECK(read.body == (chunked ? "abc" : std::string(static_cast<std::size_t>(body.length), 'b')));
}

void check_what_goes_up(std::uint64_t seed, int rounds) {
    gw::Random random(seed);
    const std::vector<std::string> pool = {"X-A: 1",
                                           "Connection: x-a, close",
                                           "Accept: */*",
                                           "Via: 1.1 x",
                                           "X-Forwarded-For: 1.2.3.4",
                                           "X-Amzn-Foo: bar",
                                           "Upgrade: h2c",
                                           "TE: gzip",
                                           "Cookie: a",
                                           "Authorization: Basic eA==",
                                           "X_Y: z",
                                           "Trailer: x",
                                           "X-Gw-A: b",
                                           "Range: x",
                                           "Transfer-Coding: x",
                                           "Forwarded: for=x",
                                           "traceparent: x",
                                           "Proxy-Connection: x"};
    for (int round = 0; round < rounds; ++round) {
        Up up = make_up(round % 2 == 0 ? ApiKind::http : ApiKind::rest);
        up.request.peer_is_trusted = random.below(2) == 0;
        std::string bytes = std::vector<std::string>{"GET", "POST", "PUT", "DELETE", "OPTIONS"}[random.below(5)] +
                            " /x HTTP/1.1\r\nHost: h\r\n";
        std::string used;
        for (const std::string& line : pool) {
            if (random.below(3) == 0) bytes += line + "\r\n";
        }
        const std::uint64_t framing = random.below(3);
        if (framing == 1) bytes += "Content-Length: " + std::to_string(random.below(100)) + "\r\n";
        if (framing == 2) bytes += "Transfer-Encoding: chunked\r\n";
        bytes += "\r\n";
        const http::RequestHead before = decode(bytes);
        const std::string out = send(up, bytes);
        const http::RequestHead after = decode(out);
        INFO(bytes);
        INFO(out);
        CHECK(after.method == before.method);
        CHECK(after.authority == "target:3000");
        CHECK(after.fields.count(http::FieldName::host) == 1);
        CHECK(after.body.framing == before.body.framing);
        CHECK(after.body.length == before.body.length);
        CHECK(after.fields.count(http::FieldName::content_length) +
                  after.fields.count(http::FieldName::transfer_encoding) <=
              1);
        for (const http::FieldName id :
             {http::FieldName::connection, http::FieldName::te, http::FieldName::upgrade, http::FieldName::trailer,
              http::FieldName::forwarded, http::FieldName::proxy_connection}) {
            CHECK_FALSE(after.fields.has(id));
        }
        check_framing(out, after.body);
        CHECK(after.fields.count(http::FieldName::x_forwarded_for) == 1);
        CHECK(after.fields.find(http::FieldName::x_forwarded_for) == "192.0.2.7");
        CHECK_FALSE(after.fields.find("x-amzn-foo"));
        CHECK_FALSE(after.fields.find("x-gw-a"));
        CHECK_FALSE(after.fields.find("x_y"));
        CHECK(after.fields.find("x-a").has_value() == (before.fields.find("x-a").has_value() && !before.nominates));
    }
}

}  // namespace

TEST_CASE("whatever comes in, one sound request goes up", "[integration]") { check_what_goes_up(7, 1000); }
TEST_CASE("whatever comes in, one sound request goes up, a million", "[.million]") {
    check_what_goes_up(20261127, 1'000'000);
}

TEST_CASE("HTTP APIs pass the answer's end-to-end fields", "[integration]") {
    const std::string out =
        answer(ApiKind::http,
               "HTTP/1.1 200 Fine\r\nDate: then\r\nServer: s\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\n"
               "Set-Cookie: a\r\nSet-Cookie: b\r\nWWW-Authenticate: Basic\r\nVia: 1.1 v\r\napigw-requestid: theirs\r\n"
               "X-Gw-Explain: theirs\r\nx-amzn-RequestId: theirs\r\nContent-Length: 5\r\n\r\n");
    CHECK(out ==
          "HTTP/1.1 200 OK\r\nDate: then\r\nServer: s\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nWWW-Authenticate: Basic\r\n"
          "Via: 1.1 v\r\nx-amzn-RequestId: theirs\r\napigw-requestid: AAAAAAAAAAAAAAA=\r\n\r\n");
    CHECK(field(answer(ApiKind::http, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), "date") == "now");
}

TEST_CASE("REST APIs rename and drop what AWS does", "[integration]") {
    const std::string out = answer(
        ApiKind::rest,
        "HTTP/1.1 401 No\r\nDate: then\r\nServer: s\r\nConnection: keep-alive\r\nWWW-Authenticate: Basic\r\n"
        "Content-Length: 5\r\nContent-MD5: m\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\nVia: 1.1 v\r\n"
        "Host: h\r\nAuthorization: a\r\nMax-Forwards: 1\r\nUser-Agent: u\r\nx-amzn-RequestId: theirs\r\n"
        "x-amz-apigw-id: theirs\r\nExpect: e\r\nTE: t\r\nETag: \"x\"\r\n\r\n");
    CHECK(out ==
          "HTTP/1.1 401 Unauthorized\r\nDate: now\r\nx-amzn-Remapped-Date: then\r\nx-amzn-Remapped-Server: s\r\n"
          "x-amzn-Remapped-Connection: keep-alive\r\nx-amzn-Remapped-WWW-Authenticate: Basic\r\n"
          "x-amzn-Remapped-Content-Length: 5\r\nx-amzn-Remapped-Content-MD5: m\r\nContent-Type: text/plain\r\n"
          "Content-Encoding: gzip\r\nx-amzn-Remapped-Authorization: a\r\nx-amzn-Remapped-Max-Forwards: 1\r\n"
          "x-amzn-Remapped-User-Agent: u\r\nx-amzn-Remapped-x-amzn-RequestId: theirs\r\nETag: \"x\"\r\n"
          "x-amzn-RequestId: 00000000-0000-4000-8000-000000000000\r\nx-amz-apigw-id: AAAAAAAAAAAAAAA=\r\n\r\n");
}

TEST_CASE("an upgrade to WebSocket is asked for anew, and the target's 101 goes back", "[integration]") {
    Up up = make_up();
    const std::string ask = send(
        up,
        get("Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            "Sec-WebSocket-Version: 13\r\n"));
    CHECK(field(ask, "connection") == "upgrade");
    CHECK(field(ask, "upgrade") == "websocket");
    CHECK(field(ask, "sec-websocket-version") == "13");
    const std::string agreed =
        answer(ApiKind::http,
               "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"
               "Sec-WebSocket-Accept: x\r\n\r\n");
    CHECK(field(agreed, "connection") == "upgrade");
    CHECK(field(agreed, "upgrade") == "websocket");
    CHECK(field(agreed, "sec-websocket-accept") == "x");
}

TEST_CASE("explain is said when there is something to say", "[integration]") {
    CHECK(field(answer(ApiKind::http, "HTTP/1.1 200 OK\r\n\r\n", "target a:1"), "x-gw-explain") == "target a:1");
    CHECK(field(answer(ApiKind::http, "HTTP/1.1 200 OK\r\n\r\n"), "x-gw-explain") == "-");
}
