// What the target is told: the client's fields without those that are the connection's or the gateway's, and the
// gateway's own.

#include <algorithm>

#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_upstream.h"

using namespace gw;
using namespace gw::test;

namespace {

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return text;
}

/// The values of a field in a request head, in their order. `name` in lower case.
std::vector<std::string> values(const std::string& head, const std::string& name) {
    std::vector<std::string> found;
    for (std::size_t at = head.find("\r\n"); at != std::string::npos && at + 2 < head.size();
         at = head.find("\r\n", at + 2)) {
        const std::string line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
        const std::size_t colon = line.find(':');
        if (colon == std::string::npos || lower(line.substr(0, colon)) != name) continue;
        found.push_back(line.substr(line.find_first_not_of(' ', colon + 1)));
    }
    return found;
}

std::string sent_up(const std::vector<std::string>& arguments, const std::string& lines,
                    const std::string& target = "/x") {
    ScriptedUpstream upstream({{read_request(), answer(200, "ok", "Connection: close\r\n")}});
    std::vector<std::string> all{upstream.url()};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const Gateway gateway(all);
    CHECK(gateway.get(target, lines).status == 200);
    return upstream.seen();
}

}  // namespace

TEST_CASE("fields of the connection stay with it") {
    const std::string head = sent_up({},
                                     "Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nProxy-Connection: "
                                     "keep-alive\r\nTE: trailers\r\nProxy-Authorization: Basic eA==\r\n"
                                     "Upgrade: h2c\r\nX-End: 1\r\n");
    CHECK(values(head, "x-end") == std::vector<std::string>{"1"});
    for (const char* gone :
         {"x-hop", "keep-alive", "proxy-connection", "proxy-authorization", "upgrade", "te", "connection"}) {
        INFO(gone);
        CHECK(values(head, gone).empty());
    }
}

TEST_CASE("where a request came from is what the gateway saw, not what the client says") {
    const std::string head = sent_up({},
                                     "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: "
                                     "evil\r\nX-Forwarded-Port: 1\r\nForwarded: for=1.2.3.4\r\nX-Real-IP: 1.2.3.4\r\n");
    CHECK(values(head, "x-forwarded-for") == std::vector<std::string>{"127.0.0.1"});
    CHECK(values(head, "x-forwarded-proto") == std::vector<std::string>{"http"});
    CHECK(values(head, "x-forwarded-host") == std::vector<std::string>{"h"});
    CHECK(values(head, "forwarded").empty());
    CHECK(values(head, "x-real-ip").empty());
    CHECK(head.find("1.2.3.4") == std::string::npos);
    CHECK(values(head, "via") == std::vector<std::string>{"1.1 gw"});
    CHECK(values(head, "x-amzn-trace-id").size() == 1);
    CHECK(values(head, "traceparent").size() == 1);
}

TEST_CASE("a trusted proxy's word counts, as far as its chain is trusted") {
    const std::string head = sent_up({"--trust-proxy", "127.0.0.0/8", "--trust-proxy", "10.0.0.0/8"},
                                     "X-Forwarded-For: 6.6.6.6, 1.2.3.4, 10.0.0.7\r\nX-Forwarded-Proto: https\r\n");
    const auto chain = values(head, "x-forwarded-for");
    REQUIRE(chain.size() == 1);
    CHECK(chain[0].find("1.2.3.4") != std::string::npos);
    CHECK(chain[0].ends_with("127.0.0.1"));
    CHECK(values(head, "x-forwarded-proto") == std::vector<std::string>{"https"});
}

TEST_CASE("a client cannot set what only the gateway sets") {
    const std::string head = sent_up(
        {},
        "x-amzn-requestcontext: forged\r\nX-AMZN-Anything: forged\r\nx-gw-tenant: forged\r\nX-Gw-User: forged\r\n"
        "X-Amzn-Apigateway-Api-Id: forged\r\nlambda-runtime-aws-request-id: forged\r\nX-Forwarded-Client-Cert: "
        "forged\r\n");
    CHECK(head.find("forged") == std::string::npos);
}

TEST_CASE("what only the gateway sets cannot be set in any of four spellings") {
    ScriptedUpstream upstream({{read_request(), answer(200, "ok", "Connection: close\r\n")}});
    const Gateway gateway({upstream.url()});
    const std::vector<std::string> owned = {"x-amzn-requestid",
                                            "x-amzn-requestcontext",
                                            "x-amzn-apigateway-api-id",
                                            "x-amzn-trace-id",
                                            "x-amz-apigw-id",
                                            "apigw-requestid",
                                            "x-gw-user",
                                            "x-gw-explain",
                                            "x-forwarded-client-cert",
                                            "lambda-runtime-aws-request-id",
                                            "x-forwarded-for",
                                            "x-forwarded-proto",
                                            "x-forwarded-host",
                                            "x-forwarded-port",
                                            "forwarded",
                                            "x-real-ip"};
    std::size_t sent = 0;
    const auto passes_nothing = [&](const std::string& request) {
        const std::size_t before = upstream.connections();
        const RawResponse answer = gateway.ask(request);
        if (answer.status == 400) {
            CHECK(upstream.connections() == before);
            return;
        }
        CHECK(answer.status == 200);
        REQUIRE(upstream.wait_for_connections(before + 1));
        CHECK(upstream.seen(before).find("forged") == std::string::npos);
        ++sent;
    };
    for (const std::string& name : owned) {
        INFO(name);
        std::string shouted = name;
        for (char& c : shouted)
            if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
        std::string disguised = name;
        std::replace(disguised.begin(), disguised.end(), '-', '_');
        passes_nothing(get_request("/x", shouted + ": forged\r\n"));
        passes_nothing(get_request("/x", disguised + ": forged\r\n"));
        passes_nothing(get_request("/x", name + ": forged\r\n" + shouted + ": forged too\r\n"));
        passes_nothing("POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n" + name +
                       ": forged\r\n\r\n");
    }
    CHECK(sent >= 3 * owned.size());
}

TEST_CASE("what comes behind a body changes nothing of who asks, where from, and for what") {
    ScriptedUpstream upstream({{read_request(), answer(200, "ok", "Connection: close\r\n")}});
    const std::string known = "known-key-0123456789abcdef";
    const Gateway gateway({"/open=" + upstream.url() + ";auth=none", "/closed=" + upstream.url(), "--api-key", known,
                           "--trust-proxy", "127.0.0.0/8"});
    const auto ask = [&](const std::string& path, const std::string& trailer) {
        return gateway.ask("POST " + path + " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTrailer: " +
                           trailer.substr(0, trailer.find(':')) + "\r\n\r\n1\r\na\r\n0\r\n" + trailer + "\r\n\r\n");
    };
    std::size_t reached = 0;
    for (const std::string& trailer :
         {"X-Api-Key: " + known, std::string("Host: smuggled"), std::string("Authorization: smuggled"),
          std::string("Cookie: smuggled"), std::string("Content-Type: text/smuggled"),
          std::string("X-Forwarded-For: 192.0.2.99"), std::string("X-HTTP-Method-Override: DELETE"),
          std::string("Connection: close, x-smuggled"), std::string("Upgrade: smuggled"),
          std::string("X-Mine: smuggled")}) {
        INFO(trailer);
        CHECK(ask("/closed", trailer).status == 403);
        CHECK(ask("/open", trailer).status == 200);
        const std::string seen = upstream.seen(reached++);
        CHECK(seen.starts_with("POST /open HTTP/1.1\r\n"));
        for (const char* word : {"smuggled", "192.0.2.99", "DELETE", "railer:"})
            CHECK(seen.find(word) == std::string::npos);
        CHECK(seen.find(known) == std::string::npos);
        CHECK(seen.ends_with("\r\n0\r\n\r\n"));
    }
    CHECK(upstream.connections() == reached);
}

TEST_CASE("the target's Host is its own address, or the client's when that is asked for") {
    ScriptedUpstream upstream({{read_request(), answer(200, "ok", "Connection: close\r\n")}});
    const Gateway gateway({"/own=" + upstream.url(), "/kept=" + upstream.url() + ";host=keep"});
    CHECK(gateway.get("/own").status == 200);
    CHECK(gateway.get("/kept").status == 200);
    CHECK(values(upstream.seen(0), "host") == std::vector<std::string>{upstream.url().substr(7)});
    CHECK(values(upstream.seen(1), "host") == std::vector<std::string>{"h"});
}

TEST_CASE("set-header and remove-header have the last word towards the target") {
    const std::string head = sent_up({"--set-header", "X-Mine: gateway", "--remove-header", "Cookie", "--set-header",
                                      "Authorization: Bearer service"},
                                     "X-Mine: client\r\nCookie: a=b\r\nAuthorization: Bearer client\r\n");
    CHECK(values(head, "x-mine") == std::vector<std::string>{"gateway"});
    CHECK(values(head, "cookie").empty());
    CHECK(values(head, "authorization") == std::vector<std::string>{"Bearer service"});
}

TEST_CASE("path and query reach the target as they were sent") {
    const std::string target = "/a%2Fb/%7Ec;d=1/e%20f?q=%41&q=+&empty=&%20";
    CHECK(sent_up({}, "", target).starts_with("GET " + target + " HTTP/1.1\r\n"));
}

TEST_CASE("a second request on a connection is routed by its own host and path") {
    Start how;
    how.config =
        "version: 1\napis:\n  - {name: a, apiId: a, hosts: [a.example], routes: [{routeKey: GET /x, integration: "
        "'mock:200:of a'}]}\n"
        "  - {name: b, apiId: b, hosts: [b.example], routes: [{routeKey: GET /x, integration: 'mock:200:of b'}]}\n";
    const Gateway gateway({}, how);
    RawClient client = gateway.connect();
    const std::pair<const char*, const char*> hosts[] = {
        {"a.example", "of a"}, {"b.example", "of b"}, {"A.Example.:80", "of a"}};
    for (const auto& [host, body] : hosts) {
        must(client.send("GET /x HTTP/1.1\r\nHost: " + std::string(host) + "\r\nX-Forwarded-Host: b.example\r\n\r\n"));
        CHECK(must(client.read_response()).body == body);
    }
    must(client.send("GET /x HTTP/1.1\r\nHost: c.example\r\n\r\n"));
    CHECK(must(client.read_response()).status == 404);
}

TEST_CASE("nothing that a client says besides its method, path and Host chooses a route") {
    Start how;
    how.config =
        "version: 1\napis:\n  - {name: a, apiId: a, hosts: [a.example], routes: [{routeKey: POST /x, integration: "
        "'mock:200:post'}, {routeKey: DELETE /x, integration: 'mock:200:delete'}, {routeKey: POST /y, integration: "
        "'mock:200:y'}]}\n"
        "  - {name: b, apiId: b, hosts: [b.example], routes: [{routeKey: POST /x, integration: 'mock:200:of b'}]}\n";
    const Gateway gateway({}, how);
    for (const char* line :
         {"X-HTTP-Method-Override: DELETE", "X-HTTP-Method: DELETE", "X-Method-Override: DELETE", "X-Original-URL: /y",
          "X-Rewrite-URL: /y", "X-Original-Method: DELETE", "X-Host: b.example", "X-Forwarded-Host: b.example",
          "X-Forwarded-Server: b.example", "X-HTTP-Host-Override: b.example", "Forwarded: host=b.example",
          "X-Forwarded-Prefix: /y", "X-Forwarded-Proto: https", "X-Forwarded-Port: 1"}) {
        INFO(line);
        const std::string lines = std::string(line) + "\r\nContent-Type: application/x-www-form-urlencoded\r\n";
        for (const char* target : {"/x", "/x?_method=DELETE&method=DELETE"}) {
            const RawResponse answer = gateway.ask("POST " + std::string(target) + " HTTP/1.1\r\nHost: a.example\r\n" +
                                                   lines + "Content-Length: 14\r\n\r\n_method=DELETE");
            CHECK(answer.status == 200);
            CHECK(answer.body == "post");
        }
    }
}
