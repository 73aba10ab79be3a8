// The program around the gateway: how it starts, what it runs, and how it ends.

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <sstream>

#include <sys/stat.h>
#include <unistd.h>

#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_upstream.h"

using namespace gw;
using namespace gw::test;
using namespace std::chrono_literals;

namespace {

Ending run_serve(std::vector<std::string> arguments) {
    Command command;
    command.arguments = {program_path("gw-serve")};
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    command.input = "";
    return must(run(command));
}

/// What a process listens on over TCP, as the kernel writes it: "0100007F:1F90" is 127.0.0.1:8080.
std::vector<std::string> listened_on(int process) {
    const std::string folder = "/proc/" + std::to_string(process);
    std::vector<std::string> own;
    for (const auto& entry : std::filesystem::directory_iterator(folder + "/fd"))
        own.push_back(std::filesystem::read_symlink(entry.path()).string());
    std::vector<std::string> addresses;
    for (const char* family : {"/net/tcp", "/net/tcp6"}) {
        std::istringstream lines(read_file(folder + family));
        for (std::string line; std::getline(lines, line);) {
            std::istringstream words(line);
            std::string number, local, remote, state, skipped, inode;
            words >> number >> local >> remote >> state;
            for (int i = 0; i < 5; ++i) words >> skipped;
            words >> inode;
            if (state == "0A" && std::find(own.begin(), own.end(), "socket:[" + inode + "]") != own.end())
                addresses.push_back(local);
        }
    }
    return addresses;
}

}  // namespace

TEST_CASE("port 0 is any free one, which the banner and the ready file tell") {
    Gateway gateway({"/=mock:200:a"});
    CHECK(gateway.port() != 0);
    CHECK(gateway.process().wait_for_errors(gateway.url()));
    CHECK(gateway.process().output().empty());
    CHECK(gateway.directory().read("ready") == gateway.url() + "\n");
    CHECK(gateway.stop().code == 0);
    struct stat what{};
    CHECK(::stat(gateway.directory().file("ready").c_str(), &what) != 0);
}

TEST_CASE("the banner tells where requests go: the target, or each of them once, and how many more there are") {
    SECTION("one") {
        Gateway gateway({"GET /a=http://127.0.0.1:1", "GET /b=http://127.0.0.1:1"});
        CHECK(gateway.process().wait_for_errors("  ->  http://127.0.0.1:1\n"));
        CHECK(gateway.process().errors().find("target") == std::string::npos);
    }
    SECTION("several, of which one's text holds another's") {
        Gateway gateway({"GET /a=http://127.0.0.1:30", "GET /b=http://127.0.0.1:3", "GET /c=http://127.0.0.1:30",
                         "GET /d=mock:200:" + std::string(100, 'x')});
        REQUIRE(gateway.process().wait_for_errors("ready in"));
        const std::string said = gateway.process().errors();
        INFO(said);
        CHECK(
            said.find("  ->  4 routes\n  target  http://127.0.0.1:30\n  target  http://127.0.0.1:3\n  target  mock:") !=
            std::string::npos);
        CHECK(said.find(std::string(60, 'x')) == std::string::npos);
    }
    SECTION("many") {
        std::vector<std::string> routes;
        for (int i = 1; i <= 11; ++i)
            routes.push_back("GET /" + std::to_string(i) + "=http://127.0.0.1:" + std::to_string(i));
        Gateway gateway(routes);
        CHECK(gateway.process().wait_for_errors("  ->  11 routes\n"));
        CHECK(gateway.process().wait_for_errors("  target  http://127.0.0.1:8\n  target  and 3 more\n"));
    }
}

TEST_CASE("whoever says nothing of addresses is reached on this machine alone") {
    const Gateway gateway({"/=mock:200:a"});
    CHECK(must(raw_exchange(gateway.port(), get_request("/"))).status == 200);
    CHECK(gateway.url().starts_with("http://127.0.0.1:"));
    CHECK_FALSE(RawClient::connect("127.0.0.2", gateway.port()));
    Start how;
    how.port_option = false;
    const Gateway wide({"/=mock:200:a", "--listen", "0.0.0.0:0"}, how);
    CHECK(RawClient::connect("127.0.0.2", wide.port()));
}

TEST_CASE("whoever gives a route and nothing else gets one port of this machine, and orders from nobody but himself") {
    const TemporaryDirectory directory;
    Command command;
    command.arguments = {program_path("gw-serve"), "/=mock:200:a", "-p", "0", "--ready-file", directory.file("ready")};
    command.environment = {{"XDG_RUNTIME_DIR", directory.path().string()}};
    Process process = must(Process::start(command));
    REQUIRE(eventually([&] { return std::filesystem::exists(directory.file("ready")); }, 3 * kPatience));
    const auto addresses = listened_on(process.id());
    CHECK_FALSE(addresses.empty());  // one for each worker
    for (const std::string& address : addresses) {
        INFO(address);
        CHECK(address.starts_with("0100007F:"));
        CHECK(address == addresses.front());
    }
    std::size_t sockets = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory.path() / "gw")) {
        struct stat what{};
        REQUIRE(::stat(entry.path().c_str(), &what) == 0);
        CHECK(S_ISSOCK(what.st_mode));
        CHECK((what.st_mode & 0777) == 0600);
        CHECK(what.st_uid == ::getuid());
        ++sockets;
    }
    CHECK(sockets == 1);
    struct stat folder{};
    REQUIRE(::stat((directory.path() / "gw").c_str(), &folder) == 0);
    CHECK((folder.st_mode & 0077) == 0);
    CHECK(process.errors().find("anybody") == std::string::npos);
}

TEST_CASE("a port that is taken ends with 4 and says so") {
    const Listener taken = *listen_on_loopback();
    const Ending ending = run_serve({"/=mock:200", "-p", std::to_string(taken.port), "--admin", "off"});
    CHECK(ending.code == 4);
    CHECK(ending.output.empty());
    CHECK(ending.errors.find(std::to_string(taken.port)) != std::string::npos);
}

TEST_CASE("a configuration that is wrong ends with 2 and says where") {
    const TemporaryDirectory directory;
    const std::string file = directory.write(
        "gw.yaml", "version: 1\napis:\n  - routes:\n      - {routeKey: GET /a, integation: 'mock:200'}\n");
    const Ending ending = run_serve({"-c", file, "-p", "0"});
    CHECK(ending.code == 2);
    CHECK(ending.errors.find("gw.yaml:4:") != std::string::npos);
    CHECK(ending.errors.find("did you mean") != std::string::npos);
    CHECK(run_serve({"/a=mock:99", "-p", "0"}).code == 2);
    CHECK(run_serve({"-p", "0"}).code == 2);
    CHECK(run_serve({"--no-such-option"}).code == 2);
}

TEST_CASE("the option --for stops after its time") {
    const Ending ending = run_serve({"/=mock:200", "-p", "0", "--for", "100ms", "--admin", "off"});
    CHECK(ending.code == 0);
}

TEST_CASE("the option --run runs a command when all is ready and ends with its code") {
    const Ending ending = run_serve({"/=mock:200", "-p", "0", "--admin", "off", "--run",
                                     "case $GW_URL in http://127.0.0.1:*) exit 7;; esac; exit 1"});
    CHECK(ending.code == 7);
}

TEST_CASE("the option --watch takes a changed file without being told") {
    Start how;
    how.config = "version: 1\napis:\n  - routes:\n      - {routeKey: GET /a, integration: 'mock:200:one'}\n";
    Gateway gateway({"--watch"}, how);
    CHECK(gateway.get("/a").body == "one");
    gateway.write_config(
        "version: 1\napis:\n  - routes:\n      - {routeKey: GET /a, integration: 'mock:200:number two'}\n");
    CHECK(eventually([&] { return gateway.get("/a").body == "number two"; }));
    gateway.write_config("version: 1\nnonsense: true\n");
    CHECK(gateway.process().wait_for_errors("nonsense"));
    CHECK(gateway.get("/a").body == "number two");
}

TEST_CASE("a command behind the gateway is told its port, is waited for, and takes the gateway with it") {
    Start how;
    how.backend = {
        program_path("gw-serve"), "/=mock:200:from behind", "--admin", "off", "--access-log", "off", "--listen",
        "unix:unused.sock"};
    SECTION("a command that fails ends the gateway with its code") {
        Start failing;
        failing.backend = {"/bin/sh", "-c", "test -n \"$PORT\" && exit 9"};
        try {
            Gateway gateway({}, failing);
            CHECK(must(gateway.process().wait()).code == 9);
        } catch (const std::runtime_error&) {
            // it was over before anybody saw it ready; its code is looked at in the other case
        }
    }
    SECTION("requests wait until it listens") {
        Start slow;
        slow.backend = {
            "/bin/sh", "-c",
            "exec " + program_path("gw-serve") + " '/=mock:200:from behind' -p $PORT --admin off --access-log off"};
        Gateway gateway({}, slow);
        CHECK(gateway.get("/").body == "from behind");
        CHECK(gateway.stop().code == 0);
    }
}

TEST_CASE("the option --demo serves routes that answer") {
    Gateway gateway({"--demo"});
    CHECK(gateway.process().wait_for_errors("curl"));
    CHECK(gateway.get("/").status < 500);
}

TEST_CASE("gw-serve status, reload and stop speak with the running gateway") {
    Start how;
    how.config = "version: 1\napis:\n  - routes:\n      - {routeKey: GET /a, integration: 'mock:200:a'}\n";
    Gateway gateway({}, how);
    const std::string admin = "unix:" + gateway.admin_socket();
    const Ending status = run_serve({"status", "--admin", admin});
    CHECK(status.code == 0);
    CHECK(status.output.find("generation") != std::string::npos);
    CHECK(run_serve({"reload", "--admin", admin}).code == 0);
    gateway.write_config("version: 1\nnonsense: true\n");
    CHECK(run_serve({"reload", "--admin", admin}).code == 1);
    CHECK(run_serve({"stop", "--admin", admin}).code == 0);
    CHECK(must(gateway.process().wait()).code == 0);
    CHECK(run_serve({"status", "--admin", admin}).code == 4);
}

TEST_CASE(
    "gw-serve stop returns at once, and with --wait when the last request has been answered and the gateway has gone") {
    ScriptedUpstream slow{{{read_request(), hold(), answer(200, "late")}}};
    Gateway gateway({slow.url()});
    RawClient client = gateway.connect();
    must(client.send(get_request("/")));
    REQUIRE(slow.wait_for("\r\n\r\n"));
    auto stop = must(Process::start(
        {{program_path("gw-serve"), "stop", "--wait", "--admin", "unix:" + gateway.admin_socket()}, {}, {}, {}, ""}));
    CHECK(stop.wait_for_output("\n"));
    CHECK(gateway.process().is_running());
    CHECK(stop.is_running());
    slow.release();
    CHECK(must(client.read_response()).body == "late");
    CHECK(must(stop.wait()).code == 0);
    CHECK(must(gateway.process().wait()).code == 0);
}

TEST_CASE(
    "a request that waits for the command to listen is turned away when the gateway stops, and the log says why") {
    Start how;
    how.backend = {"/bin/sh", "-c", "exec sleep 60"};
    Gateway gateway({}, how);
    RawClient client = gateway.connect();
    must(client.send(get_request("/")));
    must(gateway.process().signal(SIGTERM));
    CHECK(must(client.read_response()).status == 503);
    CHECK(gateway.wait_for_log(1).find("\"draining\"") != std::string::npos);
    CHECK(gateway.process().wait());
}

TEST_CASE("a CA for targets that cannot be read is wrong at the start, although no target speaks TLS") {
    const Ending ending =
        run_serve({"/=mock:200", "-p", "0", "--admin", "off", "--upstream-ca", "/nonexistent/ca.pem"});
    CHECK(ending.code == 2);
    CHECK(ending.errors.find("/nonexistent/ca.pem") != std::string::npos);
}
