#include "tests/structure/example.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "tests/support/catch.h"
#include "tests/support/certificate.h"
#include "tests/support/place.h"
#include "tests/support/process.h"
#include "tests/support/skip.h"
#include "tests/support/temporary.h"

namespace gw::structure {
namespace {

const std::filesystem::path kRoot = test::source_root();
const std::string kPrograms = test::build_root().string();

bool can_run() {
    return std::filesystem::exists(kPrograms + "/gw-serve") && std::system("command -v curl >/dev/null") == 0;
}

/// Output without the line ends behind it: what a server answers need not end a line.
std::string_view trimmed(std::string_view text) {
    while (text.ends_with('\n')) text.remove_suffix(1);
    return text;
}

/// Runs it in a directory of its own, with the built programs first in PATH.
void require_true(const Example& example) {
    const test::TemporaryDirectory directory;
    const char* path = std::getenv("PATH");
    const auto ending = test::run(
        {{"/bin/sh", "-e", "-c", example.script},
         {{"PATH", kPrograms + ":" + (path ? path : "/usr/bin:/bin")}, {"XDG_RUNTIME_DIR", directory.path().string()}},
         {},
         directory.path().string(),
         ""});
    INFO(example.script);
    REQUIRE(ending);
    INFO(ending->errors);
    REQUIRE(trimmed(ending->output) == trimmed(example.output));
    REQUIRE(ending->code == 0);
}

}  // namespace

TEST_CASE("what the README shows comes out") {
    if (!can_run()) GW_SKIP("there is no gw-serve, or no curl");
    const auto examples = find_examples_in_markdown(test::read_file(kRoot / "README.md"));
    REQUIRE(examples.size() == 15);
    for (const Example& example : examples) require_true(example);
}

TEST_CASE("what gw-serve.1 shows comes out") {
    if (!can_run()) GW_SKIP("there is no gw-serve, or no curl");
    const auto examples = find_examples_in_man_page(test::read_file(kRoot / "man" / "gw-serve.1"));
    REQUIRE(examples.size() >= 4);
    for (const Example& example : examples) require_true(example);
}

TEST_CASE("what gw-token.1 shows comes out") {
    const auto examples = find_examples_in_man_page(test::read_file(kRoot / "man" / "gw-token.1"));
    REQUIRE(examples.size() >= 3);
    for (const Example& example : examples) require_true(example);
}

TEST_CASE("the example of gw-config.5 is checked without a warning") {
    if (!can_run()) GW_SKIP("there is no gw-serve, or no curl");
    const std::string page = test::read_file(kRoot / "man" / "gw-config.5");
    const test::TemporaryDirectory directory;
    const std::string file = directory.write("gw.yaml", find_file_in_man_page(page, "gw.yaml"));
    const std::string body = directory.write("not-found.json", "{}");
    const auto ending = test::run({{kPrograms + "/gw-serve", "check", "--strict", "-c", file}, {}, {}, {}, ""});
    REQUIRE(ending);
    INFO(ending->errors);
    REQUIRE(ending->code == 0);
    REQUIRE(page.find(".BR \"" + std::string(trimmed(ending->output)) + "\"") != std::string::npos);
}

TEST_CASE("the example of gw-config.5 with callers, CORS and a cache is checked without a warning") {
    if (!can_run()) GW_SKIP("there is no gw-serve, or no curl");
    const std::string page = test::read_file(kRoot / "man" / "gw-config.5");
    const test::TemporaryDirectory directory;
    const std::string file = directory.write("shop.yaml", find_file_in_man_page(page, "shop.yaml"));
    const auto put = [&](std::string_view name, std::string_view text) {
        static_cast<void>(directory.write(name, text));
    };
    put("access-keys.yaml", find_file_in_man_page(page, "access-keys.yaml"));
    put("report.secret", "a secret of the nightly report");
    put("report.token", "a token of the nightly report");
    put("report-policy.json",
        R"({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}})");
    const auto serve = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), kPrograms + "/gw-serve");
        auto ending =
            test::run({std::move(arguments),
                       {{"ALICE_SECRET", "a secret of Alice's"}, {"TILL_KEY", "AnApiKeyOfTheTillAtTheDoor01"}},
                       {},
                       directory.path().string(),
                       ""});
        REQUIRE(ending);
        INFO(ending->errors);
        REQUIRE(ending->code == 0);
        return ending->output;
    };
    const Date now = std::chrono::floor<std::chrono::nanoseconds>(std::chrono::system_clock::now());
    test::CertificateWish wish;
    wish.names = {"api.shop.example.com"};
    wish.not_before = now - std::chrono::hours(1);
    wish.not_after = now + std::chrono::hours(24 * 90);
    const net::TlsKeyPair pair = test::issue(wish);
    put("shop.pem", pair.cert_pem);
    put("shop.key", pair.key_pem);
    CHECK(serve({"check", "--strict", "-c", file}) == "ok: 5 routes, 1 group\n");
    // what it says is meant is so
    CHECK(serve({"explain", "GET", "/catalogue/1", "-c", file, "--offline"}).find("would send GET ") !=
          std::string::npos);
    for (const auto& [method, path] :
         {std::pair{"GET", "/prices"}, {"POST", "/refunds"}, {"PUT", "/stock/1"}, {"GET", "/orders/1"}}) {
        INFO(path);
        CHECK(serve({"explain", method, path, "-c", file, "--offline"}).find("would answer 40") != std::string::npos);
    }
}

TEST_CASE("the table of the pipeline stands in libgw/README.md as it is in the code") {
    const std::string code = test::read_file(kRoot / "libgw/gateway/pipeline.cpp");
    const std::size_t begin = code.find("constexpr std::array<Stage");
    REQUIRE(begin != std::string::npos);
    const std::size_t end = code.find("}};", begin);
    REQUIRE(end != std::string::npos);
    const std::string map = test::read_file(kRoot / "libgw/README.md");
    REQUIRE(map.find(code.substr(begin, end + 3 - begin)) != std::string::npos);
}

TEST_CASE("a page renders without a warning") {
    if (std::system("command -v groff >/dev/null") != 0) GW_SKIP("there is no groff");
    for (const auto& entry : std::filesystem::directory_iterator(kRoot / "man")) {
        const auto ending =
            test::run({{"groff", "-man", "-ww", "-Tutf8", "-z", entry.path().string()}, {}, {}, {}, ""});
        INFO(entry.path().string());
        REQUIRE(ending);
        REQUIRE(ending->errors.empty());
        REQUIRE(ending->code == 0);
    }
}

TEST_CASE("examples are found with their output, and a failing one would be seen") {
    const auto in_page = find_examples_in_man_page(
        "x\n.\\\" run\n.EX\n$ a \\e\n  \\(aqb\\(aq\nout\\-put\n$ c\nmore\n.EE\n.EX\n$ not this\n.EE\n");
    REQUIRE(in_page.size() == 1);
    REQUIRE(in_page[0].script == "a \\\n  'b'\nc\n");
    REQUIRE(in_page[0].output == "out-put\nmore\n");
    const auto in_text = find_examples_in_markdown("```sh\nno\n```\n<!-- run -->\n```sh\nyes\n```\n```\nout\n```\n");
    REQUIRE(in_text.size() == 1);
    REQUIRE(in_text[0].script == "yes\n");
    REQUIRE(in_text[0].output == "out\n");
    REQUIRE(find_file_in_man_page(".\\\" file: a\n.EX\nk: \\- v\n.EE\n", "a") == "k: - v\n");
    REQUIRE(find_file_in_man_page(".EX\nk\n.EE\n", "a").empty());
}

}  // namespace gw::structure
