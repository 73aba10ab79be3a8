#include "tests/structure/source.h"

#include <algorithm>

#include "tests/support/temporary.h"

namespace gw::structure {
namespace {

bool is_word_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Where the comment or literal that starts at `at` ends, or `at` when none starts there. `code` is what precedes, for
/// R"( and 1'000.
std::size_t find_end_of_opaque(std::string_view text, std::size_t at) {
    const std::string_view rest = text.substr(at);
    const auto end_after = [&](std::string_view mark, std::size_t from) {
        const std::size_t found = text.find(mark, from);
        return found == std::string_view::npos ? text.size() : found + mark.size();
    };
    if (rest.starts_with("//")) return std::min(text.find('\n', at), text.size());
    if (rest.starts_with("/*")) return end_after("*/", at + 2);
    if (rest[0] == '"' && at > 0 && text[at - 1] == 'R') {
        const std::size_t open = text.find('(', at);
        if (open == std::string_view::npos) return text.size();
        return end_after(")" + std::string(text.substr(at + 1, open - at - 1)) + "\"", open);
    }
    const bool separates_digits = rest[0] == '\'' && at > 0 && is_word_character(text[at - 1]);
    if (rest[0] == '"' || (rest[0] == '\'' && !separates_digits)) {
        std::size_t end = at + 1;
        while (end < text.size() && text[end] != rest[0] && text[end] != '\n') end += text[end] == '\\' ? 2 : 1;
        return std::min(end + 1, text.size());
    }
    return at;
}

}  // namespace

std::vector<Source> read_sources(const std::filesystem::path& root, const std::vector<std::string>& folders) {
    std::vector<Source> sources;
    for (const std::string& folder : folders) {
        if (!std::filesystem::exists(root / folder)) continue;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
            const std::string extension = entry.path().extension().string();
            if (!entry.is_regular_file() || (extension != ".h" && extension != ".cpp")) continue;
            sources.push_back({entry.path().lexically_relative(root).generic_string(), test::read_file(entry.path())});
        }
    }
    std::sort(sources.begin(), sources.end(), [](const Source& a, const Source& b) { return a.path < b.path; });
    return sources;
}

std::string blank_comments_and_literals(std::string_view text) {
    std::string code(text);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = find_end_of_opaque(text, at);
        for (std::size_t i = at; i < end; ++i)
            if (code[i] != '\n') code[i] = ' ';
        at = std::max(end, at + 1);
    }
    return code;
}

std::vector<Token> tokenize(std::string_view text) {
    const std::string code = blank_comments_and_literals(text);
    std::vector<Token> tokens;
    std::size_t line = 1;
    bool at_line_start = true;
    for (std::size_t at = 0; at < code.size();) {
        const char c = code[at];
        if (c == '\n') {
            ++line;
            ++at;
            at_line_start = true;
        } else if (c == ' ' || c == '\t' || c == '\r') {
            ++at;
        } else if (c == '#' && at_line_start) {
            // only the line of the include: what a macro stands for is code and is read
            const std::size_t word = code.find_first_not_of(" \t", at + 1);
            at = word != std::string::npos && code.compare(word, 7, "include") == 0
                     ? std::min(code.find('\n', at), code.size())
                     : at + 1;
        } else if (is_word_character(c)) {
            std::size_t end = at;
            while (end < code.size() && is_word_character(code[end])) ++end;
            tokens.push_back({code.substr(at, end - at), line, true});
            at = end;
            at_line_start = false;
        } else {
            const bool is_pair = code.compare(at, 2, "::") == 0 || code.compare(at, 2, "->") == 0;
            tokens.push_back({code.substr(at, is_pair ? 2 : 1), line, false});
            at += is_pair ? 2 : 1;
            at_line_start = false;
        }
    }
    return tokens;
}

std::vector<Include> find_includes(std::string_view text) {
    std::vector<Include> includes;
    const std::string code = blank_comments_and_literals(text);  // the quoted name is blank here, and read from `text`
    std::size_t line = 0;
    for (std::size_t start = 0; start < text.size();) {
        ++line;
        const std::size_t end = std::min(text.find('\n', start), text.size());
        const std::size_t hash = code.find_first_not_of(" \t", start);
        const std::size_t word = hash < end && code[hash] == '#' ? code.find_first_not_of(" \t", hash + 1) : end;
        if (word < end && code.compare(word, 7, "include") == 0) {
            const std::size_t open = text.find_first_of("<\"", word);
            const std::size_t close = open < end ? text.find_first_of(">\"", open + 1) : end;
            if (open < end && close < end)
                includes.push_back({std::string(text.substr(open + 1, close - open - 1)), line, text[open] == '<'});
        }
        start = end + 1;
    }
    return includes;
}

}  // namespace gw::structure
