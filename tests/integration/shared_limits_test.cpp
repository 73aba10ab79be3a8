// Limits that several gateways share in Redis: how much more than the limit passes, and what becomes of them when the
// database is away, slow, locked or behind TLS.

#include <algorithm>
#include <atomic>
#include <csignal>
#include <sstream>
#include <thread>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/policy/throttle/lease.h"
#include "libgw/policy/throttle/token_bucket.h"
#include "tests/integration/quota_start.h"
#include "tests/support/catch.h"
#include "tests/support/certificate.h"
#include "tests/support/redis_server.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/skip.h"

using namespace gw;
using namespace gw::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* kPassword = "a-password-of-28-characters";

bool has(std::string_view text, std::string_view word) { return text.find(word) != text.npos; }

std::vector<std::string> limited(const std::string& place, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"--limits", place, "--access-log", "$context.status $context.requestInstant",
                                          "/a=mock:200:a"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

/// So many requests on one connection, one after the other; how many were let through.
std::size_t send(const Gateway& gateway, std::size_t count, const std::string& lines = {}) {
    RawClient client = gateway.connect();
    std::size_t passed = 0;
    for (std::size_t i = 0; i < count; ++i) {
        must(client.send(get_request("/a", lines)));
        passed += must(client.read_response()).status == 200 ? 1 : 0;
    }
    return passed;
}

/// When requests were let through, of all gateways on this machine's stopwatch.
std::vector<Instant> passes(const std::vector<std::unique_ptr<Gateway>>& gateways, std::size_t each) {
    std::vector<Instant> all;
    for (const auto& gateway : gateways) {
        std::istringstream lines(gateway->wait_for_log(each));
        int status = 0;
        std::int64_t at = 0;
        while (lines >> status >> at)
            if (status == 200) all.emplace_back(Nanoseconds(at));
    }
    std::sort(all.begin(), all.end());
    return all;
}

/// How many more than burst + rate·t passed in the span of time in which that was most.
std::uint64_t over_admission(const std::vector<Instant>& passed, const throttle::Limit& limit) {
    const auto holds = [&](std::uint64_t more) {
        throttle::TokenBucket bucket(*throttle::Limit::make(limit.rate(), limit.burst() + more), passed.front());
        return std::all_of(passed.begin(), passed.end(), [&](Instant at) { return bucket.take(at).admitted; });
    };
    std::uint64_t more = 0;
    while (!holds(more)) ++more;
    return more;
}

/// What they let through while the database was away, or late.
std::uint64_t passed_alone(const std::vector<std::unique_ptr<Gateway>>& gateways) {
    std::uint64_t alone = 0;
    for (const auto& gateway : gateways) alone += gateway->metric("gw_throttle_alone_total");
    return alone;
}

/// What gw-throttle-sim says three gateways may let through above such a limit.
std::uint64_t simulated_bound(const std::string& rate, std::uint64_t burst) {
    const Ending ending =
        must(run({{program_path("gw-throttle-sim"), "run", "--rate", rate, "--burst", std::to_string(burst), "--nodes",
                   "3", "--seed", "1", "--traffic", "poisson 1000/s@2s", "--json"},
                  {},
                  {},
                  {},
                  {}}));
    const auto at = ending.output.find("\"bound\":");
    if (ending.code != 0 || at == std::string::npos) throw std::runtime_error("gw-throttle-sim: " + ending.errors);
    return std::stoull(ending.output.substr(at + 8));
}

std::string with_key() { return fmt::format("x-api-key: {}\r\n", kGoldKey); }

/// The value of one series, its labels included.
std::uint64_t series(const Gateway& gateway, const std::string& name) {
    const std::string page = gateway.admin("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").body;
    const auto at = page.find("\n" + name + " ");
    if (at == std::string::npos) throw std::runtime_error("there is no " + name);
    return std::stoull(page.substr(at + name.size() + 2));
}

bool is_up(const Gateway& gateway) { return gateway.metric("gw_throttle_store_up") == 1; }

const Date kNow = std::chrono::floor<std::chrono::nanoseconds>(std::chrono::system_clock::now());

CertificateWish wish(const std::string& subject, bool authority) {
    CertificateWish made = local_wish(25h);
    made.subject = subject;
    made.authority = authority;
    return made;
}

}  // namespace

TEST_CASE("three gateways on one database let through no more than the bound above the limit, and use all of it") {
    if (!RedisServer::is_installed()) GW_SKIP("redis-server is not installed");
    constexpr std::size_t kEach = 1500;
    // where the machine is so busy that the database is late, gateways decide alone, and it is measured once more
    constexpr int kAttempts = 4;
    struct Row {
        const char* rate;
        std::uint64_t burst;
        const char* by;      ///< whose bucket; "route": one for all
        std::size_t rounds;  ///< crowds, each of which finds the bucket full and what gateways have leased before
    };
    for (const Row& row :
         {Row{"200/s", 20, "route", 5}, Row{"400/s", 40, "header:x-client", 5}, Row{"5/s", 60, "route", 1}}) {
        const throttle::Limit limit = *throttle::Limit::make(*parse_rate(row.rate), row.burst);
        const std::uint64_t bound = simulated_bound(row.rate, row.burst);
        CHECK(bound == throttle::lease_bound(limit, 3));
        std::uint64_t alone = 1;
        for (int attempt = 0; attempt < kAttempts && alone > 0; ++attempt) {
            const RedisServer redis;
            std::vector<std::unique_ptr<Gateway>> gateways;
            for (int i = 0; i < 3; ++i)
                gateways.push_back(std::make_unique<Gateway>(limited(
                    redis.url(), {"--rate", row.rate, "--burst", std::to_string(row.burst), "--throttle-by", row.by})));
            for (std::size_t round = 0; round < row.rounds; ++round) {
                std::vector<std::thread> clients;
                for (const auto& gateway : gateways)
                    clients.emplace_back([&] { send(*gateway, kEach / row.rounds, "x-client: one\r\n"); });
                for (std::thread& client : clients) client.join();
                if (round + 1 < row.rounds) CHECK(eventually([&] { return redis.say("DBSIZE") == ":0"; }));
            }
            const std::vector<Instant> passed = passes(gateways, kEach);
            REQUIRE(passed.size() > row.burst);
            alone = passed_alone(gateways);
            const std::uint64_t over = over_admission(passed, limit);
            // the log tells when a request came; it may have waited so long until it was let through
            const auto waiting = static_cast<std::uint64_t>(limit.rate().per_second() * 0.02) + 1;
            CAPTURE(row.rate, row.burst, row.by, passed.size(), over, bound, waiting, alone);
            CHECK(over <= bound + waiting + alone);
            if (row.rounds > 1) continue;
            // all of the limit is used
            const double seconds = std::chrono::duration<double>(passed.back() - passed.front()).count();
            CHECK(static_cast<double>(passed.size()) >=
                  0.8 * (static_cast<double>(row.burst) + limit.rate().per_second() * seconds));
        }
    }
}

TEST_CASE("a quota that three gateways share is used to its last request, and no more passes") {
    if (!RedisServer::is_installed()) GW_SKIP("redis-server is not installed");
    const RedisServer redis;
    std::atomic<std::size_t> passed{0};
    std::uint64_t alone = 0;  // of a database that was late
    for (int round = 0; round < 2; ++round) {
        std::vector<std::unique_ptr<Gateway>> gateways;
        for (int i = 0; i < 3; ++i)
            gateways.push_back(std::make_unique<Gateway>(
                std::vector<std::string>{}, quota_start(redis.url(), "{limit: 1000, offset: 100, period: MONTH}")));
        std::vector<std::thread> clients;
        for (const auto& gateway : gateways)
            clients.emplace_back([&] { passed += send(*gateway, round == 0 ? 200 : 300, with_key()); });
        for (std::thread& client : clients) client.join();
        alone += passed_alone(gateways);
        if (round == 0) {
            CHECK(passed == 600);
            // one ends in order, one is killed with what it holds
            gateways[0]->stop();
            must(gateways[1]->process().signal(SIGKILL));
        }
    }
    CAPTURE(passed, alone);
    CHECK(passed <= 900 + alone);
    CHECK(passed >= 900 - 2 * 900 / 8);
}

TEST_CASE("a database that is away at the beginning is told, and each gateway keeps to its part until it is there") {
    if (!RedisServer::is_installed()) GW_SKIP("redis-server is not installed");
    RedisServer redis;
    redis.kill();
    Gateway gateway(limited(redis.url(), {"--limits-gateways", "3", "--rate", "1/h", "--burst", "9"}));
    CHECK(send(gateway, 20) == 3);
    const auto told = gateway.process().wait_for_errors("until it answers this gateway keeps the limits alone");
    REQUIRE(told);
    CHECK(has(*told, redis.url()));
    CHECK_FALSE(is_up(gateway));
    CHECK(gateway.metric("gw_throttle_alone_total") == 3);
    CHECK(gateway.metric("gw_throttle_waited_total") == 0);
    redis.start_again();
    CHECK(gateway.process().wait_for_errors("answers again"));
    CHECK(eventually([&] { return is_up(gateway); }));
    // 6 of the 9 that this gateway may ever let through
    CHECK(send(gateway, 20) == 6);
}

TEST_CASE("a database that goes away costs nobody a wait, and the limit holds") {
    if (!RedisServer::is_installed()) GW_SKIP("redis-server is not installed");
    RedisServer redis;
    Gateway gateway(limited(redis.url(), {"--rate", "1/h", "--burst", "50"}));
    CHECK(send(gateway, 10) == 10);
    redis.kill();
    CHECK(gateway.process().wait_for_errors("keeps the limits alone"));
    const std::uint64_t waited = gateway.metric("gw_throttle_waited_total");
    CHECK(send(gateway, 100) == 40);
    CHECK(gateway.metric("gw_throttle_waited_total") == waited);
    CHECK(gateway.metric("gw_throttle_alone_total") >= 38);
    redis.start_again();
    CHECK(gateway.process().wait_for_errors("answers again"));
    CHECK(send(gateway, 20) == 0);
}

TEST_CASE("only requests that come before a database is known to be slow wait for it, at most 20 ms each") {
    if (!RedisServer::is_installed()) GW_SKIP("redis-server is not installed");
    RedisServer redis;
    Gateway gateway(limited(redis.url(), {"--rate", "1/h", "--burst", "5", "--throttle-by", "header:x-client"}));
    CHECK(send(gateway, 8, "x-client: known\r\n") == 5);
    const std::uint64_t before = gateway.metric("gw_throttle_waited_total");
    redis.freeze();
    const auto given_up = [&] { return series(gateway, "gw_throttle_store_questions_total{result=\"failed\"}") > 0; };
    // each of them is somebody of whom nothing is known; the database is silent, is given up, and accepts again
    std::size_t asked = 0;
    const Deadline deadline = within(3 * kPatience);
    for (std::size_t more = 200; more > 0; more -= given_up() ? 1 : 0) {
        REQUIRE(std::chrono::steady_clock::now() < deadline);
        CHECK(send(gateway, 2, fmt::format("x-client: {}\r\n", asked++)) == 2);
    }
    const std::uint64_t waited = gateway.metric("gw_throttle_waited_total") - before;
    CAPTURE(asked, waited);
    CHECK(waited >= 1);
    CHECK(waited <= 10);  // one would do, or two, on a machine that does nothing else
    CHECK(gateway.metric("gw_throttle_alone_total") >= 2 * asked - 2);
    CHECK_FALSE(is_up(gateway));
    redis.thaw();
    CHECK(gateway.process().wait_for_errors("answers again"));
}

TEST_CASE("a server that takes connections and never answers costs nobody a wait") {
    const ScriptedUpstream silent({{hold()}});
    Gateway gateway(limited(fmt::format("redis://127.0.0.1:{}", silent.port()), {"--rate", "1/h", "--burst", "200"}));
    CHECK(send(gateway, 300) == 200);
    CHECK(gateway.metric("gw_throttle_waited_total") == 0);
    CHECK(gateway.metric("gw_throttle_alone_total") == 200);
    const auto told = gateway.process().wait_for_errors("keeps the limits alone");
    REQUIRE(told);
    CHECK(has(*told, "no answer within 1 s"));
}

TEST_CASE("the password of the database opens it, a wrong one is told, and neither stands anywhere") {
    if (!RedisServer::is_installed()) GW_SKIP("redis-server is not installed");
    RedisWish locked;
    locked.password = kPassword;
    const RedisServer redis(locked);
    const std::vector<std::string> arguments =
        limited(redis.url(), {"--limits-password", "env:PASSWORD", "--rate", "1/h", "--burst", "5"});
    const auto nowhere = [](Gateway& gateway, std::string_view password) {
        const std::string arguments_seen = read_file(fmt::format("/proc/{}/cmdline", gateway.process().id()));
        CHECK_FALSE(has(arguments_seen, password));
        CHECK_FALSE(has(gateway.process().errors() + gateway.process().output() + gateway.wait_for_log(8), password));
    };
    Start right;
    right.environment = {{"PASSWORD", kPassword}};
    Gateway opened(arguments, right);
    CHECK(send(opened, 8) == 5);
    CHECK(eventually([&] { return is_up(opened); }));
    CHECK(redis.say("DBSIZE") == ":1");
    nowhere(opened, kPassword);

    Start wrong;
    wrong.environment = {{"PASSWORD", "another-one-of-26-letters"}};
    Gateway refused(arguments, wrong);
    CHECK(send(refused, 8) == 5);
    const auto told = refused.process().wait_for_errors("keeps the limits alone");
    REQUIRE(told);
    CHECK(has(*told, "user or password is wrong"));
    CHECK_FALSE(is_up(refused));
    nowhere(refused, "another-one-of-26-letters");

    const auto none = run({{program_path("gw-serve"), "routes", "--limits", redis.url(), "--limits-password", kPassword,
                            "--rate", "1/s", "/a=mock:200"},
                           {},
                           {},
                           {},
                           {}});
    REQUIRE(none);
    CHECK(none->code == 2);
    CHECK_FALSE(has(none->errors + none->output, kPassword));
}

TEST_CASE("a database behind TLS is spoken to when its certificate is good, and not otherwise") {
    if (!RedisServer::is_installed()) GW_SKIP("redis-server is not installed");
    const TemporaryDirectory directory;
    const net::TlsKeyPair authority = issue(wish("authority", true));
    const net::TlsKeyPair pair = issue(wish("redis", false), &authority);
    RedisWish secure;
    secure.tls = &pair;
    const RedisServer redis(secure);
    const std::string ca = directory.write("ca.pem", authority.cert_pem);
    const Gateway trusted(limited(redis.url(), {"--upstream-ca", ca, "--rate", "1/h", "--burst", "5"}));
    CHECK(send(trusted, 8) == 5);
    CHECK(eventually([&] { return is_up(trusted); }));
    CHECK(series(trusted, "gw_throttle_store_questions_total{result=\"ok\"}") > 0);

    // -k is for targets
    for (const std::vector<std::string>& how : {std::vector<std::string>{}, {"-k"}}) {
        std::vector<std::string> arguments = limited(redis.url(), {"--rate", "1/h", "--burst", "5"});
        arguments.insert(arguments.end(), how.begin(), how.end());
        Gateway stranger(arguments);
        CHECK(send(stranger, 8) == 5);
        CHECK_FALSE(is_up(stranger));
        const auto told = stranger.process().wait_for_errors("keeps the limits alone");
        REQUIRE(told);
        CHECK(has(*told, "certificate"));
    }
    // the other one speaks no TLS, and is spoken to in the clear by nobody who was told not to
    const RedisServer clear;
    Gateway mistaken(limited(fmt::format("rediss://127.0.0.1:{}", clear.port()), {"--rate", "1/h", "--burst", "5"}));
    CHECK(send(mistaken, 8) == 5);
    CHECK_FALSE(is_up(mistaken));
    CHECK(clear.say("DBSIZE") == ":0");
}
