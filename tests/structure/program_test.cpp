#include "tests/structure/program.h"

#include <array>
#include <filesystem>

#include "tests/structure/binary.h"
#include "tests/support/catch.h"
#include "tests/support/place.h"
#include "tests/support/process.h"
#include "tests/support/skip.h"
#include "tests/support/temporary.h"

namespace gw::structure {
namespace {

const std::filesystem::path kRoot = test::source_root();
const std::filesystem::path kPrograms = test::build_root();
#ifdef NDEBUG
[[maybe_unused]] constexpr bool kIsRelease = true;
#else
[[maybe_unused]] constexpr bool kIsRelease = false;
#endif

/// The programs that the tree has sources for. They are built before these tests.
std::vector<std::string> programs() {
    std::vector<std::string> names;
    for (const char* name : {"gw-serve", "gw-preflight", "gw-token", "gw-throttle-sim", "gw-canary", "gw-wscat"})
        if (std::filesystem::exists(kRoot / "apps" / name)) names.emplace_back(name);
    return names;
}

std::string output_of(std::vector<std::string> arguments) {
    const std::string line = arguments.front() + " " + arguments.back();
    const auto ending = test::run({std::move(arguments), {{"LC_ALL", "C"}, {"COLUMNS", "200"}}, {}, {}, ""});
    INFO(line);
    REQUIRE(ending);
    INFO(ending->errors);
    REQUIRE(ending->code == 0);
    return ending->output;
}

std::string path_of(const std::string& program) { return (kPrograms / program).string(); }

void require_none(const std::string& program, const Findings& findings) {
    std::string all;
    for (const std::string& finding : findings) all += program + ": " + finding + "\n";
    INFO(all);
    REQUIRE(findings.empty());
}

}  // namespace

TEST_CASE("each program's options are those of its man page") {
    if (programs().empty()) GW_SKIP("there is no program yet");
    for (const std::string& program : programs()) {
        INFO(program);
        const auto help = find_options_in_help(output_of({path_of(program), "--help-all"}));
        REQUIRE(help.contains("--version"));
        require_none(program, compare_options(
                                  help, find_options_in_man_page(test::read_file(kRoot / "man" / (program + ".1")))));
    }
}

TEST_CASE("the completions in the tree are those that the programs print") {
    if (programs().empty()) GW_SKIP("there is no program yet");
    for (const std::string& program : programs()) {
        const std::array<std::pair<std::string, std::string>, 3> shells = {
            {{"bash", program + ".bash"}, {"zsh", "_" + program}, {"fish", program + ".fish"}}};
        for (const auto& [shell, file] : shells) {
            INFO(program << " completions " << shell);
            REQUIRE(test::read_file(kRoot / "completions" / file) ==
                    output_of({path_of(program), "completions", shell}));
        }
    }
}

TEST_CASE("every key of the configuration is explained in gw-config.5") {
    if (!std::filesystem::exists(kRoot / "man" / "gw-config.5")) GW_SKIP("there is no gw-config.5 yet");
    const auto keys = find_keys_in_schema(output_of({path_of("gw-serve"), "check", "--schema"}));
    REQUIRE(keys.size() > 20);
    const std::string page = to_plain(test::read_file(kRoot / "man" / "gw-config.5"));
    for (const std::string& key : keys) {
        INFO(key);
        CHECK(has_word(page, key));
    }
}

#ifndef GW_SANITIZED
TEST_CASE("the programs are hardened") {
    if (programs().empty()) GW_SKIP("there is no program yet");
    for (const std::string& program : programs())
        require_none(program, check_hardening(output_of({"readelf", "--wide", "--file-header", "--program-headers",
                                                         "--dynamic", "--dyn-syms", path_of(program)}),
                                              kIsRelease));
}

TEST_CASE("gw-serve is linked to the libraries it is meant to have, and holds no cpp-httplib") {
    if (!std::filesystem::exists(kRoot / "apps/gw-serve")) GW_SKIP("there is no gw-serve yet");
    require_none("gw-serve", check_libraries(output_of({"ldd", path_of("gw-serve")})));
    REQUIRE(test::read_file(path_of("gw-serve")).find("7httplib") == std::string::npos);  // its mangled namespace
}

TEST_CASE("this very test program is hardened as the programs are") {
    require_none("gw_structure",
                 check_hardening(output_of({"readelf", "--wide", "--file-header", "--program-headers", "--dynamic",
                                            "--dyn-syms", std::filesystem::read_symlink("/proc/self/exe").string()}),
                                 false));
}
#endif

TEST_CASE("each missing piece of hardening is found") {
    const std::string good =
        "  Type:  DYN (Position-Independent Executable file)\n"
        "  LOAD           0x000000 0x0 0x0 0x00040 0x00040 R E 0x1000\n"
        "  GNU_STACK      0x000000 0x0 0x0 0x00000 0x00000 RW  0x10\n"
        "  GNU_RELRO      0x002da8 0x3 0x3 0x00258 0x00258 R   0x1\n"
        " 0x000000000000001e (FLAGS)              BIND_NOW\n"
        "   5: 0000 0 FUNC    GLOBAL DEFAULT  UND __stack_chk_fail@GLIBC_2.4 (5)\n"
        "   6: 0000 0 FUNC    GLOBAL DEFAULT  UND __memcpy_chk@GLIBC_2.3.4 (6)\n";
    REQUIRE(check_hardening(good, true).empty());
    for (const char* needed : {"DYN (Position-Independent Executable file)", "GNU_STACK", "GNU_RELRO", "BIND_NOW",
                               "__stack_chk_fail", "__memcpy_chk"}) {
        std::string bad = good;
        bad.replace(bad.find(needed), std::string_view(needed).size(), "something else");
        INFO(needed);
        REQUIRE(check_hardening(bad, true).size() == 1);
    }
    REQUIRE(check_hardening(good + " (RUNPATH) Library runpath: [/x]\n", true).size() == 1);
    REQUIRE(check_hardening(good + "  LOAD  0x0 0x0 0x0 0x0 0x0 RWE 0x1000\n", true).size() == 1);
    std::string executable_stack = good;
    executable_stack.replace(executable_stack.find("RW  0x10"), 3, "RWE");
    REQUIRE(check_hardening(executable_stack, true).size() == 1);
}

TEST_CASE("a library that is not on the list is found") {
    REQUIRE(
        check_libraries(
            "\tlinux-vdso.so.1 (0x1)\n\tlibssl.so.3 => /lib/x/libssl.so.3 (0x2)\n\t/lib64/ld-linux-x86-64.so.2 (0x3)\n")
            .empty());
    REQUIRE(check_libraries("\tlibcpp-httplib.so.0.11 => /lib/x/libcpp-httplib.so.0.11 (0x2)\n").size() == 1);
    REQUIRE(check_libraries("\tlibcurl.so.4 => not found\n").size() == 2);
    REQUIRE(check_libraries("\tlibabsl_base.so.20220623 => /lib/x (0x2)\n").empty());
}

TEST_CASE("options are found in help and man page, and a difference is told") {
    const auto help = find_options_in_help(
        "Usage: gw [--not-here]\n  -p, --port N      the port, see --other\n      --listen A    where\n  text --no\n  "
        "-h,--help  this\n");
    REQUIRE(help == std::set<std::string>{"--port", "--listen", "--help"});
    const auto man = find_options_in_man_page(
        ".TP\n.BR \\-p , \" \\-\\-port \" \\fIN\\fR\nThe port, see "
        "\\-\\-other.\n.TP\n\\fB\\-\\-listen\\fR=A\nWhere.\n.IP \"\\-\\-extra\"\nx\n");
    REQUIRE(man == std::set<std::string>{"--port", "--listen", "--extra"});
    REQUIRE(compare_options(help, man).size() == 2);
    REQUIRE(compare_options(help, help).empty());
}

TEST_CASE("the keys of a schema are its properties at every depth, and not its own words") {
    REQUIRE(find_keys_in_schema(R"({"type":"object","properties":{"routes":{"type":"array","items":{"type":"object",
        "properties":{"path":{"type":"string","description":"a \"quoted\" word"},"properties":{"type":"object"}}}},
        "listen":{"enum":["a","b"]}},"required":["routes"]})") ==
            std::set<std::string>{"routes", "path", "properties", "listen"});
}

TEST_CASE("a word is found only when it stands alone") {
    REQUIRE(has_word("set rateLimit, then", "rateLimit"));
    REQUIRE(!has_word("set rateLimits, then", "rateLimit"));
    REQUIRE(!has_word("jwt-issuer", "issuer"));
    REQUIRE(has_word("x issuers issuer", "issuer"));
}

}  // namespace gw::structure
