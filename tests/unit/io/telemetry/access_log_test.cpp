#include "libgw/io/telemetry/access_log.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "tests/support/catch.h"

using namespace gw;
using telemetry::AccessLog;

namespace {

class Heard final : public Log {
  public:
    [[nodiscard]] bool wants(LogLevel) const override { return true; }
    void write(LogLevel level, std::string_view event) override {
        const std::lock_guard lock(mutex_);
        events_.push_back(std::string(to_text(level)) + ": " + std::string(event));
    }
    std::vector<std::string> events() {
        const std::lock_guard lock(mutex_);
        return events_;
    }

  private:
    std::mutex mutex_;
    std::vector<std::string> events_;
};

class Folder {
  public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "gw-access-log-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

  private:
    std::filesystem::path path_;
};

struct Pipe {
    Pipe() { REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0); }
    ~Pipe() {
        for (const int end : ends) {
            if (end >= 0) ::close(end);
        }
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    void close_reader() {
        ::close(ends[0]);
        ends[0] = -1;
    }
    /// Waits for so many lines.
    [[nodiscard]] std::string read_lines(std::size_t count) const {
        std::string text;
        char c = 0;
        while (count > 0 && ::read(ends[0], &c, 1) == 1) {
            text += c;
            if (c == '\n') --count;
        }
        return text;
    }
    std::array<int, 2> ends{-1, -1};
};

std::string contents(const std::string& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

const log::Format& plain() {
    static const log::Format format = log::Format::context(*log::ContextFormat::compile("$context.requestId"));
    return format;
}

log::Record named(std::string_view id) {
    log::Record record;
    record.request_id = id;
    return record;
}

std::unique_ptr<AccessLog> opened(const AccessLog::Options& options, Log& events) {
    auto log = AccessLog::open(options, events);
    REQUIRE(log);
    return *std::move(log);
}

}  // namespace

TEST_CASE("every line of every worker arrives whole and in its order", "[io][access_log]") {
    const Folder folder;
    Heard events;
    constexpr std::size_t kWorkers = 3;
    constexpr int kLines = 3000;
    auto log = opened({.file = folder.file("log"), .workers = kWorkers}, events);
    std::vector<std::thread> threads;
    for (std::size_t worker = 0; worker < kWorkers; ++worker) {
        threads.emplace_back([&, worker] {
            for (int i = 0; i < kLines; ++i) {
                log->write(worker, plain(), named(std::to_string(worker) + " " + std::to_string(i)));
            }
        });
    }
    for (auto& thread : threads) thread.join();
    log->stop();
    log->stop();
    CHECK(log->counts().written == kWorkers * kLines);
    CHECK(log->counts().dropped == 0);
    CHECK(events.events().empty());
    std::ifstream file(folder.file("log"));
    std::array<int, kWorkers> next{};
    std::size_t worker = 0;
    int number = 0;
    while (file >> worker >> number) {
        REQUIRE(worker < kWorkers);
        REQUIRE(number == next.at(worker)++);
    }
    CHECK(next == std::array<int, kWorkers>{kLines, kLines, kLines});
}

TEST_CASE("a line is written without anybody asking", "[io][access_log]") {
    const Pipe pipe;
    Heard events;
    auto log = opened({.descriptor = pipe.ends[1]}, events);
    for (int i = 0; i < 3; ++i) {
        log->write(0, plain(), named("line"));
        CHECK(pipe.read_lines(1) == "line\n");
    }
    CHECK(::fcntl(pipe.ends[1], F_GETFL) == O_WRONLY);
}

TEST_CASE("a reader that takes nothing costs lines and not time", "[io][access_log]") {
    const Pipe pipe;
    Heard events;
    auto log = opened({.descriptor = pipe.ends[1], .capacity = 32768}, events);
    const std::string id(1000, 'x');
    constexpr std::uint64_t kLines = 1000;
    for (std::uint64_t i = 0; i < kLines; ++i) log->write(0, plain(), named(id));
    CHECK(log->counts().dropped > 0);
    std::string text;
    std::thread reader([&] { text = pipe.read_lines(kLines - log->counts().dropped); });
    reader.join();
    log->stop();
    const auto counts = log->counts();
    CHECK(counts.written + counts.dropped == kLines);
    CHECK(counts.failed == 0);
    CHECK(text.size() == counts.written * 1001);
    REQUIRE_FALSE(events.events().empty());
    CHECK(events.events()[0].find("slower than the traffic") != std::string::npos);
}

TEST_CASE("stopping does not wait for ever for a reader", "[io][access_log]") {
    const Pipe pipe;
    Heard events;
    auto log = opened({.descriptor = pipe.ends[1]}, events);
    const std::string id(1000, 'x');
    for (int i = 0; i < 500; ++i) log->write(0, plain(), named(id));
    log->stop();
    const auto counts = log->counts();
    CHECK(counts.failed > 0);
    CHECK(counts.written + counts.failed == 500);
    log->write(0, plain(), named("late"));
    CHECK(log->counts().dropped == 1);
}

TEST_CASE("a reader that went away is counted and told once", "[io][access_log]") {
    Pipe pipe;
    pipe.close_reader();
    Heard events;
    auto log = opened({.descriptor = pipe.ends[1]}, events);
    for (int i = 0; i < 10; ++i) log->write(0, plain(), named("line"));
    log->stop();
    CHECK(log->counts().failed == 10);
    REQUIRE_FALSE(events.events().empty());
    CHECK(events.events().size() <= 2);
    CHECK(events.events()[0].find("broken pipe") != std::string::npos);
}

TEST_CASE("a full disk loses lines, says so once a minute, and nothing else happens", "[io][access_log]") {
    Heard events;
    auto log = opened({.file = "/dev/full"}, events);
    for (int i = 0; i < 50; ++i) log->write(0, plain(), named("line"));
    log->stop();
    CHECK(log->counts().failed == 50);
    CHECK(log->counts().written == 0);
    REQUIRE_FALSE(events.events().empty());
    CHECK(events.events().size() <= 2);
    CHECK(events.events()[0].find("warn: access log: ") == 0);
    CHECK(events.events()[0].find("no space left on device") != std::string::npos);
}

TEST_CASE("reopening goes on in a new file under the old name", "[io][access_log]") {
    const Folder folder;
    Heard events;
    const std::string name = folder.file("log");
    auto log = opened({.file = name}, events);
    log->write(0, plain(), named("before"));
    while (log->counts().written == 0) std::this_thread::yield();
    std::filesystem::rename(name, folder.file("log.1"));
    log->reopen();
    while (!std::filesystem::exists(name)) std::this_thread::yield();
    log->write(0, plain(), named("after"));
    log->stop();
    CHECK(contents(folder.file("log.1")) == "before\n");
    CHECK(contents(name) == "after\n");
    CHECK(events.events().empty());
}

TEST_CASE("a file that cannot be reopened leaves the old one in use", "[io][access_log]") {
    const Folder folder;
    Heard events;
    const std::string inside = folder.file("logs");
    std::filesystem::create_directory(inside);
    auto log = opened({.file = inside + "/log"}, events);
    std::filesystem::rename(inside, folder.file("moved"));
    log->reopen();
    while (events.events().empty()) std::this_thread::yield();
    log->write(0, plain(), named("still"));
    log->stop();
    CHECK(contents(folder.file("moved") + "/log") == "still\n");
    CHECK(events.events()[0].find("error: access log ") == 0);
    CHECK(events.events()[0].ends_with("the old file stays open"));
}

TEST_CASE("a log that cannot be opened is an error", "[io][access_log]") {
    Heard events;
    const auto log = AccessLog::open({.file = "/no/such/folder/log"}, events);
    REQUIRE_FALSE(log);
    CHECK(log.error().code == Errc::io);
    CHECK(log.error().message == "access log /no/such/folder/log: no such file or directory");
}

TEST_CASE("a log goes on at the end of its file, which only its group may read", "[io][access_log]") {
    const Folder folder;
    Heard events;
    for (const char* id : {"one", "two"}) {
        auto log = opened({.file = folder.file("log")}, events);
        log->write(0, plain(), named(id));
    }
    CHECK(contents(folder.file("log")) == "one\ntwo\n");
    using std::filesystem::perms;
    CHECK((std::filesystem::status(folder.file("log")).permissions() & (perms::others_all | perms::group_write)) ==
          perms::none);
}
