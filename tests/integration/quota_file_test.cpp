// Quotas in a file: over restarts, sudden ends, full disks and midnights.

#include <csignal>
#include <sstream>

#include <fmt/format.h>

#include "libgw/io/store/sqlite.h"
#include "tests/integration/quota_start.h"
#include "tests/support/catch.h"
#include "tests/support/faults.h"
#include "tests/support/skip.h"
#include "tests/support/small_disk.h"

using namespace gw;
using namespace gw::test;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t kDay = 86'400'000'000'000;

bool has(std::string_view text, std::string_view word) { return text.find(word) != text.npos; }

Start plan(const std::string& file, const std::string& quota) { return quota_start("sqlite:" + file, quota); }

/// So many requests on one connection, one after the other, until it breaks; how many were let through.
std::uint64_t send(const Gateway& gateway, std::size_t count) {
    RawClient client = gateway.connect();
    std::uint64_t passed = 0;
    for (std::size_t i = 0; i < count; ++i) {
        must(client.send(get_request("/a", fmt::format("x-api-key: {}\r\n", kGoldKey))));
        passed += must(client.read_response()).status == 200 ? 1 : 0;
    }
    return passed;
}

/// What the file says is used of the only quota in it. Requires: nobody has it open.
std::uint64_t used(const std::string& file) {
    const auto opened = must(store::QuotaFile::open(file));
    const auto entries = must(opened->load(std::chrono::system_clock::now()));
    return entries.empty() ? 0 : entries.begin()->second.used;
}

void kill(Gateway& gateway) {
    must(gateway.process().signal(SIGKILL));
    must(gateway.process().wait());
}

}  // namespace

TEST_CASE("a gateway that stops in order has used of its quota what passed, to the request") {
    const TemporaryDirectory directory;
    const std::string file = directory.file("counts.db");
    std::uint64_t sum = 0;
    for (const std::size_t count : {20U, 1U, 0U, 13U, 100U}) {
        Gateway gateway({}, plan(file, "{limit: 50, offset: 5, period: MONTH}"));
        const std::uint64_t passed = send(gateway, count);
        CHECK(passed == std::min<std::uint64_t>(count, 45 - sum));
        sum += passed;
        CHECK(gateway.stop().code == 0);
        CHECK(used(file) == sum);
    }
    CHECK(sum == 45);
}

TEST_CASE("a gateway that is killed loses what it had reserved at most, and never does more than the quota pass") {
    const TemporaryDirectory directory;
    const std::string file = directory.file("counts.db");
    constexpr std::uint64_t kQuota = 2000;
    std::uint64_t passed = 0;
    std::uint64_t before = 0;
    std::size_t lives = 0;
    while (before < kQuota && lives < 60) {
        Gateway gateway({}, plan(file, fmt::format("{{limit: {}, period: MONTH}}", kQuota)));
        const std::uint64_t now = send(gateway, 40 + 37 * (lives % 5));
        kill(gateway);
        ++lives;
        passed += now;
        const std::uint64_t after = used(file);
        CAPTURE(lives, now, before, after);
        // two blocks are at hand at most, an eighth of what was left each
        CHECK(after >= before + now);
        CHECK(after - before - now <= 2 * std::max<std::uint64_t>(1, (kQuota - before) / 8));
        before = after;
    }
    CHECK(before == kQuota);
    CHECK(passed <= kQuota);
    CHECK(passed >= kQuota / 2);
    // and nobody passes any more
    const Gateway gateway({}, plan(file, fmt::format("{{limit: {}, period: MONTH}}", kQuota)));
    CHECK(send(gateway, 20) == 0);
}

TEST_CASE("a file of counts is one gateway's, and another one says whose it is") {
    const TemporaryDirectory directory;
    const std::string file = directory.file("counts.db");
    Gateway first({}, plan(file, "{limit: 50, period: DAY}"));
    CHECK(send(first, 10) == 10);
    const std::string config = directory.write("gw.yaml", plan(file, "{limit: 50, period: DAY}").config);
    const Command command{{program_path("gw-serve"), "-p", "0", "-c", config}, {}, {}, {}, {}};
    const auto second = run(command);
    REQUIRE(second);
    CHECK(second->code == 4);
    CHECK(has(second->errors, file + " is in use by another process"));
    CHECK(has(second->errors, "redis://"));
    CHECK(send(first, 100) == 40);
    // whoever is killed leaves it to the next one
    kill(first);
    const Gateway third({}, plan(file, "{limit: 60, period: DAY}"));
    CHECK(send(third, 100) == 10);
}

TEST_CASE("quotas are kept while the disk is full, told, and written down when there is room") {
    const auto disk = SmallDisk::mount(256 * 1024);
    if (!disk) GW_SKIP("a small disk cannot be mounted here");
    const std::string file = disk->file("counts.db");
    {
        Gateway gateway({}, plan(file, "{limit: 300, period: MONTH}"));
        CHECK(send(gateway, 10) == 10);
        disk->fill();
        CHECK(send(gateway, 400) == 290);
        const auto told = gateway.process().wait_for_errors("keeps the limits alone");
        REQUIRE(told);
        CHECK(has(*told, "no space is left"));
        CHECK(gateway.metric("gw_throttle_store_up") == 0);
        CHECK(gateway.metric("gw_throttle_alone_total") > 0);
        disk->make_room();
        CHECK(gateway.process().wait_for_errors("answers again"));
        CHECK(eventually([&] { return gateway.metric("gw_throttle_store_up") == 1; }));
        CHECK(gateway.stop().code == 0);
    }
    CHECK(used(file) == 300);
}

TEST_CASE("what cannot be written at the end is told to be lost") {
    const auto disk = SmallDisk::mount(256 * 1024);
    if (!disk) GW_SKIP("a small disk cannot be mounted here");
    Gateway gateway({}, plan(disk->file("counts.db"), "{limit: 300, period: MONTH}"));
    disk->fill();
    CHECK(send(gateway, 100) == 100);
    const Ending ending = gateway.stop();
    CHECK(ending.code == 0);
    CHECK(has(ending.errors, "what was not written is lost"));
}

TEST_CASE("a disk that may only be read, and a file of something else, end the start with a word") {
    const TemporaryDirectory directory;
    const auto start = [&](const std::string& file) {
        const std::string config = directory.write("gw.yaml", plan(file, "{limit: 50, period: DAY}").config);
        return must(run({{program_path("gw-serve"), "-p", "0", "-c", config}, {}, {}, {}, {}}));
    };
    const Ending other = start(directory.write("notes.txt", "no database\n"));
    CHECK(other.code == 4);
    CHECK(has(other.errors, "notes.txt is no file of counts"));
    const Ending nowhere = start(directory.file("nowhere/counts.db"));
    CHECK(nowhere.code == 4);
    CHECK(has(nowhere.errors, "hint: "));
    const auto disk = SmallDisk::mount(256 * 1024);
    if (!disk) {
        std::puts("a small disk cannot be mounted here: nothing is known of one that may only be read");
        return;
    }
    REQUIRE(disk->allow_writing(false));
    const Ending readable = start(disk->file("counts.db"));
    CHECK(readable.code == 4);
    CHECK(has(readable.errors, "counts.db cannot be"));
}

TEST_CASE("a day, a week and a month begin once, whatever the calendar does and whoever is restarted") {
    if (!Faults::available()) GW_SKIP("sanitizers bring an operator new of their own");
    struct Row {
        const char* period;
        int days;  ///< that are in the next one for sure, and the one after it
    };
    for (const Row& row : {Row{"DAY", 1}, Row{"WEEK", 7}, Row{"MONTH", 31}}) {
        INFO(row.period);
        const TemporaryDirectory directory;
        const Faults faults;
        Start how = plan(directory.file("counts.db"), fmt::format("{{limit: 9, offset: 4, period: {}}}", row.period));
        how.environment = faults.environment();
        // from the middle of a period: the test may run at midnight
        const auto now = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
        const std::chrono::sys_days middle = std::chrono::year(2030) / 5 / 15;
        const std::int64_t start = (middle - now).count() * kDay;
        const auto go_to = [&](int days) { faults.board().date_shift = start + days * kDay; };
        go_to(0);
        {
            Gateway gateway({}, how);
            CHECK(send(gateway, 20) == 5);
            go_to(row.days);
            // the file had been asked a moment before, and is not asked again in the same second
            CHECK(eventually([&] { return send(gateway, 1) == 1; }));
            CHECK(send(gateway, 3) == 3);
            go_to(0);
            CHECK(send(gateway, 20) == 5);
            CHECK(send(gateway, 20) == 0);
            CHECK(gateway.stop().code == 0);
        }
        for (const int days : {0, row.days}) {
            go_to(days);
            Gateway gateway({}, how);
            CHECK(send(gateway, 20) == 0);
            kill(gateway);
        }
        go_to(2 * row.days);
        const Gateway gateway({}, how);
        CHECK(send(gateway, 20) == 9);
    }
}
