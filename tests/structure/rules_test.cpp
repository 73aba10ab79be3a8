// Each law must be able to fail: a bad file for each is held against it here, and a good one that looks like it.

#include "tests/structure/rules.h"

#include "tests/support/catch.h"

namespace gw::structure {
namespace {

std::size_t calls_found(std::string path, std::string text) {
    return check_calls({std::move(path), std::move(text)}).size();
}
std::size_t walls_found(std::string path, std::string header) {
    return check_walls({std::move(path), "#include <" + header + ">\n"}).size();
}

/// How many findings an include of `to` in `from` gives, when both exist.
std::size_t tiers_found(const std::string& from, const std::string& to) {
    const Source source{from, "#include \"" + to + "\"\n"};
    return check_tiers(source, {source, {to, ""}}).size();
}

}  // namespace

TEST_CASE("comments and literals are blank, digit separators and raw strings are understood") {
    REQUIRE(blank_comments_and_literals("a // rand()\nb") == "a          \nb");
    REQUIRE(blank_comments_and_literals("a /* x\ny */ b") == "a     \n     b");
    REQUIRE(blank_comments_and_literals(R"(f("a\"b", 'c');)") == "f(      ,    );");
    REQUIRE(blank_comments_and_literals("10'000 + x; 'y'") == "10'000 + x;    ");
    REQUIRE(blank_comments_and_literals("R\"x(a)\" )x\" b") == "R" + std::string(11, ' ') + "b");
    REQUIRE(blank_comments_and_literals("\"unfinished").size() == 11);
    REQUIRE(blank_comments_and_literals("/* unfinished").size() == 13);
}

TEST_CASE("includes are found with their lines, and not in comments") {
    const auto includes =
        find_includes("// #include <no>\n#include <yes>\n/*\n#include \"no\"\n*/\n  #  include \"a/b.h\"\n");
    REQUIRE(includes.size() == 2);
    REQUIRE((includes[0].name == "yes" && includes[0].angled && includes[0].line == 2));
    REQUIRE((includes[1].name == "a/b.h" && !includes[1].angled && includes[1].line == 6));
}

TEST_CASE("every tier may include what is left of it and nothing that is right of it") {
    const std::vector<std::string> line = {"libgw/base/a.h",   "libgw/wire/a.h", "libgw/policy/a.h",
                                           "libgw/config/a.h", "libgw/io/a.h",   "libgw/gateway/a.h",
                                           "apps/gw-serve/a.h"};
    for (std::size_t from = 0; from < line.size(); ++from)
        for (std::size_t to = 0; to < line.size(); ++to) {
            INFO(line[from] << " includes " << line[to]);
            if (from != to) REQUIRE(tiers_found(line[from], line[to]) == (to < from ? 0 : 1));
        }
}

TEST_CASE("term stands beside the line") {
    REQUIRE(tiers_found("libgw/term/a.h", "libgw/base/a.h") == 0);
    REQUIRE(tiers_found("libgw/term/a.h", "libgw/term/b.h") == 0);
    REQUIRE(tiers_found("libgw/term/a.h", "libgw/wire/a.h") == 1);
    REQUIRE(tiers_found("apps/gw-serve/a.h", "libgw/term/a.h") == 0);
    REQUIRE(tiers_found("libgw/gateway/a.h", "libgw/term/a.h") == 1);
}

TEST_CASE("the product does not include its tests, and tests may include everything") {
    REQUIRE(tiers_found("libgw/gateway/a.h", "tests/support/a.h") == 1);
    REQUIRE(tiers_found("apps/gw-serve/a.h", "tests/support/a.h") == 1);
    REQUIRE(tiers_found("tests/unit/a.cpp", "apps/gw-serve/a.h") == 0);
}

TEST_CASE("an include that is not a path from the root, and a file of no tier, are found") {
    const Source relative{"libgw/wire/a.cpp", "#include \"a.h\"\n"};
    REQUIRE(check_tiers(relative, {relative, {"libgw/wire/a.h", ""}}).size() == 1);
    const Source stray{"libgw/extra/a.h", ""};
    REQUIRE(check_tiers(stray, {stray}).size() == 1);
}

TEST_CASE("a ring of includes is found, a diamond is none") {
    const Source a{"libgw/base/a.h", "#include \"libgw/base/b.h\"\n#include \"libgw/base/c.h\"\n"};
    const Source b{"libgw/base/b.h", "#include \"libgw/base/d.h\"\n"};
    const Source c{"libgw/base/c.h", "#include \"libgw/base/d.h\"\n"};
    REQUIRE(find_include_cycles({a, b, c, {"libgw/base/d.h", ""}}).empty());
    const auto findings = find_include_cycles({a, b, c, {"libgw/base/d.h", "#include \"libgw/base/a.h\"\n"}});
    REQUIRE(!findings.empty());
    REQUIRE(findings[0].find("libgw/base/a.h -> libgw/base/b.h -> libgw/base/d.h -> libgw/base/a.h") !=
            std::string::npos);
    REQUIRE(find_include_cycles({{"libgw/base/a.h", "#include \"libgw/base/a.h\"\n"}}).size() == 1);
}

TEST_CASE("a third-party header is allowed inside its wall and refused outside") {
    REQUIRE(walls_found("libgw/io/net/loop.cpp", "boost/asio.hpp") == 0);
    REQUIRE(walls_found("libgw/gateway/server.cpp", "boost/asio.hpp") == 1);
    REQUIRE(walls_found("libgw/base/json.cpp", "nlohmann/json.hpp") == 0);
    REQUIRE(walls_found("libgw/base/json.h", "nlohmann/json.hpp") == 1);
    REQUIRE(walls_found("libgw/base/crypto.cpp", "openssl/evp.h") == 0);
    REQUIRE(walls_found("libgw/policy/auth/jws.cpp", "openssl/evp.h") == 1);
    REQUIRE(walls_found("libgw/io/net/tls_ticket.cpp", "openssl/ssl.h") == 0);
    REQUIRE(walls_found("libgw/io/net/tls.h", "openssl/ssl.h") == 1);
    REQUIRE(walls_found("apps/gw-canary/options.cpp", "CLI/CLI.hpp") == 0);
    REQUIRE(walls_found("apps/gw-canary/deep/options.cpp", "CLI/CLI.hpp") == 1);
    REQUIRE(walls_found("apps/gw-canary/main.cpp", "CLI/CLI.hpp") == 1);
    REQUIRE(walls_found("libgw/wire/http/uri.cpp", "fmt/format.h") == 0);
    REQUIRE(walls_found("apps/support/versions.cpp", "ares.h") == 0);
    REQUIRE(walls_found("apps/support/versions.cpp", "httplib.h") == 1);
    REQUIRE(walls_found("libgw/io/net/loop.cpp", "httplib.h") == 1);
    REQUIRE(walls_found("tests/support/peer.cpp", "httplib.h") == 0);
    REQUIRE(walls_found("tests/unit/io/a_test.cpp", "httplib.h") == 1);
    REQUIRE(walls_found("tests/unit/io/a_test.cpp", "catch2/catch.hpp") == 1);
    REQUIRE(walls_found("tests/unit/io/a_test.cpp", "openssl/evp.h") == 0);
}

TEST_CASE("a header of a library that has no wall is refused, the standard library and the system are not") {
    REQUIRE(walls_found("libgw/io/net/loop.cpp", "curl/curl.h") == 1);
    REQUIRE(walls_found("libgw/io/net/loop.cpp", "uv.h") == 1);
    REQUIRE(walls_found("libgw/io/net/loop.cpp", "vector") == 0);
    REQUIRE(walls_found("libgw/io/net/loop.cpp", "sys/socket.h") == 0);
}

TEST_CASE("left of io each way to the world is found, and in io it is allowed") {
    const auto bad = GENERATE(
        as<std::string>(), "auto t = std::chrono::steady_clock::now();", "auto t = clock.now();",
        "clock_gettime(CLOCK_MONOTONIC, &t);", "return time(nullptr);", "x = std::time(nullptr);",
        "gettimeofday(&t, nullptr);", "localtime_r(&t, &broken);", "int x = rand();", "std::random_device dice;",
        "RAND_bytes(p, 8);", "auto h = getenv(\"HOME\");", "char** e = environ;", "printf(\"x\");", "std::cout << 1;",
        "std::cerr << 1;", "fprintf(f, \"x\");", "auto f = fopen(p, \"r\");", "std::ifstream f(p);",
        "int f = ::open(p, 0);", "int s = ::socket(1, 2, 3);", "if (std::filesystem::exists(p)) return;",
        "#include <iostream>", "#include <fstream>", "#include <sys/socket.h>", "#include <fcntl.h>",
        "#include <unistd.h>", "#include <thread>");
    INFO(bad);
    for (const char* folder : {"base", "wire", "policy", "config"})
        REQUIRE(calls_found(std::string("libgw/") + folder + "/a.cpp", bad + "\n") == 1);
    for (const char* path : {"libgw/io/a.cpp", "libgw/gateway/a.cpp", "apps/gw-serve/a.cpp"})
        REQUIRE(calls_found(path, bad + "\n") == 0);
}

TEST_CASE("names that only look like the world are left alone") {
    const auto good = GENERATE(
        as<std::string>(), "Result<File> open(Name name);", "auto f = File::open(name);", "if (open(event)) return;",
        "ok = json::open(x);", "store.open(name);", "Instant now = later; use(now);", "Date& time(int);", "// rand()",
        "auto s = \"getenv(\";", "snprintf(buffer, 8, \"x\");", "std::filesystem::path p = a / b;", "int timeout(3);",
        "event.time = 4;", "#include <chrono>");
    INFO(good);
    REQUIRE(calls_found("libgw/policy/a.cpp", good + "\n") == 0);
}

TEST_CASE("OpenSSL's randomness is allowed in the one file that owns it") {
    REQUIRE(calls_found("libgw/base/crypto.cpp", "RAND_bytes(p, 8);") == 0);
    REQUIRE(calls_found("libgw/base/token.cpp", "RAND_bytes(p, 8);") == 1);
}

TEST_CASE("wire and policy hold no locks") {
    REQUIRE(calls_found("libgw/policy/a.h", "#include <mutex>\n") == 1);
    REQUIRE(calls_found("libgw/wire/a.h", "#include <shared_mutex>\n") == 1);
    REQUIRE(calls_found("libgw/gateway/a.h", "#include <mutex>\n") == 0);
}

TEST_CASE("calls that are unsafe on input are found in every tier and in apps, but not in tests") {
    const auto bad = GENERATE(as<std::string>(), "std::regex r(x);", "strtol(p, &q, 10);", "strtoull(p, &q, 10);",
                              "std::stoi(text);", "atoi(p);", "sscanf(p, \"%d\", &x);", "system(\"ls\");",
                              "::system(p);", "popen(p, \"r\");", "fmt::format(fmt::runtime(text), 1);",
                              "sprintf(p, \"x\");", "strcpy(a, b);", "#include <regex>");
    INFO(bad);
    for (const char* path :
         {"libgw/base/a.cpp", "libgw/io/a.cpp", "libgw/gateway/a.cpp", "libgw/term/a.cpp", "apps/gw-serve/a.cpp"})
        REQUIRE(calls_found(path, bad + "\n") == 1);
    REQUIRE(calls_found("tests/unit/a.cpp", bad + "\n") == 0);
    REQUIRE(calls_found("libgw/gateway/a.cpp", "auto& r = exchange.runtime();") == 0);
    REQUIRE(calls_found("libgw/io/a.cpp", "std::error_code e(1, std::system_category());") == 0);
}

TEST_CASE("a secret that is compared hastily is found, and one that is only measured or handed on is not") {
    const auto found = [](const std::string& text, const char* path = "libgw/gateway/a.cpp") {
        return check_comparisons({path, text + "\n"}).size();
    };
    REQUIRE(found("if (token.expose() == given) return;") == 1);
    REQUIRE(found("if (given != state_->token.expose()) return;") == 1);
    REQUIRE(found("return secret.expose().compare(given) == 0;") == 1);
    REQUIRE(found("return std::memcmp(a, b, 8) == 0;") == 1);
    REQUIRE(found("return !strcmp(a, b);", "apps/gw-serve/a.cpp") == 1);
    REQUIRE(found("return std::memcmp(a, b, 8) == 0;", "libgw/io/net/address.cpp") == 0);
    REQUIRE(found("return memcmp(a, b, 8) == 0;", "tests/unit/a.cpp") == 0);
    REQUIRE(found("if (a == b || key.expose().size() >= 16) return;") == 0);
    REQUIRE(found("text.append(key.expose()); // memcmp") == 0);
    REQUIRE(found("if (secret.matches(other.expose())) return;") == 0);
}

TEST_CASE("a call inside a macro is found") {
    REQUIRE(calls_found("libgw/base/a.h", "#define CHANCE() rand()\n") == 1);
}

TEST_CASE("a finding names the file and the line") {
    const auto findings = check_calls({"libgw/base/a.cpp", "int a;\nint b = rand();\n"});
    REQUIRE(findings.size() == 1);
    REQUIRE(findings[0].starts_with("libgw/base/a.cpp:2: rand "));
}

TEST_CASE("a file may have 500 lines and not 501") {
    const std::string head = "#pragma once\n";
    REQUIRE(check_form({"libgw/base/a.h", head + std::string(499, '\n')}).empty());
    REQUIRE(check_form({"libgw/base/a.h", head + std::string(500, '\n')}).size() == 1);
}

TEST_CASE("headers without a guard, upper-case names and folders named after nothing are found") {
    REQUIRE(check_form({"libgw/base/a.h", "int a;\n"}).size() == 1);
    REQUIRE(check_form({"libgw/base/Thing.cpp", "int a;\n"}).size() == 1);
    REQUIRE(check_form({"libgw/utils/a.cpp", "int a;\n"}).size() == 1);
    REQUIRE(check_form({"libgw/io/helpers.cpp", "int a;\n"}).size() == 1);
    REQUIRE(check_form({"libgw/io/net/tls.cpp", "int a;\n"}).empty());
}

TEST_CASE("promises are found in the product, as whole words") {
    for (const char* promise : {"TODO", "FIXME", "XXX", "HACK"}) {
        REQUIRE(check_promises({"libgw/base/a.h", "int a;\n// " + std::string(promise) + ": later\n"}).size() == 1);
        REQUIRE(check_promises({"apps/gw-serve/a.h", std::string(promise)}).size() == 1);
        REQUIRE(check_promises({"libgw/base/a.h", "k" + std::string(promise) + "X"}).empty());
    }
    REQUIRE(check_promises({"libgw/base/a.h", "mkdtemp(\"gw.XXXXXX\")"}).empty());
}

TEST_CASE("names of tests that Catch2 cannot bear are found") {
    const auto found = [](const std::string& name) {
        return check_test_names({"tests/unit/a_test.cpp", "\nTEST_CASE" + ("(\"" + name) + "\", \"[a]\") {\n"});
    };
    REQUIRE(found("router: finds").empty());
    REQUIRE(found("a-b").empty());
    REQUIRE(found("--option").size() == 1);
    REQUIRE(found(std::string(59, 'a') + ": b").empty());
    REQUIRE(found(std::string(60, 'a') + ": b").size() == 1);
    REQUIRE(found(std::string(60, 'a') + ": b")[0].starts_with("tests/unit/a_test.cpp:2: "));
    REQUIRE(found("a: " + std::string(60, 'a') + ":b").empty());
}

TEST_CASE("a package that wants a newer Node is found") {
    const auto found = [](const std::string& engines) {
        return check_engines({"package-lock.json", "{\n  \"node\": \"" + engines + "\"\n}\n"}).size();
    };
    for (const char* good : {">=18.0.0", ">= 0.8", "^16.0.0 || >=20", "6.* || 8.* || >= 10.*", "*", ">=18 <21"})
        CHECK(found(good) == 0);
    for (const char* bad : {">=20.0.0", "^20.0.0 || >=22", ">= 19"}) CHECK(found(bad) == 1);
}

TEST_CASE("a table that names a test which is not there is found") {
    const std::vector<Source> tree = {{"tests/unit/a_test.cpp", "TEST_CASE(\"one is one\", \"[a]\") {\n"}};
    const auto found = [&](const std::string& text) { return check_named_tests({"README.md", text}, tree).size(); };
    CHECK(found("| 1 | \"one is one\" | \"word\" |\nno table: \"two is two\"\n") == 0);
    CHECK(found("| 1 | \"one is one\", \"two is two\" |\n| 2 | \"one is\" |\n") == 2);
}

TEST_CASE("a stranger at the top level is found") {
    REQUIRE(check_top_level({"libgw", "apps", ".git", "build", "README.md"}).empty());
    REQUIRE(check_top_level({"libgw", "docs"}).size() == 1);
    REQUIRE(check_top_level({"libgw", "scripts", "include"}).size() == 2);
}

}  // namespace gw::structure
