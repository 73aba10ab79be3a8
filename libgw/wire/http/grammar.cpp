#include "libgw/wire/http/grammar.h"

#include <algorithm>
#include <limits>

namespace gw::http {

namespace {

bool all_of_class(std::string_view text, ByteClass wanted) {
    return std::all_of(text.begin(), text.end(), [wanted](char c) { return (class_of(c) & wanted) != 0; });
}

}  // namespace

bool is_token(std::string_view text) { return !text.empty() && all_of_class(text, kToken); }

bool is_field_value(std::string_view text) {
    const char* at = text.data();
    std::size_t left = text.size();
    for (; left >= 8; at += 8, left -= 8) {
        std::uint64_t word;
        std::memcpy(&word, at, 8);
        if (has_control(word) && !all_of_class({at, 8}, kValueByte)) return false;
    }
    return all_of_class({at, left}, kValueByte);
}

bool is_visible(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool has_valid_escapes(std::string_view text) {
    for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 3)) {
        if (text.size() - at < 3 || hex_value(text[at + 1]) < 0 || hex_value(text[at + 2]) < 0) return false;
    }
    return true;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return to_lower(x) == to_lower(y); });
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() && equals_ignoring_case(text.substr(0, prefix.size()), prefix);
}

std::optional<std::string_view> ListReader::next() {
    if (done_) return std::nullopt;
    const std::size_t comma = rest_.find(',');
    const std::string_view element = trim_ows(rest_.substr(0, comma));
    if (comma == std::string_view::npos) {
        done_ = true;
    } else {
        rest_.remove_prefix(comma + 1);
    }
    return element;
}

bool list_has(std::string_view list, std::string_view token) {
    for (ListReader reader(list); auto element = reader.next();) {
        if (equals_ignoring_case(*element, token)) return true;
    }
    return false;
}

std::optional<std::uint64_t> parse_content_length(std::string_view text) {
    if (text.empty() || text.size() > 19 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
    std::uint64_t value = 0;  // 19 digits fit
    for (const char c : text) {
        if (!is_digit(c)) return std::nullopt;
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
    return value;
}

}  // namespace gw::http
