#include "libgw/base/secret_line.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "libgw/base/text.h"

namespace gw {
namespace {

constexpr std::array<std::string_view, 5> kWords = {"token", "secret", "passw", "passphrase", "credential"};
constexpr std::array<std::string_view, 3> kHarmless = {"key", "keys", "routekey"};

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool is_of_name(char c) { return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.'; }
bool is_margin(char c) { return c == ' ' || c == '\t' || c == '"' || c == '\''; }

// The word that ends in front of `at`, quotes and white space between them left out.
std::string_view name_before(std::string_view line, std::size_t at) {
    while (at > 0 && is_margin(line[at - 1])) --at;
    std::size_t begin = at;
    while (begin > 0 && is_of_name(line[begin - 1])) --begin;
    return line.substr(begin, at - begin);
}

// What stands there tells no secret.
bool is_harmless_value(std::string_view rest) {
    while (!rest.empty() && is_margin(rest.front())) rest.remove_prefix(1);
    if (rest.empty() || rest.front() == '#') return true;
    for (const std::string_view start : {"env:", "file:", "$"})
        if (rest.starts_with(start)) return true;
    const auto end = std::find_if_not(rest.begin(), rest.end(), is_letter_or_digit);
    const std::string_view word = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
    return word == "true" || word == "false" || word == "null" || (rest.front() == '|' && rest.size() <= 2);
}

std::size_t indentation(std::string_view line) { return std::min(line.find_first_not_of(" \t"), line.size()); }

// "name" of "  - name: value".
std::string_view first_name(std::string_view line) {
    const std::size_t begin = std::min(line.find_first_not_of(" \t-{\"'"), line.size());
    std::size_t end = begin;
    while (end < line.size() && is_of_name(line[end])) ++end;
    return line.substr(begin, end - begin);
}

}  // namespace

bool is_secret_name(std::string_view name) {
    std::string letters;
    for (const char c : name)
        if (is_letter_or_digit(c)) letters += to_lower(c);
    if (std::find(kHarmless.begin(), kHarmless.end(), letters) != kHarmless.end()) return false;
    return letters.ends_with("key") || letters.ends_with("keys") ||
           std::any_of(kWords.begin(), kWords.end(),
                       [&](std::string_view word) { return letters.find(word) != std::string::npos; });
}

bool may_hold_secret(std::string_view line) {
    for (std::size_t at = line.find_first_of(":="); at != std::string_view::npos;
         at = line.find_first_of(":=", at + 1)) {
        if (is_secret_name(name_before(line, at)) && !is_harmless_value(line.substr(at + 1))) return true;
    }
    return false;
}

bool may_hold_secret(std::string_view text, std::size_t at) {
    std::string_view line = text.substr(at, text.find('\n', at) - at);
    if (may_hold_secret(line)) return true;
    for (std::size_t least = indentation(line); at > 0 && least > 0;) {
        const std::size_t end = at - 1;
        const std::size_t before = end == 0 ? std::string_view::npos : text.rfind('\n', end - 1);
        at = before == std::string_view::npos ? 0 : before + 1;
        line = text.substr(at, end - at);
        const std::size_t depth = indentation(line);
        if (depth >= least || depth == line.size()) continue;
        if (is_secret_name(first_name(line))) return true;
        least = depth;
    }
    return false;
}

}  // namespace gw
