#include "tests/structure/program.h"

#include <algorithm>
#include <sstream>
#include <vector>

namespace gw::structure {
namespace {

bool is_option_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/// Adds each "--word" of the line to the set.
void add_options(std::string_view line, std::set<std::string>& options) {
    for (std::size_t at = line.find("--"); at != std::string_view::npos; at = line.find("--", at)) {
        std::size_t end = at;
        while (end < line.size() && is_option_character(line[end])) ++end;
        const bool begins = at == 0 || !is_option_character(line[at - 1]);
        if (begins && end - at > 2) options.emplace(line.substr(at, end - at));
        at = end;
    }
}

}  // namespace

std::set<std::string> find_options_in_help(std::string_view help) {
    std::set<std::string> options;
    std::istringstream lines{std::string(help)};
    for (std::string line; std::getline(lines, line);) {
        const std::size_t start = line.find_first_not_of(' ');
        if (start == std::string::npos || line[start] != '-') continue;
        // "-p, --port N   text": a comma and one blank stay inside the column; so does a gap where a short option is
        // missing
        add_options(line.substr(0, line.find("  ", line.find("--"))), options);
    }
    return options;
}

std::string to_plain(std::string_view man_page) {
    std::string plain;
    for (std::size_t i = 0; i < man_page.size(); ++i) {
        if (man_page[i] != '\\' || i + 1 == man_page.size()) {
            plain += man_page[i];
        } else if (man_page[i + 1] == 'f' && i + 2 < man_page.size()) {
            i += man_page[i + 2] == '(' ? 4 : 2;
        } else if (man_page[i + 1] == '&') {
            ++i;
        } else if (man_page.substr(i, 4) == "\\(aq") {
            plain += '\'';
            i += 3;
        } else if (man_page[i + 1] == 'e' || man_page[i + 1] == '~') {
            plain += man_page[i + 1] == 'e' ? '\\' : ' ';
            ++i;
        } else {
            plain += man_page[++i];
        }
    }
    return plain;
}

std::set<std::string> find_options_in_man_page(std::string_view man_page) {
    std::set<std::string> options;
    std::istringstream lines{to_plain(man_page)};
    bool is_tag = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(".TP") || line.starts_with(".TQ")) {
            is_tag = true;
            continue;
        }
        if (is_tag || line.starts_with(".IP")) add_options(line, options);
        is_tag = false;
    }
    return options;
}

std::set<std::string> find_keys_in_schema(std::string_view schema) {
    std::set<std::string> keys;
    struct Container {
        bool is_object;
        bool holds_properties;  ///< it is the value of a "properties" key
    };
    std::vector<Container> open;
    std::string last_key;
    bool expects_key = false;
    for (std::size_t i = 0; i < schema.size(); ++i) {
        const char c = schema[i];
        if (c == '{' || c == '[') {
            const bool is_value_of_properties = !expects_key && last_key == "properties" && c == '{' &&
                                                !(open.size() > 0 && open.back().holds_properties);
            open.push_back({c == '{', is_value_of_properties});
            expects_key = c == '{';
            last_key.clear();
        } else if (c == '}' || c == ']') {
            if (!open.empty()) open.pop_back();
            expects_key = false;
            last_key.clear();
        } else if (c == ',') {
            expects_key = !open.empty() && open.back().is_object;
            last_key.clear();
        } else if (c == '"') {
            std::string text;
            for (++i; i < schema.size() && schema[i] != '"'; ++i) text += schema[i] == '\\' ? schema[++i] : schema[i];
            if (expects_key) {
                last_key = text;
                if (open.back().holds_properties) keys.insert(text);
                expects_key = false;
            }
        }
    }
    return keys;
}

bool has_word(std::string_view text, std::string_view word) {
    for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        if ((at == 0 || !is_option_character(text[at - 1])) && (end == text.size() || !is_option_character(text[end])))
            return true;
    }
    return false;
}

Findings compare_options(const std::set<std::string>& help, const std::set<std::string>& man_page) {
    Findings findings;
    for (const std::string& option : help)
        if (!man_page.contains(option)) findings.push_back(option + " is in --help-all and not in the man page");
    for (const std::string& option : man_page)
        if (!help.contains(option)) findings.push_back(option + " is in the man page and not in --help-all");
    return findings;
}

}  // namespace gw::structure
