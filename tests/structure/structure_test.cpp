#include <algorithm>
#include <filesystem>
#include <functional>

#include "tests/structure/rules.h"
#include "tests/support/catch.h"
#include "tests/support/place.h"
#include "tests/support/skip.h"
#include "tests/support/temporary.h"

namespace gw::structure {
namespace {

const std::filesystem::path kRoot = test::source_root();

const std::vector<Source>& tree() {
    static const std::vector<Source> sources = read_sources(kRoot, {"libgw", "apps", "tests"});
    return sources;
}

void require_everywhere(const std::function<Findings(const Source&)>& rule) {
    std::string all;
    for (const Source& source : tree())
        for (const std::string& finding : rule(source)) all += finding + "\n";
    INFO(all);
    REQUIRE(all.empty());
}

}  // namespace

TEST_CASE("the tree that the laws are read against is there") {
    const auto has = [](std::string_view path) {
        return std::any_of(tree().begin(), tree().end(), [&](const Source& source) { return source.path == path; });
    };
    REQUIRE(has("libgw/base/result.h"));
    REQUIRE(has("libgw/base/error.cpp"));
    REQUIRE(has("tests/structure/structure_test.cpp"));
}

TEST_CASE("a file includes only what stands to its left or in its own tier") {
    require_everywhere([](const Source& source) { return check_tiers(source, tree()); });
}

TEST_CASE("no files include each other in a ring") {
    const Findings findings = find_include_cycles(tree());
    INFO((findings.empty() ? std::string() : findings.front()));
    REQUIRE(findings.empty());
}

TEST_CASE("third-party headers stay inside their walls") { require_everywhere(check_walls); }

TEST_CASE("left of io nothing reads a clock, throws dice, prints or touches the world, and banned calls are nowhere") {
    require_everywhere(check_calls);
}

TEST_CASE("secrets are compared in a time that does not tell how much of them was right") {
    require_everywhere(check_comparisons);
}

TEST_CASE("files are short and named after what they hold") { require_everywhere(check_form); }

TEST_CASE("the product promises nothing in its comments") { require_everywhere(check_promises); }

TEST_CASE("Catch2 can bear the names of all tests") { require_everywhere(check_test_names); }

TEST_CASE("the tests that tests/README.md names are there") {
    const Findings findings =
        check_named_tests({"tests/README.md", test::read_file(kRoot / "tests/README.md")}, tree());
    INFO((findings.empty() ? std::string() : findings.front()));
    REQUIRE(findings.empty());
}

TEST_CASE("the packages of the tests run on the Node of Debian 12") {
    for (const char* set : {"strangers", "issuers", "sockets"}) {
        const std::string path = std::string("tests/integration/") + set + "/package-lock.json";
        const Findings findings = check_engines({path, test::read_file(kRoot / path)});
        INFO((findings.empty() ? std::string() : findings.front()));
        REQUIRE(findings.empty());
    }
}

TEST_CASE("the top level holds nothing but what the plan names") {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(kRoot))
        names.push_back(entry.path().filename().string());
    const Findings findings = check_top_level(names);
    INFO((findings.empty() ? std::string() : findings.front()));
    REQUIRE(findings.empty());
}

TEST_CASE("the top level holds all that the plan names") {
    if (!std::filesystem::exists(kRoot / "README.md")) GW_SKIP("there is no README.md yet");
    for (const std::string_view name : required_at_top_level()) {
        INFO(name);
        REQUIRE(std::filesystem::exists(kRoot / name));
    }
}

TEST_CASE("the README shows the two commands that do everything") {
    if (!std::filesystem::exists(kRoot / "README.md")) GW_SKIP("there is no README.md yet");
    const std::string text = test::read_file(kRoot / "README.md");
    REQUIRE(text.find("apps/quickstart") != std::string::npos);
    REQUIRE(text.find("tests/run") != std::string::npos);
}

TEST_CASE("the commands of the tree can be executed") {
    for (const char* command : {"apps/quickstart", "apps/install-packages", "tests/run", ".ci/run"}) {
        INFO(command);
        const auto permissions = std::filesystem::status(kRoot / command).permissions();
        REQUIRE((permissions & std::filesystem::perms::owner_exec) != std::filesystem::perms::none);
    }
}

}  // namespace gw::structure
