#include "libgw/io/store/redis_ledger.h"

#include <algorithm>
#include <vector>

#include "libgw/base/random.h"
#include "tests/support/catch.h"
#include "tests/support/leasing_gateway.h"
#include "tests/support/loop.h"
#include "tests/support/redis_server.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/skip.h"

using namespace gw;
using namespace std::chrono_literals;
using store::Question;
using store::RedisLedger;
using store::RedisPlace;
using store::Subject;
using test::quota_of;
using test::RedisServer;
using throttle::LeaseGrant;
using throttle::LeaseWish;
using throttle::Limit;
using throttle::Period;
using throttle::Quota;

namespace {

constexpr const char* kPassword = "a-password-of-28-characters";

std::shared_ptr<Subject> limit_of(std::string name, std::string_view rate, std::uint64_t burst) {
    auto subject = std::make_shared<Subject>();
    subject->name = std::move(name);
    subject->limit = Limit::make(*parse_rate(rate), burst).value();
    subject->terms = throttle::LeaseTerms::of(subject->limit);
    return subject;
}

/// The system's clocks, the calendar turned.
struct TurnedClock final : net::Clock {
    [[nodiscard]] Instant now() const override { return system.now(); }
    [[nodiscard]] Date date() const override { return system.date() + turned; }
    net::SystemClock system;
    Nanoseconds turned{0};
};

RedisPlace place_of(std::uint16_t port) { return {"127.0.0.1", port, 0, nullptr, {}, {}}; }

/// A ledger and the loop it lives on; questions are asked one after the other.
struct Bench {
    explicit Bench(RedisPlace place) : loop(clock), ledger(loop, std::move(place)) {
        ledger.start(
            [this](const Question& question, const std::optional<LeaseGrant>& grant) {
                slots.push_back(question.slot);
                grants.push_back(grant);
                problem = ledger.problem();
            },
            [this] { settled = true; });
    }
    /// Until it is known whether it can be asked.
    bool settle() {
        test::run_until(loop, [&] { return settled; });
        return ledger.is_up();
    }
    void send(const std::shared_ptr<Subject>& subject, const LeaseWish& wish, const std::string& key = {}) {
        ledger.ask({++asked, subject, key, wish});
        ledger.flush();
    }
    std::optional<LeaseGrant> ask(const std::shared_ptr<Subject>& subject, const LeaseWish& wish,
                                  const std::string& key = {}) {
        const std::size_t before = grants.size();
        send(subject, wish, key);
        if (!test::run_until(loop, [&] { return grants.size() > before; })) return std::nullopt;
        return grants.back();
    }
    bool until(std::function<bool()> is_so) { return test::run_until(loop, std::move(is_so)); }

    TurnedClock clock;
    net::Loop loop;
    bool settled = false;
    std::uint64_t asked = 0;
    std::vector<std::uint64_t> slots;
    std::vector<std::optional<LeaseGrant>> grants;
    std::string problem;  ///< when it was told last
    RedisLedger ledger;
};

constexpr LeaseWish want(std::uint64_t count) { return {count, 0, 0, 0}; }

/// A server that greets as Redis does, and then answers each question with `reply`.
test::Script greets(std::string_view reply, int questions = 1) {
    test::Script script = {test::read_bytes(1)};
    script.push_back(
        test::send_bytes("$40\r\n" + std::string(40, 'a') + "\r\n$40\r\n" + std::string(40, 'b') + "\r\n"));
    // the second script ends with what it returns
    script.push_back(test::hold());
    for (int i = 0; i < questions; ++i) script.push_back(test::send_bytes(std::string(reply)));
    script.push_back(test::hold());
    return script;
}

bool has(std::string_view text, std::string_view word) { return text.find(word) != std::string_view::npos; }

}  // namespace

TEST_CASE("the script in the database grants what the model of a leased bucket grants") {
    if (!RedisServer::is_installed()) GW_SKIP("redis-server is not installed");
    const RedisServer server;
    Bench bench(place_of(server.port()));
    REQUIRE(bench.settle());
    Random random(20261127);
    const std::pair<const char*, std::uint64_t> limits[] = {{"1/h", 7},         {"3/s", 1},    {"100/s", 20},
                                                            {"7777/s", 1000},   {"1/s", 5000}, {"100000/s", 3},
                                                            {"10000/day", 100}, {"0/s", 5},    {"5/s", 0}};
    int number = 0;
    for (const auto& [rate, burst] : limits) {
        const auto subject = limit_of("bucket/" + std::to_string(number++), rate, burst);
        throttle::LeasedBucket model(subject->limit);
        std::vector<std::pair<std::uint64_t, std::int64_t>> granted;
        std::uint64_t sum = 0;
        for (int step = 0; step < 300; ++step) {
            LeaseWish wish = want(random.below(burst < 10 ? 4 : burst / 3));
            if (!granted.empty() && random.below(3) == 0) {
                const auto& [tokens, stamp] = granted[random.below(granted.size())];
                wish.back = random.below(tokens + 1);
                wish.stamp = stamp;
            }
            const auto told = bench.ask(subject, wish, "client");
            REQUIRE(told);
            const LeaseGrant expected = model.answer(wish, told->stamp);
            INFO(rate << ", burst " << burst << ", step " << step << ", want " << wish.want << ", back " << wish.back);
            REQUIRE(told->granted == expected.granted);
            REQUIRE(told->wait == expected.wait);
            if (told->granted > 0) granted.emplace_back(told->granted, told->stamp);
            sum += told->granted;
        }
        CHECK((sum > 0) == !subject->limit.admits_nothing());
    }
}

TEST_CASE("the script in the database reserves of a quota what reserve() does") {
    if (!RedisServer::is_installed()) GW_SKIP("redis-server is not installed");
    const RedisServer server;
    Bench bench(place_of(server.port()));
    REQUIRE(bench.settle());
    Random random(7);
    int number = 0;
    for (const Quota& quota : {Quota{1000, 0, Period::day}, Quota{50, 20, Period::week}, Quota{5, 9, Period::month},
                               Quota{throttle::kMostQuota, 0, Period::month}, Quota{0, 0, Period::day}}) {
        const auto subject = quota_of("quota/" + std::to_string(number++), quota);
        std::optional<throttle::Reserved> model;
        for (int step = 0; step < 120; ++step) {
            LeaseWish wish = want(random.below(5000));
            if (model && random.below(3) == 0) {
                wish.back = random.below(20);
                wish.stamp = static_cast<std::int64_t>(model->current) - static_cast<std::int64_t>(random.below(2));
            }
            if (random.below(5) == 0) wish.owed = random.below(30);
            const auto told = bench.ask(subject, wish);
            REQUIRE(told);
            const auto period = static_cast<std::uint32_t>(told->stamp);
            if (!model) model = throttle::begin_quota(period);
            const LeaseGrant expected = throttle::reserve(*model, quota, period, wish);
            INFO("quota of " << quota.limit << ", step " << step);
            REQUIRE(told->granted == expected.granted);
            REQUIRE(told->left == expected.left);
            REQUIRE(told->wait == expected.wait);
            REQUIRE(told->life > Nanoseconds(0));
        }
    }
}

TEST_CASE("a gateway whose calendar is wrong counts in the database's period, and no other is opened") {
    if (!RedisServer::is_installed()) GW_SKIP("redis-server is not installed");
    const RedisServer server;
    const auto subject = quota_of("quota/q", {10, 0, Period::month});
    Bench right(place_of(server.port()));
    REQUIRE(right.settle());
    for (int i = 0; i < 9; ++i) REQUIRE(right.ask(subject, want(1))->granted == 1);
    for (const Nanoseconds wrong : {Nanoseconds(24h * 40), Nanoseconds(-24h * 400)}) {
        Bench bench(place_of(server.port()));
        bench.clock.turned = wrong;
        REQUIRE(bench.settle());
        const auto told = bench.ask(subject, want(1));
        REQUIRE(told);
        CHECK(told->stamp == throttle::period_of(Period::month, right.loop.date()));
        CHECK(told->granted == (wrong > Nanoseconds(0) ? 1 : 0));
        CHECK(told->left == 0);
    }
}

TEST_CASE("an offset is taken from the first period that the database has seen, whoever asks") {
    if (!RedisServer::is_installed()) GW_SKIP("redis-server is not installed");
    const RedisServer server;
    const auto subject = quota_of("quota/q", {10, 4, Period::day});
    Bench bench(place_of(server.port()));
    REQUIRE(bench.settle());
    CHECK(bench.ask(subject, want(1))->left == 5);
    // it had begun the day before
    const std::uint32_t today = throttle::period_of(Period::day, bench.loop.date());
    CHECK(server.say("HSET gw:quota/q first " + std::to_string(today - 1)) == ":0");
    CHECK(bench.ask(subject, want(1))->left == 8);
}

TEST_CASE("a database that has forgotten the scripts is given them again, and one that was started anew too") {
    if (!RedisServer::is_installed()) GW_SKIP("redis-server is not installed");
    RedisServer server;
    const auto subject = limit_of("bucket/b", "1/h", 5);
    Bench bench(place_of(server.port()));
    REQUIRE(bench.settle());
    CHECK(bench.ask(subject, want(1))->granted == 1);
    CHECK(server.say("SCRIPT FLUSH") == "+OK");
    CHECK(bench.ask(subject, want(5))->granted == 4);
    CHECK(bench.ledger.is_up());
    server.kill();
    CHECK(bench.until([&] { return !bench.ledger.is_up(); }));
    CHECK_FALSE(bench.ledger.problem().empty());
    CHECK_FALSE(bench.ask(subject, want(1)));
    server.start_again();
    CHECK(bench.until([&] { return bench.ledger.is_up(); }));
    CHECK(bench.ledger.problem().empty());
    CHECK(bench.ask(subject, want(9))->granted == 5);  // it has forgotten all
}

TEST_CASE("a password opens the database, and what is wrong is told without it") {
    if (!RedisServer::is_installed()) GW_SKIP("redis-server is not installed");
    const auto problem = [](RedisPlace place) {
        Bench bench(std::move(place));
        return bench.settle() ? std::string() : bench.ledger.problem();
    };
    const auto with = [](std::uint16_t port, std::string user, const char* password) {
        RedisPlace place = place_of(port);
        place.user = std::move(user);
        if (password != nullptr) place.password = Secret(std::string(password));
        return place;
    };
    test::RedisWish wish;
    wish.password = kPassword;
    const RedisServer locked(wish);
    CHECK(problem(with(locked.port(), {}, kPassword)).empty());
    CHECK(problem(with(locked.port(), {}, "another-of-16-letters")) == "user or password is wrong");
    CHECK(has(problem(with(locked.port(), {}, nullptr)), "NOAUTH"));
    wish.user = "gw";
    const RedisServer named(wish);
    CHECK(problem(with(named.port(), "gw", kPassword)).empty());
    CHECK(problem(with(named.port(), "wg", kPassword)) == "user or password is wrong");
    const RedisServer open;
    CHECK(problem(with(open.port(), {}, kPassword)) == "it asks for no password, and was shown one");
}

TEST_CASE("an answer to AUTH is not repeated, since it may hold the password") {
    test::ScriptedUpstream server({{test::read_bytes(1),
                                    test::send_bytes("-ERR unknown command 'AUTH', with args beginning with: '" +
                                                     std::string(kPassword) + "' \r\n"),
                                    test::hold()}});
    RedisPlace place = place_of(server.port());
    place.password = Secret(std::string(kPassword));
    Bench bench(std::move(place));
    CHECK_FALSE(bench.settle());
    CHECK(bench.ledger.problem() == "AUTH is refused: ERR");
    CHECK_FALSE(has(bench.ledger.place(), kPassword));
}

TEST_CASE("what is not Redis is told, and asked again later") {
    test::ScriptedUpstream server({{test::read_bytes(1), test::send_bytes("HTTP/1.1 400 Bad Request\r\n\r\n")}});
    Bench bench(place_of(server.port()));
    CHECK_FALSE(bench.settle());
    CHECK(has(bench.ledger.problem(), "not what Redis speaks"));
    CHECK(server.wait_for_connections(1));
    CHECK(bench.until([&] { return server.connections() > 1; }));
}

TEST_CASE("counts of a numbered database are in that one") {
    if (!RedisServer::is_installed()) GW_SKIP("redis-server is not installed");
    const RedisServer server;
    RedisPlace place = place_of(server.port());
    place.database = 3;
    Bench bench(std::move(place));
    REQUIRE(bench.settle());
    CHECK(bench.ask(limit_of("bucket/b", "1/h", 5), want(1))->granted == 1);
    CHECK(server.say("DBSIZE") == ":0");
    CHECK(has(server.say("INFO keyspace"), "db3:keys=1"));
    RedisPlace none = place_of(server.port());
    none.database = 99;
    Bench beyond(std::move(none));
    CHECK_FALSE(beyond.settle());
    CHECK(has(beyond.ledger.problem(), "DB index"));
}

TEST_CASE("what a bucket leaves in the database is gone when it is full, and so is a bucket that is given all back") {
    if (!RedisServer::is_installed()) GW_SKIP("redis-server is not installed");
    const RedisServer server;
    Bench bench(place_of(server.port()));
    REQUIRE(bench.settle());
    const auto slow = limit_of("bucket/slow", "1/h", 5);
    const auto told = bench.ask(slow, want(2));
    REQUIRE(told);
    CHECK(server.say("DBSIZE") == ":1");
    bench.ask(slow, {0, 2, told->stamp, 0});
    CHECK(server.say("DBSIZE") == ":0");
    bench.ask(limit_of("bucket/quick", "1000/s", 5), want(5));
    CHECK(bench.until([&] { return server.say("DBSIZE") == ":0"; }));
}

TEST_CASE("nobody waits for a database that is slow, and one that is silent is given up") {
    if (!RedisServer::is_installed()) GW_SKIP("redis-server is not installed");
    RedisServer server;
    Bench bench(place_of(server.port()));
    REQUIRE(bench.settle());
    const auto subject = limit_of("bucket/b", "1/h", 5);
    server.freeze();
    const Instant asked = bench.loop.now();
    bench.send(subject, want(1));
    CHECK(bench.until([&] { return !bench.ledger.is_up(); }));
    bench.loop.refresh_clock();
    CHECK(bench.loop.now() - asked >= RedisLedger::kPatience);
    CHECK(bench.grants.empty());
    CHECK(bench.ledger.late() == 1);
    CHECK(bench.ledger.problem() == "answers take longer than 20 ms");
    CHECK(bench.until([&] { return !bench.grants.empty(); }));
    CHECK_FALSE(bench.grants.front());
    CHECK(bench.ledger.problem() == "no answer within 1 s");
    server.thaw();
    CHECK(bench.until([&] { return bench.ledger.is_up(); }));
    CHECK(bench.ask(subject, want(1)));
}

TEST_CASE("an answer that is late is taken, and the database is trusted again") {
    if (!RedisServer::is_installed()) GW_SKIP("redis-server is not installed");
    RedisServer server;
    Bench bench(place_of(server.port()));
    REQUIRE(bench.settle());
    server.freeze();
    bench.send(limit_of("bucket/b", "1/h", 5), want(1));
    CHECK(bench.until([&] { return !bench.ledger.is_up(); }));
    server.thaw();
    CHECK(bench.until([&] { return !bench.grants.empty(); }));
    REQUIRE(bench.grants.front());
    CHECK(bench.grants.front()->granted == 1);
    CHECK(bench.until([&] { return bench.ledger.is_up(); }));
}

TEST_CASE("an answer that makes no sense grants nothing, and nobody waits for the next ones") {
    const auto bucket = limit_of("bucket/b", "1/h", 5);
    const auto quota = quota_of("quota/q", {10, 0, Period::day});
    struct Row {
        const char* reply;
        bool quota;
        const char* problem;
    };
    for (const Row& row :
         {Row{"*3\r\n:2\r\n:0\r\n:1\r\n", false, "no sense"}, Row{"*3\r\n:-1\r\n:0\r\n:1\r\n", false, "no sense"},
          Row{"*3\r\n:1\r\n:-5\r\n:1\r\n", false, "no sense"}, Row{"*2\r\n:1\r\n:0\r\n", false, "no sense"},
          Row{"*3\r\n:1\r\n:0\r\n$1\r\n1\r\n", false, "no sense"}, Row{"+OK\r\n", false, "no sense"},
          Row{":1\r\n", false, "no sense"}, Row{"$-1\r\n", false, "no sense"},
          Row{"*4\r\n:1\r\n:0\r\n:1\r\n:1\r\n", false, "no sense"}, Row{"*3\r\n:1\r\n:0\r\n:1\r\n", true, "no sense"},
          Row{"-READONLY You can't write against a read only replica.\r\n", false, "READONLY"},
          Row{"-OOM command not allowed when used memory > 'maxmemory'.\r\n", true, "OOM"}}) {
        INFO(row.reply);
        test::ScriptedUpstream server({greets(row.reply)});
        Bench bench(place_of(server.port()));
        REQUIRE(bench.settle());
        bench.send(row.quota ? quota : bucket, want(1));
        server.release();
        CHECK(bench.until([&] { return !bench.grants.empty(); }));
        CHECK_FALSE(bench.grants.front());
        CHECK_FALSE(bench.ledger.is_up());
        CHECK(has(bench.problem, row.problem));
    }
}

TEST_CASE("an answer that nobody asked for ends the connection, and all that was asked is told that there is none") {
    test::ScriptedUpstream server({greets("*3\r\n:1\r\n:0\r\n:1\r\n:9\r\n:9\r\n")});
    Bench bench(place_of(server.port()));
    REQUIRE(bench.settle());
    bench.send(limit_of("bucket/b", "1/h", 5), want(1));
    server.release();
    CHECK(bench.until([&] { return !bench.ledger.is_up(); }));
    CHECK(has(bench.ledger.problem(), "nobody asked for"));
    REQUIRE(bench.grants.size() == 1);
    CHECK(bench.grants.front()->granted == 1);
}

TEST_CASE("a server's words are told in one line") {
    test::ScriptedUpstream server({greets("-ERR \x1b[31m" + std::string(5000, 'x') + "\r\n")});
    Bench bench(place_of(server.port()));
    REQUIRE(bench.settle());
    bench.send(limit_of("bucket/b", "1/h", 5), want(1));
    server.release();
    CHECK(bench.until([&] { return !bench.grants.empty(); }));
    CHECK_FALSE(has(bench.problem, "\x1b"));
    CHECK(has(bench.problem, "xxxxx"));
    CHECK(bench.problem.size() < 300);
}
