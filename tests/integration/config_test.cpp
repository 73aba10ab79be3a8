// The cases of tests/vectors/config, told by the program itself.

#include <algorithm>
#include <filesystem>

#include "libgw/base/text.h"
#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/certificate.h"
#include "tests/support/faults.h"
#include "tests/support/place.h"

using namespace gw;
using namespace gw::test;

namespace {

/// One case in a directory of its own, with the certificates and keys that it names: in the tree they would expire.
class Copy {
  public:
    Copy(const std::filesystem::path& from, const net::TlsKeyPair& pair) {
        for (const auto& entry : std::filesystem::directory_iterator(from)) {
            const std::string name = entry.path().filename().string();
            const std::string text = read_file(entry.path());
            if (name.starts_with("input.")) input_ = name;
            if (name == "expected.txt") expected_ = text;
            static_cast<void>(directory_.write(name, text));
        }
        static_cast<void>(directory_.write("token", "0123456789abcdef01\n"));
        const std::string text = directory_.read(input_);
        for (std::size_t end = text.find_first_of(",} \n"); end != std::string::npos;
             end = text.find_first_of(",} \n", end + 1)) {
            const std::string word = text.substr(0, end).substr(text.find_last_of(" {[\"\n", end - 1) + 1);
            if (word.ends_with(".pem")) static_cast<void>(directory_.write(word, pair.cert_pem));
            if (word.ends_with(".key")) static_cast<void>(directory_.write(word, pair.key_pem));
        }
    }

    [[nodiscard]] Ending check(bool strict) const {
        Command command;
        command.arguments = {program_path("gw-serve"), "check", "-c", input_};
        if (strict) command.arguments.emplace_back("--strict");
        command.environment = {{"TOKEN", "0123456789abcdef01"}};
        command.directory = directory_.path().string();
        command.input = "";
        return must(run(command));
    }
    /// What is told: "input.yaml:3:1: error: …" and so on, without what is shown of the text.
    [[nodiscard]] std::vector<std::string> expected() const {
        std::vector<std::string> told;
        for (const std::string_view line : split(expected_, '\n')) {
            if (!is_error(line) && line.find(": warning: ") == line.npos) continue;
            told.emplace_back(line);
            // a file in a map and one on a disk are not there in different words
            if (const auto at = line.find(": file "); at != line.npos && line.ends_with(": no such file or directory"))
                told.back().erase(at + 2, std::string_view("file ").size());
        }
        return told;
    }
    static bool is_error(std::string_view line) { return line.find(": error: ") != line.npos; }

  private:
    TemporaryDirectory directory_;
    std::string input_;
    std::string expected_;
};

}  // namespace

TEST_CASE("of every case of tests/vectors/config the program tells what it should, and ends with 2 where it is wrong") {
    const std::filesystem::path folder = source_root() / "tests/vectors/config";
    const net::TlsKeyPair pair = issue(local_wish(std::chrono::hours(24 * 40)));
    std::vector<std::filesystem::path> cases;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) cases.push_back(entry.path());
    std::sort(cases.begin(), cases.end());
    std::size_t wrong = 0;
    std::size_t doubtful = 0;
    // a sanitizer takes a second for each
    for (std::size_t i = 0; i < cases.size(); i += Faults::available() ? 1 : 16) {
        INFO(cases[i].filename().string());
        const Copy copy(cases[i], pair);
        const auto expected = copy.expected();
        const bool is_wrong = std::any_of(expected.begin(), expected.end(), &Copy::is_error);
        const Ending ending = copy.check(false);
        INFO(ending.errors);
        CHECK(ending.code == (is_wrong ? 2 : 0));
        std::size_t at = 0;
        for (const std::string& line : expected) {
            INFO(line);
            const std::size_t found = ending.errors.find(line + "\n", at);
            CHECK(found != std::string::npos);
            at = found == std::string::npos ? at : found;
        }
        wrong += is_wrong ? 1 : 0;
        if (is_wrong || expected.empty()) continue;
        ++doubtful;
        CHECK(copy.check(true).code == 2);
    }
    CHECK(wrong >= (Faults::available() ? 150 : 5));
    CHECK(doubtful >= (Faults::available() ? 20 : 1));
}
