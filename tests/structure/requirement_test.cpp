#include "tests/structure/requirement.h"

#include <filesystem>

#include "tests/support/catch.h"
#include "tests/support/place.h"
#include "tests/support/temporary.h"

namespace gw::structure {

TEST_CASE("every security requirement has its line, and every test that one names is there") {
    const std::filesystem::path root = test::source_root();
    const Findings findings = check_requirements(
        {"tests/requirements.md", test::read_file(root / "tests/requirements.md")}, 107, read_sources(root, {"tests"}),
        [&](const std::string& path) { return std::filesystem::exists(root / path); });
    std::string all;
    for (const std::string& finding : findings) all += finding + "\n";
    INFO(all);
    REQUIRE(findings.empty());
}

TEST_CASE("a requirement without its line, state or proof is found, and a proof that is not there") {
    const std::vector<Source> tree = {{"tests/unit/a_test.cpp", "TEST_CASE(\"one is one\", \"[a]\") {\n"},
                                      {"tests/unit/b_test.cpp", "TEST_CASE(\n    \"a long \"\n    \"name\") {\n"},
                                      {"tests/unit/c_test.cpp", "int c;\n"}};
    const auto found = [&](const std::string& rows, int last = 1) {
        return check_requirements(
                   {"r.md", "# Title\n\n| id | x |\n" + rows}, last, tree,
                   [](const std::string& path) { return path == "tests/vectors/v" || path == ".ci/run"; })
            .size();
    };
    const auto row = [](const std::string& proof, const std::string& state = "**proved**") {
        return "| R-1 | it holds | " + proof + " | " + state + " |\n";
    };
    CHECK(found(row("`unit/a_test.cpp` \"one is one\"; `unit/b_test.cpp` \"a long name\"; `unit/a_test.cpp`")) == 0);
    CHECK(found(row("`vectors/v`; `.ci/run`", "**in part**: a word is missing")) == 0);
    CHECK(found(row("–", "**not built**: b")) == 0);
    CHECK(found("", 0) == 0);
    CHECK(found("", 1) == 1);
    CHECK(found(row("`unit/a_test.cpp`"), 2) == 1);
    CHECK(found("| R-2 | it holds | `unit/a_test.cpp` | **proved** |\n") == 1);
    CHECK(found("| R-1 | it holds | **proved** |\n", 0) == 1);
    CHECK(found("| R-1 |  | `unit/a_test.cpp` | **proved** |\n") == 1);
    CHECK(found(row("`unit/a_test.cpp` \"two is two\", \"one is\"")) == 2);
    CHECK(found(row("`unit/b_test.cpp` \"one is one\"")) == 1);
    CHECK(found(row("`unit/c_test.cpp`")) == 1);
    CHECK(found(row("`unit/d_test.cpp`; `vectors/w`")) == 2);
    CHECK(found(row("\"one is one\"")) == 2);
    CHECK(found(row("`vectors/v` \"one is one\"")) == 1);
    CHECK(found(row("unit/a_test.cpp")) == 2);
    CHECK(found(row("–")) == 1);
    CHECK(found(row("`unit/a_test.cpp`", "**not built**: b")) == 1);
    CHECK(found(row("`unit/a_test.cpp`", "done")) == 1);
    CHECK(found(row("`unit/a_test.cpp`", "**in part**")) == 1);
    CHECK(found(row("–", "**not built**")) == 1);
}

TEST_CASE("names of test cases are read with all their literals") {
    CHECK(find_test_cases("TEST_CASE(\"a \\\"b\\\"\", \"[t]\") {}\n  TEST_CASE(\"c \"\n \"d\") {}\nTEST_CASE(kName)") ==
          std::vector<std::string>{"a \"b\"", "c d"});
}

}  // namespace gw::structure
