// Requests that want something into memory that does not belong there, or many requests made of few.

#include "libgw/base/text.h"
#include "tests/integration/counting_target.h"
#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_upstream.h"

using namespace gw;
using namespace gw::test;

TEST_CASE("a request that means another than its key says is neither kept nor answered from memory") {
    Counter target(control("max-age=60"));
    for (const char* mode : {"http", "60s"}) {
        INFO(mode);
        const Gateway gateway({"--cache", mode, target.url()});
        for (const char* line :
             {"X-HTTP-Method-Override: DELETE\r\n", "X-Method-Override: PUT\r\n", "X-HTTP-Method: DELETE\r\n",
              "X-Original-URL: /admin\r\n", "x-rewrite-url: /admin\r\n", "Content-Length: 5\r\n\r\nq=fat",
              "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"}) {
            INFO(line);
            const std::string path = "/" + std::to_string(target.asked());
            const std::string poisoned = gateway.ask("GET " + path + " HTTP/1.1\r\nHost: h\r\n" + line + "\r\n").body;
            const std::string kept = gateway.get(path).body;
            CHECK(kept != poisoned);
            CHECK(gateway.get(path).body == kept);
            CHECK(gateway.ask("GET " + path + " HTTP/1.1\r\nHost: h\r\n" + line + "\r\n").body != kept);
            CHECK(gateway.get(path).body == kept);
        }
    }
}

TEST_CASE("a client's word on where it came from reaches no target, and so no memory") {
    Counter target(control("max-age=60"));
    const Gateway gateway({"--cache", "http", target.url()});
    CHECK(gateway
              .get("/a",
                   "X-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: evil\r\nX-Forwarded-Port: 666\r\n"
                   "X-Forwarded-For: 6.6.6.6\r\nForwarded: host=evil.example\r\nX-Real-IP: 6.6.6.6\r\n")
              .status == 200);
    const std::vector<PeerRequest> requests = target.requests();
    for (const auto& [name, value] : requests.at(0).fields) {
        INFO(name << ": " << value);
        CHECK(value.find("evil") == value.npos);
        CHECK(value.find("6.6.6.6") == value.npos);
        CHECK(value != "666");
    }
    // whatever Host says is part of the key
    CHECK(gateway.ask("GET /a HTTP/1.1\r\nHost: evil.example\r\n\r\n").body == "GET /a #2");
    CHECK(gateway.get("/a").body == "GET /a #1");
    CHECK(gateway.ask("GET http://other.example/a HTTP/1.1\r\nHost: h\r\n\r\n").status == 400);
    CHECK(target.asked() == 2);
}

TEST_CASE("what a trusted proxy says of the way here, and the target is told, tells answers apart") {
    Counter target(control("max-age=60"));
    for (const char* mode : {"http", "60s"}) {
        INFO(mode);
        const Gateway gateway({"--cache", mode, "--trust-proxy", "127.0.0.0/8", target.url()});
        std::vector<std::string> bodies;
        for (const char* lines : {"", "X-Forwarded-Proto: https\r\n", "X-Forwarded-Host: evil.example\r\n",
                                  "X-Forwarded-Host: evil.example:8443\r\n", "X-Forwarded-Port: 666\r\n",
                                  "X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.example\r\n"}) {
            INFO(lines);
            const std::string body = gateway.get("/a", lines).body;
            CHECK(std::find(bodies.begin(), bodies.end(), body) == bodies.end());
            CHECK(gateway.get("/a", lines).body == body);
            bodies.push_back(body);
        }
        // what cannot be read is not told, and is the same as nothing
        for (const char* lines : {"X-Forwarded-Proto: HTTPS\r\n", "X-Forwarded-Host: a, b\r\n",
                                  "X-Forwarded-Port: 99999\r\n", "X-Forwarded-For: 192.0.2.1\r\n"})
            CHECK(gateway.get("/a", lines).body == bodies.front());
    }
}

TEST_CASE("success through a proxy makes void what is kept for the host that the proxy names") {
    Counter target(control("max-age=60"));
    const Gateway gateway({"--cache", "http", "--trust-proxy", "127.0.0.0/8", target.url()});
    const std::string told = "X-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example\r\n";
    const std::string a = gateway.get("/a", told).body;
    const std::string b = gateway.get("/b", told).body;
    const std::string plain = gateway.get("/b").body;
    target.answer(200, control("max-age=60", {{"Location", "https://shop.example/b"}}));
    CHECK(gateway.ask(post_request("/a", "x", told)).status == 200);
    CHECK(gateway.get("/a", told).body != a);
    CHECK(gateway.get("/b", told).body != b);
    CHECK(gateway.get("/b").body == plain);
}

TEST_CASE("what a target is told of one request alone it cannot vary by") {
    for (const char* name : {"X-Forwarded-For", "x-real-ip", "traceparent", "x-amzn-trace-id", "Via", "x-id"}) {
        Counter target(control("max-age=60", {{"Vary", std::string("Accept, ") + name}}));
        for (const char* mode : {"http", "60s"}) {
            INFO(mode << " " << name);
            const Gateway gateway({"--cache", mode, "--trust-proxy", "127.0.0.0/8", "--set-header",
                                   "x-id: $context.requestId", target.url()});
            CHECK(gateway.get("/a", "X-Forwarded-For: 192.0.2.1\r\n").body !=
                  gateway.get("/a", "X-Forwarded-For: 192.0.2.2\r\n").body);
            CHECK(gateway.get("/a").body != gateway.get("/a").body);
        }
    }
    // an id does not make an answer one client's
    Counter target(control("max-age=60"));
    const Gateway gateway({"--cache", "http", "--set-header", "x-id: $context.requestId", target.url()});
    CHECK(gateway.get("/a").body == gateway.get("/a").body);
}

TEST_CASE("what the gateway tells a target of the caller tells answers apart") {
    Counter target(control("max-age=60"));
    for (const char* mode : {"http", "60s"}) {
        INFO(mode);
        const Gateway gateway({"--cache", mode, "--trust-proxy", "127.0.0.0/8", "--set-header",
                               "x-client: $context.identity.sourceIp", target.url()});
        const std::string one = gateway.get("/a", "X-Forwarded-For: 192.0.2.1\r\n").body;
        const std::string two = gateway.get("/a", "X-Forwarded-For: 192.0.2.2\r\n").body;
        CHECK(one != two);
        CHECK(gateway.get("/a", "X-Forwarded-For: 192.0.2.1\r\n").body == one);
        CHECK(gateway.get("/a", "X-Forwarded-For: 192.0.2.2\r\nX-Client: 192.0.2.1\r\n").body == two);
        if (std::string_view(mode) == "60s") continue;
        // any caller's success is everybody's
        CHECK(gateway.ask(post_request("/a", "x")).status == 200);
        CHECK(gateway.get("/a", "X-Forwarded-For: 192.0.2.1\r\n").body != one);
        CHECK(gateway.get("/a", "X-Forwarded-For: 192.0.2.2\r\n").body != two);
    }
}

TEST_CASE("a reload that tells the target something else is not answered from before") {
    Counter target(control("max-age=60"));
    const auto config = [&](const std::string& more) {
        return "version: 1\nlisteners: [127.0.0.1:0]\ncache: http\n" + more +
               "apis:\n- routes: [{routeKey: $default, integration: '" + target.url() + "'}]\n";
    };
    Start start;
    start.port_option = false;
    start.config = config("requestHeaders: [{set: 'x-tenant: a'}]\n");
    const Gateway gateway({}, start);
    const std::string before = gateway.get("/a").body;
    CHECK(gateway.get("/a").body == before);
    gateway.write_config(config("requestHeaders: [{set: 'x-tenant: b'}]\n"));
    REQUIRE(gateway.order("/reload").status == 200);
    CHECK(gateway.get("/a").body != before);
}

TEST_CASE("paths that a target could confuse are different answers") {
    Counter target(control("max-age=60"));
    const Gateway gateway({"--cache", "http", target.url()});
    std::vector<std::string> bodies;
    for (const char* path : {"/me", "/me/", "/me/x.css", "/me;x.css", "/me%2Fx.css", "/me%3Bx.css", "/me%00", "/me%20",
                             "/ME", "/me?a=1&b=2", "/me?b=2&a=1", "/me?a=1;b=2", "/me%3Fa=1", "/me/%2e%2e%2fx"}) {
        INFO(path);
        const RawResponse response = gateway.get(path);
        if (response.status == 400) continue;  // a byte that nobody may send
        CHECK(std::find(bodies.begin(), bodies.end(), response.body) == bodies.end());
        bodies.push_back(response.body);
    }
    CHECK(bodies.size() >= 12);
    CHECK(gateway.ask("GET /me#x HTTP/1.1\r\nHost: h\r\n\r\n").status == 400);
}

TEST_CASE("a path that is not written as the key has it is neither kept nor answered from memory") {
    Counter target(control("max-age=60"));
    for (const char* mode : {"http", "60s"}) {
        const Gateway gateway({"--cache", mode, target.url()});
        for (const auto& [odd, plain] : std::vector<std::pair<const char*, const char*>>{
                 {"/o//page", "/o/page"}, {"/o/%73lash", "/o/slash"}, {"/./x/../me", "/me"}, {"/a%2fb", "/a%2Fb"}}) {
            INFO(mode << " " << odd);
            const std::string first = gateway.get(odd).body;
            const std::string kept = gateway.get(plain).body;
            CHECK(kept.starts_with("GET " + std::string(plain) + " #"));
            CHECK(kept != first);
            CHECK(gateway.get(plain).body == kept);
            CHECK(gateway.get(odd).body != kept);
            CHECK(gateway.get(plain).body == kept);
        }
    }
}

TEST_CASE("an answer to HEAD and a part of one are not kept as the whole") {
    Counter target(control("max-age=60"));
    const Gateway gateway({"--cache", "http", target.url()});
    RawClient client = gateway.connect();
    must(client.send("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n"));
    CHECK(must(client.read_response(true)).status == 200);
    CHECK(gateway.get("/a").body == "GET /a #2");
    target.answer(206, control("max-age=60", {{"Content-Range", "bytes 0-1/4"}}));
    CHECK(gateway.get("/b", "Range: bytes=0-1\r\n").status == 206);
    target.answer(200, control("max-age=60"));
    CHECK(gateway.get("/b").status == 200);
    CHECK(gateway.get("/b", "Range: bytes=0-0,99999999999999999999-\r\n").status == 200);
    CHECK(gateway.get("/b", "Range: bytes=0-18446744073709551615\r\n").status == 206);
    CHECK(gateway.get("/b", "Range: bytes=18446744073709551615-\r\n").status == 416);
    CHECK(gateway.get("/b", "Range: bytes=\r\n").status == 200);
    CHECK(target.asked() == 4);
}

TEST_CASE("a thousand clients who want what is not there make one request") {
    ScriptedUpstream target({{read_request(), hold(), answer(200, "shared", "Cache-Control: max-age=60\r\n")}});
    const Gateway gateway({"--cache", "http", "--max-connections-per-client", "0", target.url()});
    std::vector<RawClient> clients;
    for (int i = 0; i < 1000; ++i) {
        clients.push_back(gateway.connect());
        must(clients.back().send(get_request("/a")));
    }
    must(target.wait_for("\r\n\r\n"));
    // all have been looked up once each worker has answered another request
    for (int i = 0; i < 8; ++i) CHECK(gateway.get("/b", "Cache-Control: only-if-cached\r\n").status == 504);
    target.release();
    std::size_t right = 0;
    for (RawClient& client : clients)
        if (must(client.read_response()).body == "shared") ++right;
    CHECK(right == clients.size());
    CHECK(target.connections() == 1);
}

TEST_CASE("many who are shown a stale answer make one request for a new one") {
    ScriptedUpstream target(
        {{read_request(), answer(200, "old", "Cache-Control: max-age=1, stale-while-revalidate=600\r\nAge: 5\r\n"),
          read_request(), hold(), answer(200, "new", "Cache-Control: max-age=60\r\n")}});
    const Gateway gateway({"--cache", "http", "--workers", "1", target.url()});
    CHECK(gateway.get("/a").body == "old");
    for (int i = 0; i < 100; ++i) CHECK(gateway.get("/a").body == "old");
    target.release();
    CHECK(eventually([&] { return gateway.get("/a").body == "new"; }));
    CHECK(target.connections() == 1);
    const std::string seen = target.seen(0);
    CHECK(seen.find("GET", seen.find("GET", 1) + 1) == seen.npos);
}

TEST_CASE("an order empties the memory, and what was on its way is not kept") {
    ScriptedUpstream target({{read_request(), answer(200, "one", "Cache-Control: max-age=60\r\n"), read_request(),
                              hold(), answer(200, "two", "Cache-Control: max-age=60\r\n"), read_request(),
                              answer(200, "three", "Cache-Control: max-age=60\r\n"), read_request(),
                              answer(200, "four", "Cache-Control: max-age=60\r\n")}});
    const Gateway gateway({"--cache", "http", "--workers", "1", target.url()});
    CHECK(gateway.get("/a").body == "one");
    CHECK(gateway.get("/a").body == "one");
    RawClient late = gateway.connect();
    must(late.send(get_request("/b")));
    must(target.wait_for("/b"));
    const RawResponse done = gateway.order("/cache/flush");
    CHECK(done.status == 200);
    CHECK(done.body == R"({"message":"emptied","keys":1})");
    target.release();
    CHECK(must(late.read_response()).body == "two");
    CHECK(gateway.get("/b").body == "three");
    CHECK(gateway.get("/a").body == "four");
    CHECK(gateway.get("/a").body == "four");
    const Gateway none({"/=mock:200:m"});
    CHECK(none.order("/cache/flush").status == 409);
}
