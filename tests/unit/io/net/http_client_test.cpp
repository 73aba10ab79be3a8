#include "libgw/io/net/http_client.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <unistd.h>

#include "libgw/base/random.h"
#include "libgw/io/net/listener.h"
#include "tests/support/catch.h"
#include "tests/support/loop.h"
#include "tests/support/temporary.h"

using namespace gw;
using namespace gw::net;
using gw::test::run_until;
using gw::test::settle;

namespace {

/// A target on the same loop, behind a unix socket: GET /TOKEN is answered with TOKEN.
struct Origin {
    struct Peer {
        Origin& origin;
        Stream stream;
        std::string got;
        void listen() { stream.await_readable(callback<&Peer::on_readable>(this)); }
        void on_readable() {
            char buffer[4096];
            const IoResult result = stream.read(buffer);
            if (result.kind == IoResult::Kind::end || result.kind == IoResult::Kind::error) {
                stream.close();
                return;
            }
            if (result.kind == IoResult::Kind::done) got.append(buffer, result.size);
            for (std::size_t end = got.find("\r\n\r\n"); end != std::string::npos; end = got.find("\r\n\r\n")) {
                const std::string token = got.substr(5, got.find(' ', 5) - 5);
                got.erase(0, end + 4);
                origin.last = this;
                if (origin.silent) continue;
                say(answer_of(token) + origin.behind);
                if (!origin.apart.empty()) say(origin.apart);
            }
            listen();
        }
        void say(const std::string& bytes) {
            const iovec part{const_cast<char*>(bytes.data()), bytes.size()};
            REQUIRE(stream.write({&part, 1}).size == bytes.size());
        }
    };
    static std::string answer_of(const std::string& token) {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(token.size()) + "\r\n\r\n" + token;
    }

    explicit Origin(Loop& loop)
        : listener(loop, *listen_on(*Address::unix_path(directory.file("s"))), [this](Stream stream) {
              ++accepted;
              peers.push_back(std::make_unique<Peer>(Peer{*this, std::move(stream), {}}));
              peers.back()->listen();
              if (peers.size() > 64) peers.erase(peers.begin());
          }) {}
    std::shared_ptr<const Endpoint> endpoint() const {
        auto made = std::make_shared<Endpoint>();
        made->key = "http+unix:" + directory.file("s");
        made->host = "localhost";
        made->unix_path = directory.file("s");
        return made;
    }

    test::TemporaryDirectory directory;
    std::vector<std::unique_ptr<Peer>> peers;
    Listener listener;
    Peer* last = nullptr;  // that was asked
    std::string behind;    // sent with every answer
    std::string apart;     // sent behind it
    bool silent = false;
    int accepted = 0;
};

/// Somebody who asks, and keeps what came.
struct Asker final : FetchEvents {
    explicit Asker(HttpClient& client_in) : client(client_in), fetch(*this) {}

    void ask(const std::shared_ptr<const Endpoint>& to, const std::string& what, bool fresh = false) {
        token = what;
        body.clear();
        failure.reset();
        over = ready = false;
        fetch.start(client, to, http::Method::get, fresh);
    }
    void write() {
        http::HeadWriter writer(fetch.head());
        writer.request_line("GET", "/" + token);
        writer.field("host", "localhost");
        REQUIRE(writer.end());
        fetch.end();
        fetch.flush();
    }
    void on_ready() override {
        ready = true;
        reused = fetch.reused();
        if (!held) write();
    }
    void on_answer_head(http::ResponseHead&) override {}
    void on_answer_body(std::string_view bytes) override { body += bytes; }
    void on_answer_end() override {
        over = true;
        if (at_end) std::exchange(at_end, nullptr)();
    }
    void on_turn_end() override {}
    void on_sendable() override {}
    void on_failed(const FetchFailure& why) override {
        failure = why;
        over = true;
    }

    HttpClient& client;
    Fetch fetch;
    std::string token;
    std::string body;
    std::optional<FetchFailure> failure;
    std::function<void()> at_end;
    bool over = false;
    bool ready = false;
    bool reused = false;
    bool held = false;  // writes nothing yet
};

struct Bench {
    explicit Bench(std::uint32_t most = 1024) : client(loop, resolver, limits(most)) {}
    static ClientLimits limits(std::uint32_t most) {
        ClientLimits limits;
        limits.connections_per_host = most;
        return limits;
    }
    void finish(Asker& asker) {
        REQUIRE(run_until(loop, [&] { return asker.over; }));
    }
    Loop loop;
    Resolver resolver{loop};
    Origin origin{loop};
    std::shared_ptr<const Endpoint> to = origin.endpoint();
    HttpClient client;
};

}  // namespace

TEST_CASE("A connection serves one request after the other") {
    Bench bench;
    Asker asker(bench.client);
    for (int i = 0; i < 5; ++i) {
        asker.ask(bench.to, "t" + std::to_string(i));
        bench.finish(asker);
        CHECK(asker.body == "t" + std::to_string(i));
        CHECK(asker.reused == (i > 0));
    }
    CHECK(bench.origin.accepted == 1);
    CHECK(bench.client.idle() == 1);
}

TEST_CASE("Who wants a fresh connection never gets one that was used, however scarce they are") {
    Bench bench(1);
    Asker first(bench.client);
    Asker fresh(bench.client);
    Asker any(bench.client);
    bench.origin.silent = true;
    first.ask(bench.to, "first");
    REQUIRE(run_until(bench.loop, [&] { return bench.origin.last != nullptr; }));
    SECTION("it waited alone") {
        fresh.ask(bench.to, "fresh", true);
        bench.origin.silent = false;
        bench.origin.last->say(Origin::answer_of("first"));
        bench.finish(fresh);
    }
    SECTION("it waited before one who takes any") {
        fresh.ask(bench.to, "fresh", true);
        any.ask(bench.to, "any");
        bench.origin.silent = false;
        bench.origin.last->say(Origin::answer_of("first"));
        bench.finish(fresh);
        bench.finish(any);
        CHECK(any.reused);
        CHECK(any.body == "any");
    }
    SECTION("it waited behind one who takes any") {
        any.ask(bench.to, "any");
        fresh.ask(bench.to, "fresh", true);
        bench.origin.silent = false;
        bench.origin.last->say(Origin::answer_of("first"));
        bench.finish(any);
        CHECK(any.reused);
        bench.finish(fresh);
    }
    SECTION("the only one there may be is idle") {
        bench.origin.silent = false;
        bench.origin.last->say(Origin::answer_of("first"));
        bench.finish(first);
        REQUIRE(bench.client.idle() == 1);
        fresh.ask(bench.to, "fresh", true);
        bench.finish(fresh);
    }
    CHECK(first.body == "first");
    CHECK(fresh.body == "fresh");
    CHECK_FALSE(fresh.reused);
    CHECK(bench.origin.accepted == 2);
    CHECK(bench.client.open() == 1);
    CHECK(bench.client.pending() == 0);
}

TEST_CASE("A connection that has only waited counts as used: it may be stale too") {
    Bench bench;
    Asker asker(bench.client);
    asker.ask(bench.to, "given up");
    asker.fetch.cancel();
    REQUIRE(run_until(bench.loop, [&] { return bench.client.idle() == 1; }));
    SECTION("one who takes any gets it") {
        asker.ask(bench.to, "any");
        CHECK(asker.reused);
        bench.finish(asker);
        CHECK(bench.origin.accepted == 1);
    }
    SECTION("one who wants a fresh one does not") {
        asker.ask(bench.to, "fresh", true);
        bench.finish(asker);
        CHECK_FALSE(asker.reused);
        CHECK(bench.origin.accepted == 2);
    }
}

TEST_CASE("An idle connection that the target has closed is not taken, although the loop has not heard of it") {
    Bench bench;
    Asker asker(bench.client);
    asker.at_end = [&] { bench.origin.last->stream.close(); };
    asker.ask(bench.to, "one");
    bench.finish(asker);
    asker.ask(bench.to, "two");
    CHECK_FALSE(asker.ready);
    bench.finish(asker);
    CHECK(asker.body == "two");
    CHECK_FALSE(asker.reused);
}

TEST_CASE("Bytes that come before the request has left are no answer to it, and the failure may be repeated") {
    Bench bench;
    Asker asker(bench.client);
    asker.ask(bench.to, "one");
    bench.finish(asker);
    asker.held = true;
    asker.ask(bench.to, "two");
    REQUIRE(asker.ready);
    bench.origin.last->say(Origin::answer_of("stolen"));
    bench.finish(asker);
    CHECK(asker.body.empty());
    REQUIRE(asker.failure);
    CHECK(asker.failure->kind == FetchFailure::Kind::closed);
    CHECK(asker.failure->reused);
    CHECK_FALSE(asker.failure->request_begun);
}

TEST_CASE("What a target sends behind an answer never reaches whoever asks next") {
    constexpr int kRounds = 10'000;
    enum class Trick : std::uint8_t {
        none,
        with_the_answer,
        behind_the_answer,
        as_the_next_comes,
        a_turn_later,
        a_part_only,
        an_end,
        before_the_request,
        count
    };
    Bench bench;
    Asker alice(bench.client);
    Asker bob(bench.client);
    Random random(2026);
    const std::string stolen = Origin::answer_of("stolen");
    int kept = 0;
    for (int round = 0; round < kRounds; ++round) {
        const auto trick = static_cast<Trick>(random.below(static_cast<std::uint64_t>(Trick::count)));
        const std::string mine = "alice" + std::to_string(round);
        const std::string his = "bob" + std::to_string(round);
        bench.origin.behind = trick == Trick::with_the_answer ? stolen : std::string();
        bench.origin.apart = trick == Trick::behind_the_answer ? stolen : std::string();
        bob.held = trick == Trick::before_the_request;
        alice.at_end = [&, trick] {
            Origin::Peer& peer = *bench.origin.last;
            bench.origin.behind.clear();
            bench.origin.apart.clear();
            if (trick == Trick::as_the_next_comes) peer.say(stolen);
            if (trick == Trick::a_part_only) peer.say(stolen.substr(0, 1 + random.below(stolen.size() - 1)));
            if (trick == Trick::an_end) peer.stream.close();
            if (trick != Trick::a_turn_later) bob.ask(bench.to, his);
        };
        alice.ask(bench.to, mine);
        REQUIRE(run_until(bench.loop, [&] { return alice.over; }));
        if (trick == Trick::a_turn_later) {
            bench.origin.last->say(stolen);
            settle(bench.loop, static_cast<int>(random.below(3)));
            bob.ask(bench.to, his);
        }
        if (trick == Trick::before_the_request) {
            if (bob.ready && bob.reused) bench.origin.last->say(stolen);
            settle(bench.loop, 1 + static_cast<int>(random.below(3)));
            bob.held = false;
            if (!bob.over && bob.ready) bob.write();
        }
        REQUIRE(run_until(bench.loop, [&] { return bob.over; }));
        if (bob.failure) {
            REQUIRE(trick == Trick::before_the_request);
            REQUIRE_FALSE(bob.failure->request_begun);
            bob.ask(bench.to, his, true);
            REQUIRE(run_until(bench.loop, [&] { return bob.over; }));
        }
        REQUIRE(alice.body == mine);
        REQUIRE(bob.body == his);
        kept += bob.reused ? 1 : 0;
    }
    CHECK(kept > kRounds / 16);  // those without a trick share their connection
}
