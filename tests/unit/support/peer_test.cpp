#include "tests/support/peer.h"

#include "tests/support/catch.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"

using namespace gw;
using namespace gw::test;

TEST_CASE("the peer client and the peer server understand each other, in every method") {
    PeerServer server([](const PeerRequest& request) {
        return PeerResponse{201, {{"X-Method", request.method}}, request.target + "|" + request.body};
    });
    PeerClient client(server.url());
    for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
        INFO(method);
        const bool has_body = std::string_view(method) == "POST" || std::string_view(method) == "PUT";
        const auto response = client.fetch({method, "/a%20b?c=d%2F", {{"X-A", "1"}}, has_body ? "body" : ""});
        REQUIRE(response);
        REQUIRE(response->status == 201);
        REQUIRE(find_peer_field(response->fields, "x-method") == method);
        REQUIRE(response->body == std::string("/a%20b?c=d%2F|") + (has_body ? "body" : ""));
    }
    const auto requests = server.requests();
    REQUIRE(requests.size() == 6);
    REQUIRE(requests[1].method == "POST");
    REQUIRE(find_peer_field(requests[1].fields, "x-a") == "1");
    REQUIRE(find_peer_field(requests[1].fields, "remote_addr").empty());
}

TEST_CASE("the peer client sends targets and repeated fields as they are, on one connection") {
    ScriptedUpstream upstream(
        {{read_request(), answer(200, "a"), read_request(), answer(404, "b", "Set-Cookie: 1\r\nSet-Cookie: 2\r\n")}});
    PeerClient client(upstream.url());
    REQUIRE(client.get("/x%2Fy?q=%41+b")->body == "a");
    const auto second = client.fetch({"GET", "/2", {{"X-A", "1"}, {"X-A", "2"}}, {}});
    REQUIRE(second);
    REQUIRE(second->status == 404);
    REQUIRE(second->fields.size() == 3);
    REQUIRE(upstream.connections() == 1);
    REQUIRE(upstream.seen().starts_with("GET /x%2Fy?q=%41+b HTTP/1.1\r\n"));
    REQUIRE(upstream.seen().find("X-A: 1\r\nX-A: 2\r\n") != std::string::npos);
}

TEST_CASE("the peer server answers a client that is not its own") {
    PeerServer server([](const PeerRequest&) { return PeerResponse{200, {}, "ok"}; });
    const auto response = raw_exchange(server.port(), "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    REQUIRE(response);
    REQUIRE(response->body == "ok");
}

TEST_CASE("nobody at a port is told by the peer client") {
    std::uint16_t port = 0;
    {
        const auto listener = listen_on_loopback();
        REQUIRE(listener);
        port = listener->port;
    }
    REQUIRE(PeerClient("http://127.0.0.1:" + std::to_string(port)).get("/").error().code == Errc::connect);
}
