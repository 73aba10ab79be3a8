// Answers given before the request's body was read: what follows is never taken for a request unless the body was
// consumed.

#include "tests/integration/issuer.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_upstream.h"

using namespace gw;
using namespace gw::test;
using namespace std::chrono_literals;

namespace {

const std::string kPoison = "GET /poison HTTP/1.1\r\nHost: h\r\n\r\n";

/// A body that looks like a request from its first byte on.
std::string poison(std::size_t size) {
    std::string body;
    while (body.size() < size) body += kPoison;
    body.resize(size);
    return body;
}

std::string chunk(const std::string& data) {
    char size[20];
    const int length = std::snprintf(size, sizeof size, "%zx\r\n", data.size());
    return std::string(size, static_cast<std::size_t>(length)) + data + "\r\n0\r\n\r\n";
}

struct Outcome {
    const char* name;
    const char* target;
    int status;
};

const Outcome kOutcomes[] = {{"no route", "/nothing", 404},
                             {"mock", "/mock", 200},
                             {"too large", "/small", 413},
                             {"injected failure", "/fail", 503},
                             {"nobody listens", "/dead", 503}};

struct Body {
    const char* name;
    std::string lines;
    std::string bytes;
    bool may_keep;  // short enough, and of known length: the connection may live on
};

std::vector<Body> bodies() {
    const std::string small = poison(300);
    const std::string large = poison(200'000);
    return {{"short", "Content-Length: 300\r\n", small, true},
            {"long", "Content-Length: 200000\r\n", large, false},
            {"chunked", "Transfer-Encoding: chunked\r\n", chunk(small), false},
            {"expected", "Content-Length: 300\r\nExpect: 100-continue\r\n", small, false},
            {"expected, chunked", "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n", chunk(small), false}};
}

std::vector<std::string> routes(const ScriptedUpstream& upstream, const std::string& dead) {
    return {"/mock=mock:200:mocked",
            "/small=" + upstream.url() + ";max-body=100B",
            "/fail=" + upstream.url() + ";fail=100%=503",
            "/dead=" + dead,
            "/poison=" + upstream.url(),
            "/after=mock:200:after"};
}

std::string closed_port() {
    const Listener listener = *listen_on_loopback();
    return "http://127.0.0.1:" + std::to_string(listener.port);
}

/// Sends the request with every kind of body, and another request behind it: that one is answered, or the connection
/// has ended. `goes_up`: the body goes to a target, to its last byte, so that any connection may live on.
void check_outcome(const Gateway& gateway, const std::string& name, const std::string& head, int status,
                   const std::string& after, bool goes_up = false) {
    for (const Body& body : bodies()) {
        INFO(name << ", body " << body.name);
        RawClient client = gateway.connect();
        (void)client.send(head + body.lines + "\r\n");
        (void)client.send(body.bytes + "GET /after HTTP/1.1\r\nHost: h\r\n\r\n");
        auto first = client.read_response();
        while (first && first->status == 100) first = client.read_response();
        if (!first) {
            FAIL_CHECK("no answer: " << to_string(first.error()));
            continue;
        }
        CHECK(first->status == status);
        if (first->field("connection") == "close") {
            CHECK(client.is_closed_by_peer());
        } else {
            CHECK((body.may_keep || goes_up));
            const auto second = client.read_response();
            CHECK(second);
            if (second && !after.empty()) CHECK(second->body == after);
        }
    }
}

void check_untouched(const ScriptedUpstream& upstream) {
    for (std::size_t i = 0; i < upstream.connections(); ++i) {
        CHECK(upstream.seen(i).find("\r\n0\r\n\r\n") == std::string::npos);
        CHECK(upstream.seen(i).find("GET /after") == std::string::npos);
        CHECK(upstream.seen(i).find("GET /poison") == std::string::npos);
    }
}

}  // namespace

TEST_CASE("a body left unread by an early answer is never a request") {
    ScriptedUpstream upstream({{read_request(), answer(200, "poisoned")}});
    const Gateway gateway(routes(upstream, closed_port()));
    for (const Outcome& outcome : kOutcomes)
        check_outcome(gateway, outcome.name, "POST " + std::string(outcome.target) + " HTTP/1.1\r\nHost: h\r\n",
                      outcome.status, "after");
    // a chunked body shows its size only as it comes: a connection may be there, a whole request not
    check_untouched(upstream);
    CHECK(upstream.connections() <= 2);
}

TEST_CASE("a body that came with a request which a stage answered is never a request") {
    const TemporaryDirectory directory;
    const std::string keys = directory.write("keys.json", key_set());
    const std::string signers = directory.write("signers.json", R"({"AKIDA": {"secret": "s", "principal":
        "arn:aws:iam::123456789012:user/a"}})");
    struct Stage {
        const char* name;
        std::vector<std::string> options;
        std::string request;
        int status;
    };
    const std::string post = "POST / HTTP/1.1\r\nHost: h\r\n";
    const std::vector<Stage> stages = {
        {"no token", {"--jwt", "https://issuer.example", "--jwt-jwks", "@" + keys}, post, 401},
        {"no key", {"--api-key", "known-key-0123456789abcdef"}, post, 403},
        {"no signature", {"--iam", "--iam-keys", signers}, post, 403},
        {"too many requests", {"--rate", "0/s", "--burst", "0"}, post, 429},
        {"preflight",
         {"--cors", "https://app.example"},
         "OPTIONS / HTTP/1.1\r\nHost: h\r\nOrigin: https://app.example\r\nAccess-Control-Request-Method: PUT\r\n",
         204}};
    for (const Stage& stage : stages) {
        ScriptedUpstream upstream({{read_request(), answer(200, "poisoned")}});
        std::vector<std::string> arguments = {"ANY /=" + upstream.url(), "ANY /poison=" + upstream.url(),
                                              "GET /after=mock:200:after;auth=none"};
        arguments.insert(arguments.end(), stage.options.begin(), stage.options.end());
        const Gateway gateway(arguments);
        check_outcome(gateway, stage.name, stage.request, stage.status,
                      std::string_view(stage.name) == "too many requests" ? std::string() : "after");
        CHECK(upstream.connections() == 0);
    }
}

TEST_CASE("a body in front of which the target answered, or the memory could have, is never a request") {
    // the second connection redirects as soon as it has a head, the others answer what is kept
    ScriptedUpstream upstream(
        {{read_request(), answer(200, "kept", "Cache-Control: max-age=600\r\nConnection: close\r\n")},
         {read_head(), answer(302, "moved", "Location: /after\r\nConnection: close\r\n"), hold()}});
    const Gateway gateway({"/kept=" + upstream.url(), "/moved=" + upstream.url(), "/after=mock:200:after", "--cache",
                           "http", "--workers", "1"});
    CHECK(gateway.get("/kept").body == "kept");
    CHECK(gateway.get("/kept").body == "kept");
    CHECK(upstream.connections() == 1);
    // what has a body goes past the memory; the target answers its head at once
    for (const char* method : {"GET", "POST"})
        check_outcome(gateway, method, std::string(method) + " /moved HTTP/1.1\r\nHost: h\r\n", 302, "after", true);
    for (std::size_t i = 0; i < upstream.connections(); ++i)
        CHECK(upstream.seen(i).find("GET /after") == std::string::npos);
    // a declared length of nothing is no body: the answer comes from memory, and the next request is its own
    RawClient client = gateway.connect();
    must(client.send("GET /kept HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n" + get_request("/after")));
    CHECK(must(client.read_response()).body == "kept");
    CHECK(must(client.read_response()).body == "after");
}

TEST_CASE("a method that nobody serves takes its body with it") {
    ScriptedUpstream upstream({{read_request(), answer(200, "poisoned")}});
    const Gateway gateway(routes(upstream, closed_port()));
    for (const char* method : {"TRACE", "CONNECT"})
        check_outcome(gateway, method,
                      std::string(method) + (method[0] == 'C' ? " h:80" : " /poison") + " HTTP/1.1\r\nHost: h\r\n", 405,
                      "after");
    CHECK(upstream.connections() == 0);
}

TEST_CASE("a short unread body does not cost the connection") {
    ScriptedUpstream upstream({{read_request(), answer(200, "x")}});
    const Gateway gateway(routes(upstream, closed_port()));
    RawClient client = gateway.connect();
    for (int i = 0; i < 3; ++i) {
        must(client.send(post_request("/nothing", poison(65536))));
        const RawResponse refused = must(client.read_response());
        CHECK(refused.status == 404);
        CHECK(refused.count("connection") == 0);
    }
    must(client.send(post_request("/nothing", poison(65537))));
    CHECK(must(client.read_response()).field("connection") == "close");
}

TEST_CASE("100 Continue is sent once the target's connection is ready, and not before") {
    SECTION("a target that nobody serves: the final answer, no 100") {
        const Gateway gateway({closed_port()});
        RawClient client = gateway.connect();
        must(client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"));
        const RawResponse answer = must(client.read_response());
        CHECK(answer.status == 503);
        CHECK(answer.field("connection") == "close");
        CHECK(client.is_closed_by_peer());
    }
    SECTION("a target that takes it") {
        ScriptedUpstream upstream({{read_request(), answer(200, "done")}});
        const Gateway gateway({upstream.url()});
        RawClient client = gateway.connect();
        must(client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"));
        CHECK(must(client.read_until("\r\n\r\n")) == "HTTP/1.1 100 Continue\r\n\r\n");
        CHECK(upstream.wait_for_connections(1));
        must(client.send("hello"));
        CHECK(must(client.read_response()).body == "done");
        CHECK(upstream.seen().ends_with("\r\n\r\nhello"));
        CHECK(upstream.seen().find("xpect") == std::string::npos);
        must(client.send(get_request("/again")));
        CHECK(must(client.read_response()).status == 200);
    }
    SECTION("a client that does not wait gets no 100") {
        ScriptedUpstream upstream({{read_request(), answer(200, "done")}});
        const Gateway gateway({upstream.url()});
        CHECK(gateway.ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello")
                  .status == 200);
    }
    SECTION("a target that answers without waiting for the body ends the connection") {
        ScriptedUpstream upstream({{read_head(), answer(403, "no"), hold()}});
        const Gateway gateway({upstream.url()});
        RawClient client = gateway.connect();
        must(client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\nExpect: 100-continue\r\n\r\n"));
        CHECK(must(client.read_until("\r\n\r\n")) == "HTTP/1.1 100 Continue\r\n\r\n");
        const RawResponse answer = must(client.read_response());
        CHECK(answer.status == 403);
        CHECK(answer.body == "no");
        CHECK(answer.field("connection") == "close");
    }
}

TEST_CASE("a chunked body that grows past the limit is refused with 413, and the target never has it whole") {
    ScriptedUpstream upstream({{read_request(), answer(200, "whole")}});
    const Gateway gateway({upstream.url(), "--max-body", "1000B"});
    RawClient client = gateway.connect();
    must(client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n" +
                     std::string(1000, 'a') + "\r\n"));
    CHECK(upstream.wait_for("aaa"));
    (void)client.send("1\r\nb\r\n0\r\n\r\n");
    const RawResponse answer = must(client.read_response());
    CHECK(answer.status == 413);
    CHECK(answer.body == R"({"message":"Request Entity Too Large"})");
    CHECK(client.is_closed_by_peer());
    CHECK(upstream.wait_for_end());
    CHECK(upstream.seen().find("\r\n0\r\n\r\n") == std::string::npos);

    CHECK(gateway
              .ask("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n" + std::string(1000, 'a') +
                   "\r\n0\r\n\r\n")
              .status == 200);
}
