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

/// The system's clock, and how far a test has turned it.
struct TurnedClock final : Clock {
    [[nodiscard]] Instant now() const override { return system.now() + turned; }
    [[nodiscard]] Date date() const override { return system.date() + turned; }
    SystemClock system;
    Nanoseconds turned{0};
};

/// Answers more than any socket takes.
struct Generous final : Handler {
    void on_call(Call& call) override {
        auto writer = call.begin(200);
        REQUIRE(call.end_head(writer, all.size()));
        call.write(all);
        call.end();
        call.flush();
    }
    const std::string all = std::string(4U << 20, 'a');
};

/// A client of a Generous that reads as much as it is told to, and when it is told to.
struct Reader {
    explicit Reader(const ServerLimits& limits = {}) : loop(clock), server(loop, limits, handler, 1) {
        const auto [ours, mine] = socket_pair(65536);
        server.adopt(Stream(loop, ours, {}), nullptr);
        stream = Stream(loop, mine, {});
        const iovec request{const_cast<char*>(kRequest.data()), kRequest.size()};
        REQUIRE(stream.write(std::span(&request, 1)).kind == IoResult::Kind::done);
        settle(loop);
        REQUIRE(server.calls() == 1);
    }
    /// Five seconds in which it reads so much.
    void pass(std::size_t bytes) {
        std::vector<char> into(bytes);
        if (bytes > 0) static_cast<void>(stream.read(into));
        // the loop looks at its alarms when one rings by the system's clock
        rang = false;
        Timer timer(callback<&Reader::ring>(this));
        loop.arm_after(timer, std::chrono::milliseconds(1));
        clock.turned += std::chrono::seconds(5);
        REQUIRE(run_until(loop, [&] { return rang; }));
        settle(loop, 20);
    }
    void ring() { rang = true; }
    bool rang = false;

    TurnedClock clock;
    Loop loop;
    Generous handler;
    HttpServer server;
    Stream stream;
};

struct Bench {
    Bench() : Bench(system) {}
    explicit Bench(const Clock& clock, const ServerLimits& limits = {})
        : loop(clock), server(loop, limits, greeter, 1) {}

    SystemClock system;
    Loop loop;
    Greeter greeter;
    HttpServer server;

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

TEST_CASE("A request that reached an idle connection in the moment of its deadline is answered") {
    TurnedClock clock;
    ServerLimits limits;
    limits.keep_alive = std::chrono::milliseconds(20);
    Bench bench(clock, limits);
    const auto client = bench.connect();
    bench.ask(*client);
    // both deadlines have passed when the loop comes to them, and it does not look at sockets in between
    struct Late {
        Talker& client;
        void ask() { client.say(std::string(kRequest)); }
    } late{*client};
    Timer timer(callback<&Late::ask>(&late));
    client->got.clear();
    bench.loop.arm_after(timer, std::chrono::milliseconds(5));
    clock.turned += std::chrono::milliseconds(100);
    REQUIRE(run_until(bench.loop, [&] { return client->got.ends_with("\r\n\r\nhi") || client->over; }));
    CHECK(client->got.starts_with("HTTP/1.1 200 "));
    CHECK(bench.greeter.calls == 2);
    client->got.clear();
    CHECK(run_until(bench.loop, [&] { return client->over.has_value(); }));  // and nothing keeps it for ever
}

TEST_CASE("A client that reads slowly and steadily is served for as long as it takes") {
    // the socket says that there is room once three quarters are read, which takes a minute at this pace
    Reader reader;
    for (int i = 0; i < 60; ++i) {
        reader.pass(8192);
        REQUIRE(reader.server.calls() == 1);
    }
}

TEST_CASE("A client that takes nothing of an answer is cut off after thirty seconds") {
    Reader reader;
    for (int i = 0; i < 5; ++i) reader.pass(0);
    CHECK(reader.server.calls() == 1);
    reader.pass(0);
    reader.pass(0);
    CHECK(reader.server.connections() == 0);
}

TEST_CASE("A client that stops in the middle of an answer is cut off as if it had never begun") {
    Reader reader;
    for (int i = 0; i < 20; ++i) reader.pass(65536);
    CHECK(reader.server.calls() == 1);
    for (int i = 0; i < 5; ++i) reader.pass(0);
    CHECK(reader.server.calls() == 1);
    for (int i = 0; i < 3; ++i) reader.pass(0);
    CHECK(reader.server.connections() == 0);
}

TEST_CASE("A client that takes an answer more slowly than the least rate is cut off although it never stops") {
    ServerLimits limits;
    limits.min_rate = 50000;
    Reader reader(limits);
    reader.pass(40000);
    reader.pass(40000);
    CHECK(reader.server.connections() == 0);
}
