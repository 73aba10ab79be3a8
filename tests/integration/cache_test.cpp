// Answers from memory: whose they are, how long they are shown, and who asks the target when many want one.

#include <map>

#include "libgw/base/text.h"
#include "tests/integration/counting_target.h"
#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_upstream.h"

using namespace gw;
using namespace gw::test;
using namespace std::chrono_literals;

namespace {

std::string head_request(std::string_view target) {
    return "HEAD " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n\r\n";
}

}  // namespace

TEST_CASE("a fresh answer is asked for once") {
    Counter target(control("max-age=60"));
    const Gateway gateway({"--cache", "http", target.url()});
    const RawResponse first = gateway.get("/a?b=c");
    CHECK(first.body == "GET /a?b=c #1");
    CHECK(first.field("cache-status") == "gw; fwd=uri-miss; fwd-status=200; stored");
    CHECK(first.count("age") == 0);
    const RawResponse second = gateway.get("/a?b=c");
    CHECK(second.status == 200);
    CHECK(second.body == "GET /a?b=c #1");
    CHECK(second.field("age") == "0");
    CHECK(second.field("cache-status").starts_with("gw; hit; ttl="));
    CHECK(second.field("cache-control") == "max-age=60");
    CHECK(second.field("apigw-requestid") != first.field("apigw-requestid"));
    CHECK(second.field("date") == first.field("date"));
    CHECK(target.asked() == 1);
    const std::string log = gateway.wait_for_log(2);
    CHECK(log.find("\"cache\":\"miss\"") != log.npos);
    CHECK(log.find("\"cache\":\"hit\"") != log.npos);
    CHECK(gateway.metric("gw_cache_requests_total") == 2);
    CHECK(gateway.metric("gw_cache_stored_total") == 1);
    CHECK(gateway.metric("gw_cache_keys") == 1);
    CHECK(gateway.metric("gw_cache_bytes") > 100);
}

TEST_CASE("nothing crosses paths, queries, hosts and methods") {
    Counter target(control("max-age=60"));
    const Gateway gateway({"--cache", "http", target.url()});
    for (const char* path : {"/a", "/b", "/a?", "/a?x", "/a?x=1", "/A", "/a/", "/a%2Fb"}) {
        INFO(path);
        const int before = target.asked();
        CHECK(gateway.get(path).body == "GET " + std::string(path) + " #" + std::to_string(before + 1));
    }
    const int before = target.asked();
    CHECK(gateway.ask("GET /a HTTP/1.1\r\nHost: other\r\n\r\n").body.starts_with("GET /a #"));
    CHECK(target.asked() == before + 1);
    CHECK(gateway.ask("OPTIONS /a HTTP/1.1\r\nHost: h\r\n\r\n").body.starts_with("OPTIONS /a #"));
    CHECK(gateway.get("/%61").field("cache-status").starts_with("gw; fwd=bypass"));
}

TEST_CASE("nothing crosses callers") {
    Counter target(control("max-age=60, public"));
    for (const char* how : {"http", "60s"}) {
        const Gateway gateway(
            {"--cache", how, "--api-key", "one-key-of-length-20", "--api-key", "two-key-of-length-20", target.url()});
        const int before = target.asked();
        const RawResponse one = gateway.get("/a", "x-api-key: one-key-of-length-20\r\n");
        const RawResponse two = gateway.get("/a", "x-api-key: two-key-of-length-20\r\n");
        CHECK(one.status == 200);
        CHECK(two.status == 200);
        CHECK(one.body != two.body);
        CHECK(gateway.get("/a", "x-api-key: one-key-of-length-20\r\n").body == one.body);
        CHECK(gateway.get("/a", "x-api-key: two-key-of-length-20\r\n").body == two.body);
        CHECK(target.asked() == before + 2);
        // who may not is told so before anything is looked up
        CHECK(gateway.get("/a").status == 403);
        CHECK(gateway.get("/a", "x-api-key: three\r\n").status == 403);
    }
}

TEST_CASE("an unsafe request of one caller makes void what others have in memory") {
    Counter target(control("max-age=60"));
    const Gateway gateway(
        {"--cache", "http", "--api-key", "one-key-of-length-20", "--api-key", "two-key-of-length-20", target.url()});
    const std::string one = "x-api-key: one-key-of-length-20\r\n";
    const std::string two = "x-api-key: two-key-of-length-20\r\n";
    const std::string before = gateway.get("/a", two).body;
    CHECK(gateway.get("/a", two).body == before);
    CHECK(gateway.ask(post_request("/a", "x", one)).status == 200);
    CHECK(gateway.get("/a", two).body != before);
}

TEST_CASE("a crowd that wants what is not there makes one request") {
    ScriptedUpstream target({{read_request(), hold(), answer(200, "shared", "Cache-Control: max-age=60\r\n")}});
    const Gateway gateway({"--cache", "http", "--max-connections-per-client", "0", target.url()});
    std::vector<RawClient> clients;
    for (int i = 0; i < 200; ++i) {
        clients.push_back(gateway.connect());
        must(clients.back().send(get_request("/a")));
    }
    must(target.wait_for("\r\n\r\n"));
    // all of them have been looked up once another request has been answered by each worker
    for (int i = 0; i < 8; ++i) CHECK(gateway.get("/b", "Cache-Control: only-if-cached\r\n").status == 504);
    target.release();
    std::size_t collapsed = 0;
    for (RawClient& client : clients) {
        const RawResponse response = must(client.read_response());
        CHECK(response.body == "shared");
        if (response.field("cache-status").find("collapsed") != std::string_view::npos) ++collapsed;
    }
    CHECK(target.connections() == 1);
    CHECK(collapsed > 0);
}

TEST_CASE("those who waited for an answer that is nobody else's ask for their own") {
    Counter target(control("private, max-age=60"));
    const Gateway gateway({"--cache", "http", "--max-connections-per-client", "0", target.url()});
    std::vector<RawClient> clients;
    for (int i = 0; i < 50; ++i) {
        clients.push_back(gateway.connect());
        must(clients.back().send(get_request("/a")));
    }
    std::map<std::string, int> bodies;
    for (RawClient& client : clients) ++bodies[must(client.read_response()).body];
    CHECK(bodies.size() == 50);
    CHECK(target.asked() == 50);
}

TEST_CASE("whoever waits goes on when the one who asked goes away") {
    ScriptedUpstream target({{read_request(), hold()}, {read_request(), answer(200, "second")}});
    const Gateway gateway({"--cache", "http", target.url()});
    RawClient first = gateway.connect();
    must(first.send(get_request("/a")));
    must(target.wait_for("\r\n\r\n"));
    RawClient second = gateway.connect();
    must(second.send(get_request("/a")));
    first.reset();
    CHECK(must(second.read_response()).body == "second");
    CHECK(target.connections() == 2);
}

TEST_CASE("a stale answer is validated, and shown again when it still holds") {
    Counter target({{"Cache-Control", "max-age=1"}, {"Age", "5"}, {"ETag", "\"v1\""}, {"X-A", "1"}});
    const Gateway gateway({"--cache", "http", target.url()});
    const std::string body = gateway.get("/a").body;
    target.validates("\"v1\"");
    target.answer(200, {{"Cache-Control", "max-age=60"}, {"ETag", "\"v1\""}, {"X-A", "2"}});
    const RawResponse second = gateway.get("/a");
    CHECK(second.status == 200);
    CHECK(second.body == body);
    CHECK(second.field("x-a") == "2");
    CHECK(second.field("cache-status").starts_with("gw; fwd=stale; fwd-status=304"));
    CHECK(gateway.get("/a").field("cache-status").starts_with("gw; hit"));
    CHECK(target.asked() == 2);
    CHECK(find_peer_field(target.requests().back().fields, "if-none-match") == "\"v1\"");
    // of one client's request, conditions and range are answered from what the target vouched for
    target.answer(200, {{"Cache-Control", "max-age=0"}, {"ETag", "\"v1\""}});
    CHECK(gateway.get("/a", "Cache-Control: no-cache\r\nIf-None-Match: \"v1\"\r\n").status == 304);
    CHECK(gateway.get("/a", "Range: bytes=0-2\r\n").body == "GET");
}

TEST_CASE("a 304 with another Vary is shown and no longer kept") {
    const PeerFields stale = {{"Cache-Control", "max-age=1"}, {"Age", "5"}, {"ETag", "\"v1\""}};
    for (const char* vary : {"*", "Cookie"}) {
        INFO(vary);
        Counter target(stale);
        const Gateway gateway({"--cache", "http", target.url()});
        const std::string body = gateway.get("/a").body;
        target.validates("\"v1\"");
        target.answer(200, control("max-age=60", {{"Vary", vary}, {"ETag", "\"v1\""}}));
        CHECK(gateway.get("/a").body == body);
        target.validates("");
        CHECK(gateway.get("/a").body == "GET /a #3");
    }
}

TEST_CASE("a client's conditions, ranges and HEAD are answered from memory") {
    Counter target({{"Cache-Control", "max-age=60"}, {"ETag", "\"v1\""}, {"Content-Type", "text/plain"}});
    const Gateway gateway({"--cache", "http", target.url()});
    const std::string body = gateway.get("/a").body;
    const RawResponse same = gateway.get("/a", "If-None-Match: \"v0\", W/\"v1\"\r\n");
    CHECK(same.status == 304);
    CHECK(same.body.empty());
    CHECK(same.field("etag") == "\"v1\"");
    CHECK(same.count("content-type") == 0);
    CHECK(same.count("age") == 1);
    const RawResponse part = gateway.get("/a", "Range: bytes=4-\r\n");
    CHECK(part.status == 206);
    CHECK(part.body == body.substr(4));
    CHECK(part.field("content-range") ==
          "bytes 4-" + std::to_string(body.size() - 1) + "/" + std::to_string(body.size()));
    CHECK(part.field("content-length") == std::to_string(body.size() - 4));
    const RawResponse beyond = gateway.get("/a", "Range: bytes=99-\r\n");
    CHECK(beyond.status == 416);
    CHECK(beyond.field("content-range") == "bytes */" + std::to_string(body.size()));
    CHECK(gateway.get("/a", "Range: bytes=0-1,3-4\r\n").status == 200);
    CHECK(gateway.get("/a", "Range: bytes=0-1\r\nIf-Range: \"v0\"\r\n").body == body);
    RawClient client = gateway.connect();
    must(client.send(head_request("/a") + get_request("/a")));
    const RawResponse head = must(client.read_response(true));
    CHECK(head.status == 200);
    CHECK(head.field("content-length") == std::to_string(body.size()));
    CHECK(must(client.read_response()).body == body);
    CHECK(target.asked() == 1);
}

TEST_CASE("success of an unsafe method makes void what is kept, and what Location names") {
    Counter target(control("max-age=60", {{"Location", "/b"}}));
    const Gateway gateway({"--cache", "http", target.url()});
    for (const char* method : {"POST", "PUT", "DELETE", "PATCH"}) {
        INFO(method);
        const std::string a = gateway.get("/a").body;
        const std::string b = gateway.get("/b").body;
        const std::string c = gateway.get("/c").body;
        CHECK(gateway.get("/a").body == a);
        const std::string request = std::string(method) + " /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx";
        target.answer(500, control("max-age=60"));
        CHECK(gateway.ask(request).status == 500);
        CHECK(gateway.get("/a").body == a);
        target.answer(200, control("max-age=60", {{"Location", "/b"}}));
        CHECK(gateway.ask(request).status == 200);
        CHECK(gateway.get("/a").body != a);
        CHECK(gateway.get("/b").body != b);
        CHECK(gateway.get("/c").body == c);
    }
}

TEST_CASE("a stale answer is shown once more while the target is asked") {
    Counter target({{"Cache-Control", "max-age=1, stale-while-revalidate=60"}, {"Age", "5"}});
    const Gateway gateway({"--cache", "http", target.url()});
    const std::string first = gateway.get("/a").body;
    target.answer(200, control("max-age=60"));
    const RawResponse stale = gateway.get("/a");
    CHECK(stale.body == first);
    CHECK(stale.field("cache-status").starts_with("gw; hit; ttl=-"));
    std::string next;
    CHECK(eventually([&] { return (next = gateway.get("/a").body) != first; }));
    CHECK(next == "GET /a #2");
    CHECK(target.asked() == 2);
}

TEST_CASE("a target in trouble is stood in for, unless that is forbidden") {
    Counter target({{"Cache-Control", "max-age=1, stale-if-error=60"}, {"Age", "5"}});
    const Gateway gateway({"--cache", "http", target.url()});
    const std::string first = gateway.get("/a").body;
    target.answer(503, {});
    const RawResponse stale = gateway.get("/a");
    CHECK(stale.status == 200);
    CHECK(stale.body == first);
    target.answer(200, {{"Cache-Control", "max-age=1, must-revalidate"}, {"Age", "5"}});
    CHECK(gateway.get("/b").status == 200);
    target.answer(503, {});
    CHECK(gateway.get("/b").status == 503);
}

TEST_CASE("a target that is gone is stood in for") {
    auto target = std::make_unique<Counter>(PeerFields{{"Cache-Control", "max-age=1"}, {"Age", "5"}});
    const Gateway gateway({"--cache", "http", target->url()});
    const std::string first = gateway.get("/a").body;
    target.reset();
    CHECK(gateway.get("/a").body == first);
    CHECK(gateway.get("/a", "Cache-Control: no-cache\r\n").status == 503);
    CHECK(gateway.get("/b").status == 503);
}

TEST_CASE("a client that takes only what is stored gets 504 when nothing is") {
    Counter target(control("max-age=60"));
    const Gateway gateway({"--cache", "http", target.url()});
    CHECK(gateway.get("/a", "Cache-Control: only-if-cached\r\n").status == 504);
    CHECK(target.asked() == 0);
    (void)gateway.get("/a");
    CHECK(gateway.get("/a", "Cache-Control: only-if-cached\r\n").status == 200);
}

TEST_CASE("a TTL keeps what succeeded, whatever lifetime the target gives it") {
    Counter target(control("max-age=0"));
    const Gateway gateway({"--cache", "60s", target.url()});
    const std::string first = gateway.get("/a").body;
    CHECK(gateway.get("/a").body == first);
    CHECK(gateway.get("/a").count("age") == 0);
    CHECK(gateway.get("/a?x").body != first);
    CHECK(gateway.get("/a", "Cookie: a=b\r\n").body != first);
    CHECK(gateway.get("/a", "Authorization: x\r\n").body != first);
    CHECK(gateway.get("/a").body == first);
    for (const PeerFields& fields :
         {control("no-store"), control("private"), PeerFields{{"Set-Cookie", "a=b"}}, PeerFields{{"Vary", "*"}}}) {
        target.answer(200, fields);
        CHECK(gateway.get("/x").body != gateway.get("/x").body);
    }
    target.answer(404, {});
    CHECK(gateway.get("/y").body != gateway.get("/y").body);
}

TEST_CASE("the key of a TTL is what the route names") {
    Counter target(PeerFields{});
    const Gateway gateway({"--cache", "60s", "--cache-key", "path,query:type,header:x-lang", target.url()});
    const std::string first = gateway.get("/a?type=1&b=1", "X-Lang: en\r\n").body;
    CHECK(gateway.get("/a?b=2&type=1", "X-Lang: en\r\n").body == first);
    CHECK(gateway.get("/a?type=2", "X-Lang: en\r\n").body != first);
    CHECK(gateway.get("/a?type=1", "X-Lang: de\r\n").body != first);
    CHECK(gateway.get("/a?type=1").body != first);
}

TEST_CASE("a new answer is for those who may ask for it") {
    Counter target(PeerFields{});
    const std::string common =
        "version: 1\nlisteners: [127.0.0.1:0]\ncache: 60s\napis:\n- routes:\n  - routeKey: $default\n    "
        "integration: " +
        target.url() + "\n";
    constexpr const char* kNew = "Cache-Control: max-age=0\r\n";
    Start start;
    start.port_option = false;
    start.config = common;
    {
        const Gateway gateway({}, start);
        const std::string first = gateway.get("/a").body;
        const RawResponse ignored = gateway.get("/a", kNew);
        CHECK(ignored.body == first);
        CHECK(ignored.field("warning").starts_with("199 "));
    }
    start.config = common + "    unauthorizedCacheControlHeaderStrategy: FAIL_WITH_403\n";
    {
        const Gateway gateway({}, start);
        (void)gateway.get("/a");
        CHECK(gateway.get("/a", kNew).status == 403);
    }
    start.config = common + "    unauthorizedCacheControlHeaderStrategy: SUCCEED_WITHOUT_RESPONSE_HEADER\n";
    {
        const Gateway gateway({}, start);
        const std::string first = gateway.get("/a").body;
        const RawResponse ignored = gateway.get("/a", kNew);
        CHECK(ignored.body == first);
        CHECK(ignored.count("warning") == 0);
    }
    start.config = common + "    requireAuthorizationForCacheControl: false\n";
    {
        const Gateway gateway({}, start);
        const std::string first = gateway.get("/a").body;
        std::string second;
        // one that is less than a second old is new enough
        CHECK(eventually([&] { return (second = gateway.get("/a", kNew).body) != first; }));
        CHECK(gateway.get("/a").body == second);
        const int before = target.asked();
        for (int i = 0; i < 30; ++i) CHECK(gateway.get("/a", kNew).status == 200);
        CHECK(target.asked() < before + 30);
    }
}

TEST_CASE("answers outlive a reload, unless their route asks another target") {
    Counter one(control("max-age=60"));
    Counter two(control("max-age=60"));
    const auto config = [](const std::string& url, const char* more = "") {
        return "version: 1\nlisteners: [127.0.0.1:0]\ncache: http\napis:\n- routes:\n  - routeKey: $default\n    "
               "integration: " +
               url + "\n" + more;
    };
    Start start;
    start.port_option = false;
    start.config = config(one.url());
    const Gateway gateway({}, start);
    (void)gateway.get("/a");
    gateway.write_config(config(one.url(), "    timeout: 5s\n"));
    CHECK(gateway.order("/reload").status == 200);
    CHECK(gateway.get("/a").field("cache-status").starts_with("gw; hit"));
    gateway.write_config(config(two.url()));
    CHECK(gateway.order("/reload").status == 200);
    CHECK(eventually([&] {
        static_cast<void>(gateway.get("/a"));
        return two.asked() > 0;
    }));
    CHECK(one.asked() == 1);
}

TEST_CASE("an answer streams while it is kept, chunks and all, and is not kept when it breaks off") {
    ScriptedUpstream target(
        {{read_request(),
          send_bytes(
              "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n"),
          hold(), send_bytes("6\r\nsecond\r\n0\r\n\r\n"), read_request(),
          send_bytes("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 10\r\n\r\nshort"),
          close_connection()},
         {read_request(), answer(200, "whole", "Cache-Control: max-age=60\r\n")}});
    const Gateway gateway({"--cache", "http", "--workers", "1", target.url()});
    RawClient client = gateway.connect();
    must(client.send(get_request("/a")));
    must(client.read_until("first"));
    target.release();
    must(client.read_until("second"));
    CHECK(eventually([&] { return gateway.metric("gw_cache_keys") == 1; }));
    const RawResponse kept = gateway.get("/a");
    CHECK(kept.body == "firstsecond");
    CHECK(kept.field("content-length") == "11");
    CHECK(kept.count("transfer-encoding") == 0);
    RawClient broken = gateway.connect();
    must(broken.send(get_request("/b")));
    must(broken.read_until("short"));
    CHECK_FALSE(broken.read_exactly(5));
    CHECK(gateway.get("/b").body == "whole");
}

TEST_CASE("a large answer comes from memory as fast as its reader takes it, and one too large is not kept") {
    std::string body(1000000, 'x');
    for (std::size_t i = 0; i < body.size(); i += 1000) body[i] = static_cast<char>('a' + i / 1000 % 26);
    const PeerServer target([&](const PeerRequest& request) {
        PeerResponse response;
        response.fields = {{"Cache-Control", "max-age=60"}};
        response.body = request.target == "/large" ? body + body : body;
        return response;
    });
    const Gateway gateway({"--cache", "http", target.url()});
    CHECK(gateway.get("/a").body == body);
    RawClient slow = gateway.connect();
    must(slow.send(get_request("/a") + get_request("/a")));
    const std::string head = must(slow.read_until("\r\n\r\n"));
    std::string got;
    while (got.size() < body.size())
        got += must(slow.read_exactly(std::min<std::size_t>(9999, body.size() - got.size())));
    CHECK(got == body);
    CHECK(must(slow.read_response()).body == body);
    CHECK(target.requests().size() == 1);
    CHECK(gateway.get("/large").body == body + body);
    CHECK(gateway.get("/large").field("cache-status").find("hit") == std::string_view::npos);
    CHECK(target.requests().size() == 3);
}
