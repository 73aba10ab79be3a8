// Releases: gw-canary drives a real gateway under load, and what comes of it.

#include <atomic>
#include <csignal>
#include <filesystem>
#include <memory>
#include <thread>

#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "tests/integration/gateway.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::test;

namespace {

/// Clients who ask for "/" on kept connections until they are told to stop.
class Traffic {
  public:
    explicit Traffic(std::uint16_t port, std::size_t clients = 3, std::string lines = {}) {
        for (std::size_t i = 0; i < clients; ++i) threads_.emplace_back([this, port, lines] { ask(port, lines); });
    }
    ~Traffic() { stop(); }
    Traffic(const Traffic&) = delete;
    Traffic& operator=(const Traffic&) = delete;

    void stop() {
        stopping_ = true;
        for (std::thread& thread : threads_) thread.join();
        threads_.clear();
    }
    [[nodiscard]] std::uint64_t answered() const { return answered_; }
    [[nodiscard]] std::uint64_t lost() const { return lost_; }
    [[nodiscard]] std::uint64_t bad() const { return bad_; }

  private:
    void ask(std::uint16_t port, const std::string& lines) {
        const std::string request = get_request("/", lines);
        while (!stopping_) {
            auto client = RawClient::connect(port);
            if (!client) {
                ++lost_;
                continue;
            }
            for (bool goes_on = true; goes_on && !stopping_;) {
                goes_on = false;
                if (!client->send(request)) break;
                const auto answer = client->read_response();
                if (!answer) break;
                ++answered_;
                bad_ += answer->status == 200 ? 0 : 1;
                goes_on = answer->field("connection") != "close";
                if (!goes_on) break;
            }
        }
    }

    std::atomic<bool> stopping_{false};
    std::atomic<std::uint64_t> answered_{0};
    std::atomic<std::uint64_t> lost_{0};
    std::atomic<std::uint64_t> bad_{0};
    std::vector<std::thread> threads_;
};

std::vector<std::string> canary_command(const std::string& socket, std::vector<std::string> arguments) {
    std::vector<std::string> command{program_path("gw-canary")};
    command.insert(command.end(), arguments.begin(), arguments.end());
    command.push_back("--admin=unix:" + socket);
    return command;
}

/// gw-canary on the gateway, to its end.
Ending canary(const Gateway& gateway, std::vector<std::string> arguments) {
    return must(run({canary_command(gateway.admin_socket(), std::move(arguments)), {}, {}, {}, ""}, 9 * kPatience));
}

/// What it says of the only canary.
Value standing(const Gateway& gateway) {
    const Ending told = canary(gateway, {"status", "--json"});
    REQUIRE(told.code == 0);
    return must(parse_json(told.output)).find("canaries")->if_array()->front();
}
std::string phase_of(const Gateway& gateway) { return *standing(gateway).find_string("phase"); }
double share_of(const Gateway& gateway) { return standing(gateway).find("percentTraffic")->to_double().value_or(-1); }

const std::vector<std::string> kQuick = {"run",   "--steps", "20%,50%,100%", "--every",
                                         "250ms", "--max",   "60s",          "--json"};

std::vector<std::string> quick(std::vector<std::string> more) {
    std::vector<std::string> all = kQuick;
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

/// The last line of a run.
Value end_of(const Ending& ending) {
    INFO(ending.output);
    INFO(ending.errors);
    const auto lines = split(ending.output, '\n');
    REQUIRE(lines.size() >= 2);
    const Value last = must(parse_json(lines[lines.size() - 2]));
    REQUIRE(*last.find_string("event") == "end");
    CHECK(last.find("exit")->to_int64() == ending.code);
    return last;
}

}  // namespace

TEST_CASE("a good canary is promoted step by step under load, and no request is lost by it") {
    const Gateway stable({"/=mock:200:old"});
    const Gateway better({"/=mock:200:new"});
    const Gateway gateway({"/=" + stable.url(), "--canary", "5%=" + better.url()});
    Traffic traffic(gateway.port());
    const TemporaryDirectory directory;
    const std::string told = directory.file("told");
    const Ending ending =
        canary(gateway, quick({"--metric", "errors,critical", "--on-promote",
                               "printf '%s %s' \"$GW_RELEASE_ANSWER\" \"$GW_RELEASE_API\" > " + told}));
    const Value end = end_of(ending);
    CHECK(ending.code == 0);
    CHECK(*end.find_string("answer") == "promote");
    CHECK(*end.find_string("phase") == "promoted");
    CHECK(phase_of(gateway) == "promoted");
    CHECK(read_file(told) == "promote default/$default");
    // both steps were taken, in order
    CHECK(ending.output.find("\"share\":0.2,") < ending.output.find("\"share\":0.5,"));
    const std::uint64_t before = traffic.answered();
    CHECK(eventually([&] { return traffic.answered() > before + 100; }));
    traffic.stop();
    CHECK(traffic.lost() == 0);
    CHECK(traffic.bad() == 0);
    CHECK(gateway.get("/").body == "new");
    // nobody is left to be compared with
    const Ending again = canary(gateway, kQuick);
    CHECK(again.code == 2);
    CHECK(again.errors.find("promoted already") != std::string::npos);
}

TEST_CASE("a canary with two percent more errors is rolled back") {
    const Gateway worse({"/=mock:200:new;fail=2%=503"});
    const Gateway gateway({"/=mock:200:old", "--canary", "5%=" + worse.url()});
    Traffic traffic(gateway.port());
    const Ending ending = canary(gateway, quick({"--metric", "errors,critical", "--on-rollback", "exit 7"}));
    const Value end = end_of(ending);
    CHECK(ending.code == 1);
    CHECK(*end.find_string("answer") == "rollback");
    CHECK(*end.find_string("because") == "worse: errors");
    CHECK(phase_of(gateway) == "aborted");
    CHECK(ending.errors.find("the command ended with 7") != std::string::npos);
    CHECK(gateway.get("/").body == "old");
}

TEST_CASE("a canary with a slower tail is rolled back") {
    const Gateway slow({"/=mock:200:new;delay=60ms"});
    // one request in twenty takes 60 ms longer
    const Gateway worse({"/=mock:200:new", "--canary", "5%=" + slow.url()});
    const Gateway fast({"/=mock:200:old"});
    const Gateway gateway({"/=" + fast.url(), "--canary", "5%=" + worse.url()});
    Traffic traffic(gateway.port());
    const Ending ending = canary(gateway, quick({}));
    const Value end = end_of(ending);
    CHECK(ending.code == 1);
    CHECK(end.find_string("because")->find("latency:p99") != std::string::npos);
    CHECK(phase_of(gateway) == "aborted");
}

TEST_CASE("without traffic nothing is known, and what that means can be said") {
    const Gateway gateway({"/=mock:200:old", "--canary", "5%=mock:200:new"});
    const auto silent = [&](const std::string& no_data) {
        return canary(gateway,
                      {"run", "--steps", "20%,50%", "--every", "20ms", "--max", "400ms", "--no-data", no_data});
    };
    const Ending inconclusive = silent("inconclusive");
    CHECK(inconclusive.code == 3);
    CHECK(inconclusive.output.find("too little data") != std::string::npos);
    CHECK(phase_of(gateway) == "running");
    CHECK(share_of(gateway) == 0);
    CHECK(silent("hold").code == 3);
    CHECK(phase_of(gateway) == "running");
    CHECK(share_of(gateway) == 20);
    CHECK(silent("rollback").code == 1);
    CHECK(phase_of(gateway) == "aborted");
}

TEST_CASE("a split that is broken is not judged") {
    const Gateway gateway({"/=mock:200:old", "--canary", "5%=mock:200:new", "--canary-header", "x-canary"});
    // half of the clients choose the canary themselves
    Traffic drawn(gateway.port(), 2);
    Traffic chosen(gateway.port(), 2, "X-Canary: canary\r\n");
    const Ending ending = canary(gateway, quick({"--metric", "errors,critical"}));
    const Value end = end_of(ending);
    CHECK(ending.code == 5);
    CHECK(*end.find_string("answer") == "mismatch");
    CHECK(end.find_string("because")->find("the split is broken") != std::string::npos);
    CHECK(phase_of(gateway) == "running");
    CHECK(share_of(gateway) == 0);
}

TEST_CASE("where clients stay with their version the split is not looked at, and the rest is") {
    const Gateway worse({"/=mock:200:new;fail=20%=503"});
    const Gateway gateway({"/=mock:200:old", "--canary", "5%=" + worse.url(), "--sticky", "header:x-user"});
    std::vector<std::unique_ptr<Traffic>> crowd;
    for (const char* user : {"a", "b", "c", "d", "e", "f"})
        crowd.push_back(std::make_unique<Traffic>(gateway.port(), 1, "X-User: " + std::string(user) + "\r\n"));
    const Ending ending = canary(gateway, {"run", "--steps", "50%,75%", "--every", "250ms", "--max", "20s"});
    // the six may all stand on one side: then nothing can be told
    CHECK((ending.code == 1 || ending.code == 3));
    CHECK(ending.errors.find("clients stay with their version (header:x-user)") != std::string::npos);
}

TEST_CASE("a run that is interrupted leaves the share, and the next goes on there") {
    const Gateway gateway({"/=mock:200:old", "--canary", "5%=mock:200:new"});
    Traffic traffic(gateway.port());
    const std::vector<std::string> slow = {"run",     "--steps",  "20%,50%",
                                           "--every", "100ms",    "--max",
                                           "60s",     "--metric", "errors,critical,max-worse=0.0001pp"};
    for (const int signal : {SIGINT, SIGTERM}) {
        auto first = must(Process::start({canary_command(gateway.admin_socket(), slow), {}, {}, {}, ""}));
        REQUIRE(first.wait_for_output("50%  "));
        must(first.signal(signal));
        const Ending ending = must(first.wait());
        CHECK(ending.code == 128 + signal);
        CHECK(ending.errors.find("interrupted: the share stays at 50%") != std::string::npos);
        CHECK(phase_of(gateway) == "running");
        CHECK(share_of(gateway) == 50);
    }
    auto next = must(Process::start({canary_command(gateway.admin_socket(), slow), {}, {}, {}, ""}));
    const std::string told = must(next.wait_for_output("50%  "));
    CHECK(told.find("20%  ") == std::string::npos);
    // somebody else has the last word
    CHECK(canary(gateway, {"set", "30%"}).code == 0);
    const Ending ending = must(next.wait());
    CHECK(ending.code == 3);
    CHECK(ending.errors.find("somebody else has set the share to 30%") != std::string::npos);
    CHECK(share_of(gateway) == 30);
    auto last = must(Process::start({canary_command(gateway.admin_socket(), slow), {}, {}, {}, ""}));
    REQUIRE(last.wait_for_output("20%  "));
    CHECK(canary(gateway, {"abort"}).code == 0);
    CHECK(must(last.wait()).code == 1);
    CHECK(phase_of(gateway) == "aborted");
}

TEST_CASE("a gateway that is started again goes on with the release") {
    const TemporaryDirectory directory;
    const std::string socket = directory.file("admin.sock");
    const std::string state = directory.file("state.json");
    for (const bool kept : {true, false}) {
        INFO(kept);
        std::vector<std::string> arguments{"/=mock:200:old", "--canary", "5%=mock:200:new", "--admin",
                                           "unix:" + socket};
        if (kept) arguments.insert(arguments.end(), {"--state", state});
        auto gateway = std::make_unique<Gateway>(arguments);
        auto traffic = std::make_unique<Traffic>(gateway->port());
        auto release =
            must(Process::start({canary_command(socket, {"run", "--steps", "40%", "--every", "250ms", "--json",
                                                         "--metric", "errors,critical,max-worse=0.2pp"}),
                                 {},
                                 {},
                                 {},
                                 ""}));
        REQUIRE(release.wait_for_output("\"share\":0.4,"));
        traffic.reset();
        gateway->stop();
        gateway = std::make_unique<Gateway>(arguments);
        traffic = std::make_unique<Traffic>(gateway->port());
        const Ending ending = must(release.wait(6 * kPatience));
        INFO(ending.errors);
        CHECK(ending.code == 0);
        const bool given_back = ending.errors.find("its share is set to 40% again") != std::string::npos;
        CHECK(given_back == !kept);
        CHECK(gateway->get("/").body == "new");
        std::filesystem::remove(state);
    }
}

TEST_CASE("a dry run judges and changes nothing") {
    const Gateway worse({"/=mock:200:new;fail=20%=503"});
    const Gateway gateway({"/=mock:200:old", "--canary", "40%=" + worse.url()});
    Traffic traffic(gateway.port());
    const TemporaryDirectory directory;
    const Ending ending = canary(gateway, quick({"--dry-run", "--on-rollback", "touch " + directory.file("touched")}));
    CHECK(ending.code == 1);
    CHECK(ending.errors.find("would abort the canary") != std::string::npos);
    CHECK(phase_of(gateway) == "running");
    CHECK(share_of(gateway) == 40);
    CHECK_FALSE(std::filesystem::exists(directory.file("touched")));
}

TEST_CASE("set, promote, abort and status, over a socket and over TCP with a token") {
    Start how;
    how.environment = {{"GW_TEST_TOKEN", "correct-horse-battery"}};
    const Gateway gateway({"/=mock:200:old", "--canary", "5%=mock:200:new"}, how);
    CHECK(canary(gateway, {"set", "12.5"}).output == "default/$default: 12.5% of the requests meet the canary\n");
    CHECK(share_of(gateway) == 12.5);
    CHECK(canary(gateway, {"promote"}).output == "default/$default: promoted, everybody meets the canary\n");
    CHECK(canary(gateway, {"abort"}).output == "default/$default: aborted, nobody meets the canary\n");
    for (int i = 0; i < 3; ++i) CHECK(gateway.get("/").body == "old");
    const std::string table = canary(gateway, {"status"}).output;
    CHECK(table.find("default/$default  aborted  0% of the requests, 0% of those so far\n") == 0);
    CHECK(canary(gateway, {"set", "5%", "--api", "other/stage"}).code == 1);
    CHECK(canary(gateway, {"status", "--api", "other/stage"}).code == 2);
    const Gateway without({"/=mock:200:old"});
    CHECK(canary(without, {"status"}).code == 2);
    CHECK(canary(without, {"promote"}).code == 1);
    Gateway tcp({"/=mock:200:old", "--canary", "5%=mock:200:new", "--admin", "http://127.0.0.1:0", "--admin-token",
                 "env:GW_TEST_TOKEN"},
                how);
    const std::string banner = must(tcp.process().wait_for_errors("admin "));
    const auto at = banner.rfind("http://127.0.0.1:");
    REQUIRE(at != std::string::npos);
    const std::string url = banner.substr(at, banner.find_first_of(" \n", at) - at);
    const auto ask = [&](const std::vector<std::string>& more) {
        std::vector<std::string> command{program_path("gw-canary"), "status", "--admin", url};
        command.insert(command.end(), more.begin(), more.end());
        return must(run({command, how.environment, {}, {}, ""}));
    };
    CHECK(ask({}).code == 5);
    CHECK(ask({"--admin-token", "env:GW_TEST_TOKEN"}).code == 0);
}

TEST_CASE("a gateway that is not there is told as that") {
    const TemporaryDirectory directory;
    for (const char* command : {"status", "promote"})
        CHECK(must(run({canary_command(directory.file("nobody.sock"), {command}), {}, {}, {}, ""})).code == 4);
    const Ending ending = must(run({canary_command(directory.file("nobody.sock"), kQuick), {}, {}, {}, ""}));
    CHECK(ending.code == 4);
    CHECK(ending.errors.find("is gw-serve running?") != std::string::npos);
}
