#include "tests/cli/case.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temporary.h"

namespace gw::cli {
namespace {

constexpr std::size_t kMostLinesToAlign = 2000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t count_digits(std::string_view text) {
    return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
}

/// The lines, each with its line end if it has one: a missing last one is a difference.
std::vector<std::string> split_lines(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t length = std::min(text.find('\n'), text.size() - 1) + 1;
        lines.emplace_back(text.substr(0, length));
        text.remove_prefix(length);
    }
    return lines;
}

void add_line(std::string& diff, char mark, std::string_view line) {
    diff += mark;
    diff += ' ';
    diff += line;
    if (line.empty() || line.back() != '\n') diff += "\n\\ no line end\n";
}

/// The shortest way from `wanted` to `got`, found by the longest common subsequence.
std::string align(const std::vector<std::string>& wanted, const std::vector<std::string>& got,
                  const Bindings& bindings) {
    const std::size_t rows = std::min(wanted.size(), kMostLinesToAlign);
    const std::size_t columns = std::min(got.size(), kMostLinesToAlign);
    std::vector<std::vector<std::size_t>> common(rows + 1, std::vector<std::size_t>(columns + 1, 0));
    const auto equal = [&](std::size_t row, std::size_t column) {
        Bindings copy = bindings;
        return matches_line(wanted[row], got[column], copy);
    };
    for (std::size_t row = rows; row-- > 0;)
        for (std::size_t column = columns; column-- > 0;)
            common[row][column] = equal(row, column) ? common[row + 1][column + 1] + 1
                                                     : std::max(common[row + 1][column], common[row][column + 1]);
    std::string diff;
    std::size_t row = 0;
    std::size_t column = 0;
    while (row < rows || column < columns) {
        if (row < rows && column < columns && equal(row, column)) {
            add_line(diff, ' ', got[column++]);
            ++row;
        } else if (column == columns || (row < rows && common[row + 1][column] >= common[row][column + 1])) {
            add_line(diff, '-', wanted[row++]);
        } else {
            add_line(diff, '+', got[column++]);
        }
    }
    return diff;
}

std::string read_or(const std::filesystem::path& path, std::string_view otherwise) {
    return std::filesystem::exists(path) ? test::read_file(path) : std::string(otherwise);
}

/// Names that would let the machine the tests run on take part in them.
std::vector<std::string> names_to_hide() {
    std::vector<std::string> names = {"XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "NO_COLOR",    "CLICOLOR_FORCE",
                                      "COLUMNS",         "LINES",           "http_proxy",  "https_proxy",
                                      "all_proxy",       "HTTP_PROXY",      "HTTPS_PROXY", "ALL_PROXY"};
    for (char** entry = environ; *entry; ++entry) {
        const std::string_view variable(*entry);
        if (variable.starts_with("GW_") || variable.starts_with("AWS_"))
            names.emplace_back(variable.substr(0, variable.find('=')));
    }
    return names;
}

}  // namespace

bool matches_line(std::string_view pattern, std::string_view line, Bindings& bindings) {
    Bindings learned = bindings;
    while (!pattern.empty()) {
        if (pattern.starts_with("{{*}}")) {
            pattern.remove_prefix(5);
            const bool is_last = pattern.find("{{") == std::string_view::npos;
            if (is_last) {  // what follows must end the line
                if (!line.ends_with(pattern)) return false;
                bindings = learned;
                return true;
            }
            const std::string_view next = pattern.substr(0, pattern.find("{{"));
            const std::size_t found = line.find(next);
            if (found == std::string_view::npos) return false;
            line.remove_prefix(found);
        } else if (pattern.starts_with("{{N}}")) {
            std::size_t length = count_digits(line);
            if (length == 0) return false;
            if (length + 1 < line.size() && line[length] == '.' && is_digit(line[length + 1]))
                length += 1 + count_digits(line.substr(length + 1));
            pattern.remove_prefix(5);
            line.remove_prefix(length);
        } else if (pattern.starts_with("{{PORT}}")) {
            const std::string port(line.substr(0, count_digits(line)));
            if (port.empty() || port.size() > 5 || port[0] == '0' || (port.size() == 5 && port > "65535")) return false;
            if (learned.port && *learned.port != port) return false;
            learned.port = port;
            pattern.remove_prefix(8);
            line.remove_prefix(port.size());
        } else if (pattern.starts_with("{{DIR}}")) {
            if (!line.starts_with(learned.directory)) return false;
            pattern.remove_prefix(7);
            line.remove_prefix(learned.directory.size());
        } else {
            if (line.empty() || line.front() != pattern.front()) return false;
            pattern.remove_prefix(1);
            line.remove_prefix(1);
        }
    }
    if (!line.empty()) return false;
    bindings = learned;
    return true;
}

std::string compare(std::string_view pattern, std::string_view text, Bindings& bindings) {
    const std::vector<std::string> wanted = split_lines(pattern);
    const std::vector<std::string> got = split_lines(text);
    bool same = wanted.size() == got.size();
    for (std::size_t i = 0; same && i < wanted.size(); ++i) same = matches_line(wanted[i], got[i], bindings);
    return same ? std::string() : align(wanted, got, bindings);
}

std::string run_case(const std::filesystem::path& directory, const std::filesystem::path& programs) {
    const test::TemporaryDirectory place;
    if (std::filesystem::exists(directory / "files"))
        std::filesystem::copy(directory / "files", place.path(), std::filesystem::copy_options::recursive);

    const char* path = std::getenv("PATH");
    test::Command command;
    command.arguments = {"/bin/sh", std::filesystem::absolute(directory / "cmd").string()};
    command.environment = {{"PATH", programs.string() + ":" + (path ? path : "/usr/bin:/bin")},
                           {"HOME", place.path().string()},
                           {"LC_ALL", "C.UTF-8"},
                           {"TZ", "UTC"},
                           {"TERM", "dumb"}};
    command.without = names_to_hide();
    command.directory = place.path().string();
    command.input = read_or(directory / "stdin", "");
    const auto ending = test::run(command);
    if (!ending) return "could not be run: " + to_string(ending.error()) + "\n";

    std::string report;
    std::string code = read_or(directory / "exit", "0");
    code.erase(std::find_if(code.begin(), code.end(), [](char c) { return !is_digit(c); }), code.end());
    if (code != std::to_string(ending->code))
        report += "exit: wanted " + code + ", got " + std::to_string(ending->code) + "\n";
    Bindings bindings{place.path().string(), {}};
    // stderr first: it is where a server says its port
    for (const auto& [name, text] : {std::pair{"stderr", &ending->errors}, std::pair{"stdout", &ending->output}}) {
        const std::string diff = compare(read_or(directory / name, ""), *text, bindings);
        if (!diff.empty()) report += std::string(name) + ": (- wanted, + got)\n" + diff;
    }
    return report;
}

}  // namespace gw::cli
