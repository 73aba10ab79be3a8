#pragma once
// The tree as text: files, tokens, includes. Enough of C++ to tell code from comments and literals, and no more.

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace gw::structure {

/// One file: its path from the root of the tree, with '/', and what it holds.
struct Source {
    std::string path;
    std::string text;
};

/// All .h and .cpp files below the given folders of `root`, in the order of their paths.
std::vector<Source> read_sources(const std::filesystem::path& root, const std::vector<std::string>& folders);

/// The text with comments and the insides of literals made blank. Lines stay where they were.
std::string blank_comments_and_literals(std::string_view text);

/// A name, a number, or one mark of punctuation ("::" and "->" count as one).
struct Token {
    std::string text;
    std::size_t line = 0;
    bool is_word = false;
};
/// The tokens of the code, without comments, literals and preprocessor lines.
std::vector<Token> tokenize(std::string_view text);

/// `#include <name>` (angled) or `#include "name"`.
struct Include {
    std::string name;
    std::size_t line = 0;
    bool angled = false;
};
/// The include lines outside of comments.
std::vector<Include> find_includes(std::string_view text);

}  // namespace gw::structure
