#include "tests/structure/example.h"

#include <sstream>

#include "tests/structure/program.h"

namespace gw::structure {
namespace {

constexpr std::string_view kRun = ".\\\" run";

/// The lines of the .EX block that begins next, in plain text.
std::string read_block(std::istringstream& lines) {
    std::string block;
    std::string line;
    while (std::getline(lines, line) && line != ".EX") {
    }
    while (std::getline(lines, line) && line != ".EE") block += to_plain(line) + '\n';
    return block;
}

/// The fenced block that begins at the next line; "" when that line is no fence.
std::string read_fence(std::istringstream& lines) {
    std::string block;
    std::string line;
    if (!std::getline(lines, line) || !line.starts_with("```")) return block;
    while (std::getline(lines, line) && line != "```") block += line + '\n';
    return block;
}

}  // namespace

std::vector<Example> find_examples_in_man_page(std::string_view man_page) {
    std::vector<Example> examples;
    std::istringstream lines{std::string(man_page)};
    for (std::string line; std::getline(lines, line);) {
        if (line != kRun) continue;
        Example& example = examples.emplace_back();
        std::istringstream block(read_block(lines));
        bool goes_on = false;
        for (std::string text; std::getline(block, text);) {
            const bool is_command = goes_on || text.starts_with("$ ");
            (is_command ? example.script : example.output) += text.substr(is_command && !goes_on ? 2 : 0) + '\n';
            goes_on = is_command && text.ends_with('\\');
        }
    }
    return examples;
}

std::string find_file_in_man_page(std::string_view man_page, std::string_view name) {
    std::istringstream lines{std::string(man_page)};
    for (std::string line; std::getline(lines, line);)
        if (line == ".\\\" file: " + std::string(name)) return read_block(lines);
    return {};
}

std::vector<Example> find_examples_in_markdown(std::string_view markdown) {
    std::vector<Example> examples;
    std::istringstream lines{std::string(markdown)};
    for (std::string line; std::getline(lines, line);) {
        if (line != "<!-- run -->") continue;
        std::string script = read_fence(lines);
        examples.push_back({std::move(script), read_fence(lines)});
    }
    return examples;
}

}  // namespace gw::structure
