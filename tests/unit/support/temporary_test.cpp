#include "tests/support/temporary.h"

#include "tests/support/catch.h"

using namespace gw::test;

TEST_CASE("a temporary directory is there, is empty, and is gone with what it held") {
    std::filesystem::path path;
    {
        const TemporaryDirectory directory;
        path = directory.path();
        REQUIRE(std::filesystem::is_empty(path));
        REQUIRE(directory.write("a/b.txt", std::string_view("x\0y", 3)) == (path / "a/b.txt").string());
        REQUIRE(directory.read("a/b.txt") == std::string("x\0y", 3));
    }
    REQUIRE(!std::filesystem::exists(path));
}

TEST_CASE("two temporary directories are two") {
    const TemporaryDirectory one;
    const TemporaryDirectory two;
    REQUIRE(one.path() != two.path());
}

TEST_CASE("writing a file replaces what it held") {
    const TemporaryDirectory directory;
    write_file(directory.path() / "f", "long text");
    write_file(directory.path() / "f", "short");
    REQUIRE(directory.read("f") == "short");
}

TEST_CASE("a file that cannot be read or written is an exception that names it") {
    const TemporaryDirectory directory;
    REQUIRE_THROWS_WITH(directory.read("none"), Catch::Contains("none"));
    REQUIRE_THROWS(read_file(directory.path()));
    REQUIRE_THROWS(write_file(directory.path(), "x"));
}
