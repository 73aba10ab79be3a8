#include "tests/support/process.h"

#include <csignal>
#include <stdexcept>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/temporary.h"

using namespace gw;
using namespace gw::test;
using namespace std::chrono_literals;

namespace {

Command shell(std::string script) { return Command{{"/bin/sh", "-c", std::move(script)}, {}, {}, {}, {}}; }

}  // namespace

TEST_CASE("a program's output, errors and code are told") {
    const auto ending = run(shell("echo out; echo err >&2; exit 7"));
    REQUIRE(ending);
    REQUIRE(ending->output == "out\n");
    REQUIRE(ending->errors == "err\n");
    REQUIRE(ending->code == 7);
    REQUIRE(ending->signal == 0);
    REQUIRE(ending->peak_rss_bytes > 100'000);
}

TEST_CASE("a program is looked for in PATH, and that of its own environment counts") {
    const TemporaryDirectory directory;
    REQUIRE(run({{"true"}, {}, {}, {}, {}})->code == 0);
    const std::string program = directory.write("mine", "#!/bin/sh\necho mine\n");
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    const auto ending = run({{"mine"}, {{"PATH", directory.path().string() + ":/usr/bin:/bin"}}, {}, {}, {}});
    REQUIRE(ending);
    REQUIRE(ending->output == "mine\n");
}

TEST_CASE("a program that is not there is not_found, and one that may not be run is io") {
    const TemporaryDirectory directory;
    const auto missing = Process::start({{directory.file("none")}, {}, {}, {}, {}});
    REQUIRE(!missing);
    REQUIRE(missing.error().code == Errc::not_found);
    const auto plain = Process::start({{directory.write("plain", "text")}, {}, {}, {}, {}});
    REQUIRE(!plain);
    REQUIRE(plain.error().code == Errc::io);
    REQUIRE(!Process::start({}));
}

TEST_CASE("environment and directory are those of the command") {
    const TemporaryDirectory directory;
    ::setenv("GW_TEST_REMOVED", "x", 1);
    Command command = shell("echo \"$GW_TEST_ADDED,$GW_TEST_REMOVED\"; pwd");
    command.environment = {{"GW_TEST_ADDED", "a b"}};
    command.without = {"GW_TEST_REMOVED"};
    command.directory = directory.path().string();
    const auto ending = run(command);
    ::unsetenv("GW_TEST_REMOVED");
    REQUIRE(ending);
    REQUIRE(ending->output == "a b,\n" + std::filesystem::canonical(directory.path()).string() + "\n");
    command.directory = directory.file("none");
    REQUIRE(!run(command));
}

TEST_CASE("a megabyte goes in and out without a deadlock") {
    Command command{{"cat"}, {}, {}, {}, std::string(1'000'000, 'x')};
    const auto ending = run(command);
    REQUIRE(ending);
    REQUIRE(ending->output.size() == 1'000'000);
}

TEST_CASE("a program that ends without reading its input is no failure") {
    Command command = shell("exit 0");
    command.input = std::string(1'000'000, 'x');
    const auto ending = run(command);
    REQUIRE(ending);
    REQUIRE(ending->code == 0);
}

TEST_CASE("output is waited for line by line") {
    auto process = Process::start(shell("echo 'port 123 open'; read line; echo \"got $line\"; read line"));
    REQUIRE(process);
    REQUIRE(process->wait_for_output("port").value() == "port 123 open\n");
    REQUIRE(process->send_input("hello\n"));
    REQUIRE(process->wait_for_output("got").value() == "port 123 open\ngot hello\n");
    const auto late = process->wait_for_output("never", 20ms);
    REQUIRE(!late);
    REQUIRE(late.error().code == Errc::timeout);
    process->close_input();
    const auto closed = process->wait_for_output("never");
    REQUIRE(!closed);
    REQUIRE(closed.error().code == Errc::closed);
    REQUIRE(closed.error().message.find("got hello") != std::string::npos);
    REQUIRE(process->wait()->code == 1);
}

TEST_CASE("a signal reaches the program and is told as a shell tells it") {
    auto process = Process::start(shell("trap 'echo term; exit 3' TERM; echo ready; while :; do read line; done"));
    REQUIRE(process);
    REQUIRE(process->wait_for_output("ready"));
    REQUIRE(process->is_running());
    REQUIRE(process->signal(SIGTERM));
    process->close_input();
    REQUIRE(process->wait()->code == 3);
    REQUIRE(!process->is_running());
    REQUIRE(process->signal(SIGTERM).error().code == Errc::closed);

    const auto killed = run(shell("kill -9 $$"));
    REQUIRE(killed);
    REQUIRE(killed->code == 137);
    REQUIRE(killed->signal == SIGKILL);
}

TEST_CASE("waiting for a program that does not end is a timeout and leaves it running") {
    auto process = Process::start(shell("read line"));
    REQUIRE(process);
    const auto ending = process->wait(20ms);
    REQUIRE(!ending);
    REQUIRE(ending.error().code == Errc::timeout);
    REQUIRE(process->is_running());
}

TEST_CASE("a program and its children end with the scope") {
    int id = 0;
    std::string child;
    {
        auto process = Process::start(shell("cat & echo $!; wait; read line"));
        REQUIRE(process);
        id = process->id();
        child = process->wait_for_output("\n").value();
        child.pop_back();
    }
    REQUIRE(::kill(id, 0) != 0);
    // the grandchild is somebody else's to reap: it is gone or a zombie as soon as the signal is delivered
    const std::filesystem::path status = "/proc/" + child + "/stat";
    const auto is_alive = [&] {
        try {
            return read_file(status).find(") Z") == std::string::npos;
        } catch (const std::runtime_error&) {
            return false;
        }
    };
    const Deadline deadline = within(kPatience);
    while (is_alive() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    REQUIRE(!is_alive());
}

TEST_CASE("memory, time, descriptors and threads of a running program are told") {
    auto process = Process::start(
        shell("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exec 9</dev/null; echo done; read line"));
    REQUIRE(process);
    REQUIRE(process->wait_for_output("done"));
    const auto usage = process->usage();
    REQUIRE(usage);
    REQUIRE(usage->cpu > 1ms);
    REQUIRE(usage->rss_bytes > 100'000);
    REQUIRE(usage->descriptors == 4);
    REQUIRE(usage->threads == 1);
    process->close_input();
    const auto ending = process->wait();
    REQUIRE(ending);
    REQUIRE(ending->cpu > 1ms);
    REQUIRE(process->usage().error().code == Errc::closed);
}
