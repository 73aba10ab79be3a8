#include "tests/integration/stranger.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "tests/integration/gateway.h"
#include "tests/support/place.h"

namespace gw::test {
namespace {

std::string folder(std::string_view set) { return (build_root() / set).string(); }

/// One installs, the others wait: tests run side by side. What was installed is kept while the lock file is the same.
constexpr const char* kInstall = R"(set -e
mkdir -p "$1"
exec 9>"$1/lock"
flock 9
cp "$2"/* "$1"
cd "$1"
cmp -s package-lock.json installed.json && exit 0
command -v node >/dev/null && command -v npm >/dev/null || { echo 'there is no node or no npm' >&2; exit 1; }
npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1 </dev/null || { echo 'npm could not install its packages: npm.log' >&2; exit 1; }
cp package-lock.json installed.json)";

bool is_installed(std::string_view set) {
    Command command;
    command.arguments = {"/bin/sh", "-c",        kInstall,
                         "sh",      folder(set), (source_root() / "tests" / "integration" / set).string()};
    command.input = "";
    auto process = Process::start(command);
    if (!process) return false;
    const auto ending = process->wait(std::chrono::minutes(4));
    if (!ending || ending->code != 0) std::fputs(ending ? ending->errors.c_str() : "npm took too long\n", stderr);
    return ending && ending->code == 0;
}

}  // namespace

bool has_strangers() {
    static const bool there = is_installed("strangers");
    return there;
}

bool has_issuers() {
    static const bool there = is_installed("issuers");
    return there;
}

bool has_sockets() {
    static const bool there = is_installed("sockets");
    return there;
}

bool has_cache_suite() {
    static const bool there = is_installed("caches");
    return there;
}

namespace {

Process start_script(const Command& command) {
    auto process = Process::start(command);
    if (!process) throw std::runtime_error(to_string(process.error()));
    return std::move(*process);
}

}  // namespace

bool has_browser_driver() {
    static const bool there = is_installed("cors");
    return there;
}

std::string ask_browser(const std::string& chromium, std::string cases) {
    Command command;
    command.arguments = {"node", folder("cors") + "/browse.mjs", chromium, program_path("gw-preflight")};
    command.input = std::move(cases);
    auto ending = run(command, std::chrono::minutes(10));
    if (!ending) throw std::runtime_error(to_string(ending.error()));
    if (ending->code != 0) throw std::runtime_error("browse.mjs: " + ending->errors);
    return ending->output;
}

std::string find_browser() {
    const char* const chosen = std::getenv("GW_CHROMIUM");
    const std::string chromium = chosen == nullptr ? "/usr/bin/chromium" : chosen;
    return std::filesystem::exists(chromium) ? chromium : std::string();
}

Process start_page(const std::string& chromium) {
    Command command;
    command.arguments = {"node", folder("cors") + "/page.mjs", chromium};
    return start_script(command);
}

Process start_issuer(std::string_view script, const std::vector<std::string>& arguments, const std::string& directory) {
    Command command;
    command.arguments = {"node", folder("issuers") + "/" + std::string(script)};
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    command.directory = directory;
    return start_script(command);
}

Process start_socket(std::string_view script, const std::vector<std::string>& arguments) {
    Command command;
    command.arguments = {"node", folder("sockets") + "/" + std::string(script)};
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    return start_script(command);
}

Process start_cache_suite() {
    Command command;
    command.arguments = {"node", folder("caches") + "/suite.mjs"};
    return start_script(command);
}

std::string ask_stranger(std::string_view script, std::string input) {
    Command command;
    command.arguments = {"node", folder("strangers") + "/" + std::string(script)};
    command.input = std::move(input);
    auto ending = run(command);
    if (!ending) throw std::runtime_error(to_string(ending.error()));
    if (ending->code != 0) throw std::runtime_error(std::string(script) + ": " + ending->errors);
    return ending->output;
}

}  // namespace gw::test
