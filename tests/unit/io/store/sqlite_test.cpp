#include "libgw/io/store/sqlite.h"

#include <filesystem>

#include "tests/support/catch.h"
#include "tests/support/skip.h"
#include "tests/support/small_disk.h"
#include "tests/support/temporary.h"

using namespace gw;
using namespace std::chrono;
using store::QuotaFile;
using test::SmallDisk;
using test::TemporaryDirectory;
using throttle::Reserved;

namespace {

constexpr Date kDate = sys_days(year(2026) / 11 / 27);

QuotaFile::Entries load(const std::string& path, Date date = kDate) {
    return (*QuotaFile::open(path))->load(date).value();
}

Error error_of(const std::string& path) {
    const auto file = QuotaFile::open(path);
    REQUIRE_FALSE(file);
    return file.error();
}

bool has(std::string_view text, std::string_view word) { return text.find(word) != std::string_view::npos; }

}  // namespace

TEST_CASE("what a file of quotas was told it says again, whoever asks later") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("counts.db");
    const QuotaFile::Entries first = {{"quota/day/a", {1, 2, 3}},
                                      {"quota/month/'; DROP TABLE quota", {4, 5, throttle::kMostQuota}},
                                      {"quota/week/\xc3\xa9", {0, 0, 0}}};
    {
        const auto file = QuotaFile::open(path);
        REQUIRE(file);
        CHECK((*file)->load(kDate)->empty());
        CHECK((*file)->save(first, kDate));
        CHECK((*file)->save({{"quota/day/a", {1, 3, 9}}}, kDate));
        CHECK((*file)->save({}, kDate));
    }
    QuotaFile::Entries expected = first;
    expected["quota/day/a"] = {1, 3, 9};
    CHECK(load(path) == expected);
}

TEST_CASE("what nobody has touched for a hundred days is forgotten") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("counts.db");
    const auto save = [&](const std::string& name, Date date) {
        CHECK((*QuotaFile::open(path))->save({{name, {1, 1, 1}}}, date));
    };
    save("old", kDate);
    save("new", kDate + days(50));
    CHECK(load(path, kDate + days(100)).size() == 2);
    CHECK(load(path, kDate + days(100) + seconds(1)) == QuotaFile::Entries{{"new", {1, 1, 1}}});
    CHECK(load(path, kDate).size() == 1);
}

TEST_CASE("a file of quotas is for one at a time, and the next one's when he is gone") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("counts.db");
    {
        const auto file = QuotaFile::open(path);
        REQUIRE(file);
        const Error error = error_of(path);
        CHECK(error.code == Errc::busy);
        CHECK(has(error.message, path + " is in use by another process"));
        CHECK(has(error.hint, "redis://"));
    }
    CHECK(QuotaFile::open(path));
}

TEST_CASE("what is no file of quotas is left as it is") {
    const TemporaryDirectory directory;
    const std::string text = "name,used\n" + std::string(4000, 'x');
    const std::string path = directory.write("list.csv", text);
    CHECK(has(error_of(path).message, "is no file of counts"));
    CHECK(directory.read("list.csv") == text);
    std::filesystem::create_directory(directory.path() / "folder");
    CHECK(error_of(directory.file("folder")).code == Errc::io);
    const Error missing = error_of(directory.file("nowhere/counts.db"));
    CHECK(has(missing.message, "cannot be opened"));
    CHECK_FALSE(missing.hint.empty());
}

TEST_CASE("a file that ends early is an error, and not a file in which less is used") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("counts.db");
    QuotaFile::Entries many;
    for (std::uint32_t i = 0; i < 500; ++i) many["quota/day/" + std::to_string(i)] = {1, 1, i};
    {
        const auto file = QuotaFile::open(path);
        REQUIRE((*file)->save(many, kDate));
    }
    const std::string whole = directory.read("counts.db");
    for (std::size_t length : {std::size_t{99}, std::size_t{4096}, whole.size() / 2, whole.size() - 4096}) {
        INFO(length);
        static_cast<void>(directory.write("cut.db", whole.substr(0, length)));
        const auto file = QuotaFile::open(directory.file("cut.db"));
        CHECK_FALSE((file && (*file)->load(kDate)));
    }
}

TEST_CASE("a disk that is full takes nothing or all, and takes again when there is room") {
    const auto disk = SmallDisk::mount(256 * 1024);
    if (!disk) GW_SKIP("a small disk cannot be mounted here");
    const std::string path = disk->file("counts.db");
    const auto opened = QuotaFile::open(path);
    REQUIRE(opened);
    QuotaFile& file = **opened;
    REQUIRE(file.save({{"before", {1, 1, 7}}}, kDate));
    disk->fill();
    QuotaFile::Entries much;
    for (std::uint32_t i = 0; i < 2000; ++i) much["quota/day/" + std::to_string(i)] = {1, 1, i};
    const auto saved = file.save(much, kDate);
    REQUIRE_FALSE(saved);
    CHECK(has(saved.error().message, "no space is left"));
    CHECK(*file.load(kDate) == QuotaFile::Entries{{"before", {1, 1, 7}}});
    disk->make_room();
    CHECK(file.save({{"after", {1, 1, 8}}}, kDate));
    CHECK(*file.load(kDate) == QuotaFile::Entries{{"before", {1, 1, 7}}, {"after", {1, 1, 8}}});
}

TEST_CASE("a disk that may only be read is an error at the beginning") {
    const auto disk = SmallDisk::mount(256 * 1024);
    if (!disk) GW_SKIP("a small disk cannot be mounted here");
    const std::string path = disk->file("counts.db");
    CHECK(QuotaFile::open(path));
    REQUIRE(disk->allow_writing(false));
    const Error there = error_of(path);
    CHECK(there.code == Errc::io);
    CHECK(has(there.message, path + " cannot be"));
    CHECK_FALSE(there.hint.empty());
    CHECK(error_of(disk->file("new.db")).code == Errc::io);
}
