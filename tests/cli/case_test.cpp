// The runner must be able to fail: cases are made up here and run.

#include "tests/cli/case.h"

#include "tests/support/catch.h"
#include "tests/support/temporary.h"

namespace gw::cli {
namespace {

bool matches(std::string_view pattern, std::string_view line) {
    Bindings bindings{"/here", {}};
    return matches_line(pattern, line, bindings);
}

/// A case made of files, run.
struct MadeUp {
    test::TemporaryDirectory directory;
    MadeUp& with(std::string_view name, std::string_view text) {
        [[maybe_unused]] const std::string path = directory.write(name, text);
        return *this;
    }
    std::string run() { return run_case(directory.path(), "/nowhere"); }
};

}  // namespace

TEST_CASE("a line without placeholders must be the same to the byte") {
    REQUIRE(matches("a b", "a b"));
    REQUIRE(!matches("a b", "a  b"));
    REQUIRE(!matches("a b", "a b "));
    REQUIRE(!matches("a b", "a"));
    REQUIRE(matches("", ""));
    REQUIRE(!matches("", "x"));
}

TEST_CASE("a star stands for the rest of a line, or up to what follows") {
    REQUIRE(matches("ready {{*}}\n", "ready in 9 ms\n"));
    REQUIRE(matches("ready {{*}}\n", "ready \n"));
    REQUIRE(!matches("ready {{*}}\n", "read\n"));
    REQUIRE(matches("{{*}} ms", "ready in 9 ms"));
    REQUIRE(!matches("{{*}} ms", "ready in 9 s"));
    REQUIRE(matches("a {{*}} b {{*}} c", "a 1 2 b 3 c"));
    REQUIRE(!matches("a {{*}} b {{*}} c", "a 1 2 b 3 d"));
}

TEST_CASE("a number has digits and perhaps a fraction") {
    REQUIRE(matches("in {{N}} ms", "in 9 ms"));
    REQUIRE(matches("in {{N}} ms", "in 10.25 ms"));
    REQUIRE(matches("{{N}}.", "10."));
    REQUIRE(!matches("in {{N}} ms", "in  ms"));
    REQUIRE(!matches("in {{N}} ms", "in x ms"));
}

TEST_CASE("a port is a port, and the same one in the whole case") {
    REQUIRE(matches(":{{PORT}}/", ":8080/"));
    REQUIRE(matches(":{{PORT}}/", ":65535/"));
    REQUIRE(!matches(":{{PORT}}/", ":65536/"));
    REQUIRE(!matches(":{{PORT}}/", ":0/"));
    REQUIRE(!matches(":{{PORT}}/", ":/"));
    Bindings bindings;
    REQUIRE(matches_line("a {{PORT}}", "a 81", bindings));
    REQUIRE(matches_line("b {{PORT}}", "b 81", bindings));
    REQUIRE(!matches_line("b {{PORT}}", "b 82", bindings));
}

TEST_CASE("a line that does not match teaches no port") {
    Bindings bindings;
    REQUIRE(!matches_line("a {{PORT}} x", "a 81 y", bindings));
    REQUIRE(!bindings.port);
}

TEST_CASE("the directory is named by its placeholder") {
    REQUIRE(matches("{{DIR}}/gw.yaml:1", "/here/gw.yaml:1"));
    REQUIRE(!matches("{{DIR}}/gw.yaml:1", "/there/gw.yaml:1"));
}

TEST_CASE("a difference is shown line by line") {
    Bindings bindings;
    REQUIRE(compare("a\nb\nc\n", "a\nb\nc\n", bindings).empty());
    REQUIRE(compare("a\nb\nc\n", "a\nx\nc\n", bindings) == "  a\n- b\n+ x\n  c\n");
    REQUIRE(compare("a\nb\n", "a\n", bindings) == "  a\n- b\n");
    REQUIRE(compare("a\n", "a\nb\n", bindings) == "  a\n+ b\n");
    REQUIRE(compare("", "a\n", bindings) == "+ a\n");
}

TEST_CASE("a missing line end is a difference") {
    Bindings bindings;
    REQUIRE(!compare("a\n", "a", bindings).empty());
    REQUIRE(!compare("a", "a\n", bindings).empty());
}

TEST_CASE("a case passes when output, errors and code are as written") {
    REQUIRE(MadeUp()
                .with("cmd", "cat; echo e >&2; exit 3\n")
                .with("stdin", "x\n")
                .with("stdout", "x\n")
                .with("stderr", "e\n")
                .with("exit", "3\n")
                .run()
                .empty());
}

TEST_CASE("a case fails on a wrong code, on output that nobody asked for and on missing output") {
    REQUIRE(MadeUp().with("cmd", "exit 1\n").run() == "exit: wanted 0, got 1\n");
    REQUIRE(MadeUp().with("cmd", "echo a\n").run() == "stdout: (- wanted, + got)\n+ a\n");
    REQUIRE(MadeUp().with("cmd", "echo a >&2\n").run() == "stderr: (- wanted, + got)\n+ a\n");
    REQUIRE(MadeUp().with("cmd", ":\n").with("stdout", "a\n").run() == "stdout: (- wanted, + got)\n- a\n");
    REQUIRE(!MadeUp().with("cmd", "kill -9 $$\n").run().empty());
}

TEST_CASE("a case runs in a copy of its files") {
    MadeUp made;
    made.with("cmd", "cat a.txt dir/b.txt; echo changed > a.txt; pwd\n");
    made.with("files/a.txt", "one\n").with("files/dir/b.txt", "two\n").with("stdout", "one\ntwo\n{{DIR}}\n");
    REQUIRE(made.run().empty());
    REQUIRE(made.directory.read("files/a.txt") == "one\n");
}

TEST_CASE("a case sees nothing of the settings of who runs it") {
    ::setenv("AWS_SECRET_ACCESS_KEY", "mine", 1);
    ::setenv("GW_SERVE_RATE", "1/s", 1);
    const std::string report =
        MadeUp().with("cmd", "echo \"[$AWS_SECRET_ACCESS_KEY$GW_SERVE_RATE] $TZ\"\n").with("stdout", "[] UTC\n").run();
    ::unsetenv("AWS_SECRET_ACCESS_KEY");
    ::unsetenv("GW_SERVE_RATE");
    REQUIRE(report.empty());
}

}  // namespace gw::cli
