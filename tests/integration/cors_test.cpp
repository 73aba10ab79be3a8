// Pages of other origins: preflights are answered before anything else, and every answer can be read by those who may.

#include "libgw/base/text.h"
#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_upstream.h"

using namespace gw;
using namespace gw::test;

namespace {

constexpr const char* kPage = "https://app.example";
constexpr const char* kFromPage = "Origin: https://app.example\r\n";

/// All lines of the field, joined with "|"; "-" when there is none.
std::string field(const RawResponse& answer, std::string_view name) {
    std::string all;
    const std::string_view head = std::string_view(answer.head).substr(0, answer.head.find("\r\n\r\n"));
    for (const std::string_view line : split(head, '\n')) {
        const auto parts = split_once(line, ':');
        if (!parts || !equals_ignoring_case(parts->first, name)) continue;
        if (!all.empty()) all += '|';
        std::string_view value = parts->second;
        if (value.ends_with('\r')) value.remove_suffix(1);
        all += trim_ows(value);
    }
    return all.empty() ? "-" : all;
}

std::string allowed_origin(const RawResponse& answer) { return field(answer, "access-control-allow-origin"); }

std::string preflight(std::string_view target, std::string_view method, std::string_view more = {},
                      std::string_view origin = kPage) {
    return "OPTIONS " + std::string(target) + " HTTP/1.1\r\nHost: h\r\nOrigin: " + std::string(origin) +
           "\r\nAccess-Control-Request-Method: " + std::string(method) + "\r\n" + std::string(more) + "\r\n";
}

Start with_key() {
    Start how;
    how.environment = {{"GW_TEST_KEY", "abcdefghijklmnopqrstuvwxyz0123"}};
    return how;
}

}  // namespace

TEST_CASE("a preflight is answered before the token is asked for and before a target is") {
    ScriptedUpstream target({{read_request(), answer(200, "reached", "Connection: close\r\n")}});
    for (const char* kind : {"http", "rest"}) {
        INFO(kind);
        const Gateway gateway({"GET /a=" + target.url(), "PUT /a=" + target.url(), "--api", kind, "--api-key",
                               "env:GW_TEST_KEY", "--cors", kPage, "--cors-max-age", "10m"},
                              with_key());
        const auto answer = gateway.ask(preflight("/a", "PUT", "Access-Control-Request-Headers: x-a,x-b\r\n"));
        CHECK(answer.status == 204);
        CHECK(allowed_origin(answer) == kPage);
        CHECK(field(answer, "access-control-allow-methods") == "GET,PUT");
        CHECK(field(answer, "access-control-allow-headers") == "x-a,x-b");
        CHECK(field(answer, "access-control-max-age") == "600");
        CHECK(field(answer, "vary") == "origin,access-control-request-method,access-control-request-headers");
        CHECK(field(answer, "content-length") == "-");
        CHECK(answer.body.empty());
        const auto refused = gateway.ask(preflight("/a", "PUT", {}, "https://evil.example"));
        CHECK(refused.status == 204);
        CHECK(allowed_origin(refused) == "-");
        CHECK(field(refused, "access-control-allow-methods") == "-");
        CHECK(allowed_origin(gateway.ask(preflight("/a", "DELETE"))) == "-");
        const auto unknown = gateway.ask(preflight("/nowhere", "DELETE"));
        CHECK(unknown.status == 204);
        CHECK(allowed_origin(unknown) == kPage);
    }
    CHECK(target.connections() == 0);
}

TEST_CASE("OPTIONS that is no preflight is an ordinary request") {
    const Gateway gateway({"GET /a=mock:200", "OPTIONS /b=mock:200:own", "--cors", kPage});
    CHECK(gateway.ask("OPTIONS /a HTTP/1.1\r\nHost: h\r\n" + std::string(kFromPage) + "\r\n").status == 404);
    const auto own = gateway.ask("OPTIONS /b HTTP/1.1\r\nHost: h\r\n" + std::string(kFromPage) + "\r\n");
    CHECK(own.body == "own");
    CHECK(allowed_origin(own) == kPage);
}

TEST_CASE("the OPTIONS method of a REST API answers preflights for itself") {
    const Gateway gateway({"GET /a=mock:200", "OPTIONS /a=mock:200:own", "--api", "rest", "--cors", kPage});
    const auto own = gateway.ask(preflight("/a", "PUT"));
    CHECK(own.body == "own");
    CHECK(allowed_origin(own) == "-");
}

TEST_CASE("what the target says of CORS is replaced, and what it varies by is kept") {
    ScriptedUpstream target({{read_request(), answer(200, "x",
                                                     "Access-Control-Allow-Origin: *\r\n"
                                                     "Access-Control-Allow-Credentials: true\r\n"
                                                     "Access-Control-Expose-Headers: x-secret\r\n"
                                                     "Vary: Accept-Encoding\r\nVary: Accept\r\n"
                                                     "Connection: close\r\n")}});
    const Gateway gateway(
        {target.url(), "--cors", "https://app.example,http://localhost:3000", "--cors-expose", "etag,x-id"});
    const auto page = gateway.get("/", kFromPage);
    CHECK(allowed_origin(page) == kPage);
    CHECK(field(page, "access-control-allow-credentials") == "-");
    CHECK(field(page, "access-control-expose-headers") == "etag,x-id");
    CHECK(field(page, "vary") == "Accept-Encoding, Accept, origin");
    CHECK(allowed_origin(gateway.get("/", "Origin: http://localhost:3000\r\n")) == "http://localhost:3000");
    for (const char* lines : {"", "Origin: null\r\n", "Origin: https://app.example.evil\r\n"}) {
        INFO(lines);
        const auto other = gateway.get("/", lines);
        CHECK(other.status == 200);
        CHECK(allowed_origin(other) == "-");
        CHECK(field(other, "vary") == "Accept-Encoding, Accept, origin");
    }
}

TEST_CASE("an answer from memory says what the page may that asks for it now") {
    for (const char* how : {"60s", "http"}) {
        INFO(how);
        ScriptedUpstream once({{read_request(), answer(200, "kept",
                                                       "Access-Control-Allow-Origin: *\r\nCache-Control: max-age=60\r\n"
                                                       "Connection: close\r\n")}});
        const Gateway gateway(
            {"GET /a=" + once.url(), "--cache", how, "--cors", "https://a.example,https://b.example"});
        const auto ask = [&](std::string_view origin) {
            return gateway.ask("GET /a HTTP/1.1\r\nHost: h\r\nOrigin: " + std::string(origin) + "\r\n\r\n");
        };
        for (const char* origin : {"https://a.example", "https://b.example", "https://a.example"}) {
            const auto got = ask(origin);
            CHECK(got.body == "kept");
            CHECK(allowed_origin(got) == origin);
            CHECK(field(got, "vary") == "origin");
        }
        CHECK(allowed_origin(ask("https://c.example")) == "-");
        CHECK(once.connections() == 1);
    }
}

TEST_CASE("without a policy what the target says of CORS passes as it is") {
    ScriptedUpstream target({{read_request(), answer(200, "x",
                                                     "Access-Control-Allow-Origin: https://of.target\r\n"
                                                     "Vary: Accept\r\nConnection: close\r\n")}});
    const Gateway gateway({target.url()});
    const auto page = gateway.get("/", kFromPage);
    CHECK(allowed_origin(page) == "https://of.target");
    CHECK(field(page, "vary") == "Accept");
}

TEST_CASE("every answer that the gateway makes itself can be read by the pages that may") {
    ScriptedUpstream garbage({{read_request(), send_bytes("this is not HTTP\r\n\r\n"), close_connection()}});
    ScriptedUpstream silent({{read_request(), hold()}});
    const Gateway gateway({"GET /ok=mock:200", "GET /garbage=" + garbage.url(), "GET /refused=http://127.0.0.1:1",
                           "GET /silent=" + silent.url() + ";timeout=100ms", "GET /fail=mock:200;fail=100%=429",
                           "POST /small=mock:200;max-body=10B", "--cors", kPage});
    const auto readable = [&](const RawResponse& answer, int status) {
        INFO(status);
        CHECK(answer.status == status);
        CHECK(allowed_origin(answer) == kPage);
        CHECK(field(answer, "vary") == "origin");
    };
    readable(gateway.get("/ok", kFromPage), 200);
    readable(gateway.get("/nowhere", kFromPage), 404);
    readable(gateway.get("/garbage", kFromPage), 502);
    readable(gateway.get("/refused", kFromPage), 503);
    readable(gateway.get("/silent", kFromPage), 503);
    readable(gateway.get("/fail", kFromPage), 429);
    readable(gateway.ask(post_request("/small", "far more than ten bytes", kFromPage)), 413);
    const auto other = gateway.get("/nowhere", "Origin: https://evil.example\r\n");
    CHECK(allowed_origin(other) == "-");
    CHECK(field(other, "vary") == "origin");
}

TEST_CASE("whoever is not let in can read why") {
    for (const char* kind : {"http", "rest"}) {
        INFO(kind);
        const Gateway gateway({"/{proxy+}=mock:200", "--api", kind, "--jwt", "https://issuer.example", "--jwt-jwks",
                               "http://127.0.0.1:1/keys", "--cors", kPage});
        const auto answer = gateway.get("/a", kFromPage);
        CHECK(answer.status == 401);
        CHECK(allowed_origin(answer) == kPage);
        CHECK(allowed_origin(gateway.get("/a", std::string(kFromPage) + "Authorization: Bearer a.b.c\r\n")) == kPage);
    }
    const Gateway gateway({"/{proxy+}=mock:200", "--api-key", "env:GW_TEST_KEY", "--cors", "*"}, with_key());
    const auto answer = gateway.get("/a");
    CHECK(answer.status == 403);
    CHECK(allowed_origin(answer) == "*");
    CHECK(field(answer, "vary") == "-");
}

TEST_CASE("an answer to a request that came to no api says nothing where there are several") {
    Start how;
    how.config =
        "version: 1\n"
        "apis:\n"
        "  - name: one\n"
        "    hosts: [one.example]\n"
        "    corsConfiguration: {allowOrigins: [\"https://app.example\"]}\n"
        "    routes: [{routeKey: GET /a, integration: \"mock:200\"}]\n"
        "  - name: two\n"
        "    hosts: [two.example]\n"
        "    routes: [{routeKey: GET /a, integration: \"mock:200\"}]\n";
    const Gateway gateway({}, how);
    const auto from = [&](const char* host, std::string_view path) {
        return gateway.ask("GET " + std::string(path) + " HTTP/1.1\r\nHost: " + host + "\r\n" + kFromPage + "\r\n");
    };
    CHECK(allowed_origin(from("one.example", "/a")) == kPage);
    CHECK(allowed_origin(from("one.example", "/b")) == kPage);
    CHECK(allowed_origin(from("two.example", "/a")) == "-");
    CHECK(allowed_origin(from("three.example", "/a")) == "-");
}
