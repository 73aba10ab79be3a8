#include "libgw/io/net/http_server.h"

#include "tests/support/catch.h"
#include "tests/support/loop.h"

using namespace gw;
using namespace gw::net;
using gw::test::run_until;
using gw::test::settle;
using gw::test::socket_pair;
using gw::test::Talker;

namespace {

constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

/// Answers everything at once.
struct Greeter final : Handler {
    using Handler::on_refused;
    void on_call(Call& call) override {
        ++calls;
        auto writer = call.begin(200);
        REQUIRE(call.end_head(writer, 2));
        call.write("hi");
        call.end();
        call.flush();
    }
    int calls = 0;
};

struct Bench {
    Loop loop;
    Greeter greeter;
    HttpServer server{loop, ServerLimits{}, greeter, 1};

    std::unique_ptr<Talker> connect() {
        const auto [ours, theirs] = socket_pair();
        server.adopt(Stream(loop, ours, {}), nullptr);
        auto client = std::make_unique<Talker>(loop, theirs);
        client->listen();
        return client;
    }
    void ask(Talker& client) {
        client.got.clear();
        client.say(std::string(kRequest));
        REQUIRE(run_until(loop, [&] { return client.got.ends_with("\r\n\r\nhi") || client.over; }));
    }
};

}  // namespace

TEST_CASE("While it drains, a connection that has been served closes, and one that has not is still served once") {
    Bench bench;
    const auto served = bench.connect();
    const auto silent = bench.connect();
    bench.ask(*served);
    CHECK(served->got.find("connection:") == std::string::npos);
    bench.server.drain(Nanoseconds(0));
    REQUIRE(run_until(bench.loop, [&] { return served->over.has_value(); }));
    settle(bench.loop);
    CHECK_FALSE(silent->over);
    bench.ask(*silent);
    CHECK(silent->got.starts_with("HTTP/1.1 200 "));
    CHECK(silent->got.find("connection: close\r\n") != std::string::npos);
    CHECK(run_until(bench.loop, [&] { return silent->over.has_value(); }));
    CHECK(bench.greeter.calls == 2);
}

TEST_CASE("While it drains, a connection that stays silent is closed all the same") {
    Bench bench;
    const auto silent = bench.connect();
    bench.server.drain(Nanoseconds(0));
    const auto late = bench.connect();  // was in the queue of the listener
    CHECK(run_until(bench.loop, [&] { return silent->over && late->over; }));
    CHECK(bench.server.connections() == 0);
    CHECK(bench.greeter.calls == 0);
}

TEST_CASE("A request that reached an idle connection as it was about to close is answered") {
    for (int round = 0; round < 200; ++round) {
        Bench bench;
        const auto client = bench.connect();
        bench.ask(*client);
        client->got.clear();
        client->say(std::string(kRequest));
        bench.server.drain(Nanoseconds(0));
        REQUIRE(run_until(bench.loop, [&] { return client->over.has_value(); }));
        REQUIRE(client->got.find("connection: close\r\n") != std::string::npos);
        REQUIRE(client->got.ends_with("\r\n\r\nhi"));
    }
}
