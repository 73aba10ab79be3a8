#include "libgw/wire/http/media_type.h"

#include <algorithm>

#include "libgw/wire/http/grammar.h"

namespace gw::http {

namespace {

void assign_lower(std::string& out, std::string_view text) {
    out.resize(text.size());
    std::transform(text.begin(), text.end(), out.begin(), to_lower);
}

// Takes a token or quoted-string from the front (RFC 9110 §5.6.6); false when there is neither.
bool take_value(std::string_view& text, std::string& value) {
    value.clear();
    if (text.empty() || text[0] != '"') {
        std::size_t size = 0;
        while (size < text.size() && (class_of(text[size]) & kToken)) ++size;
        value = text.substr(0, size);
        text.remove_prefix(size);
        return size > 0;
    }
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') {
            text.remove_prefix(i + 1);
            return true;
        }
        if (text[i] == '\\') ++i;
        if (i == text.size()) return false;
        if (!(class_of(text[i]) & kValueByte)) return false;
        value += text[i];
    }
    return false;
}

}  // namespace

std::optional<MediaType> MediaType::parse(std::string_view text) {
    text = trim_ows(text);
    const std::size_t semicolon = std::min(text.find(';'), text.size());
    const std::string_view essence = trim_ows(text.substr(0, semicolon));
    const std::size_t slash = std::min(essence.find('/'), essence.size());
    if (slash == essence.size() || !is_token(essence.substr(0, slash)) || !is_token(essence.substr(slash + 1))) {
        return std::nullopt;
    }
    MediaType type;
    assign_lower(type.essence, essence);
    std::string_view rest = text.substr(semicolon);
    std::string value;
    bool charset = false;
    while (!rest.empty()) {
        if (rest[0] != ';') return std::nullopt;
        rest = trim_ows(rest.substr(1));
        if (rest.empty() || rest[0] == ';') continue;  // RFC 9110 §5.6.6 allows empty parameters
        const std::size_t equals = rest.find('=');
        if (equals == std::string_view::npos || !is_token(rest.substr(0, equals))) return std::nullopt;
        const std::string_view name = rest.substr(0, equals);
        rest.remove_prefix(equals + 1);
        if (!take_value(rest, value)) return std::nullopt;
        rest = trim_ows(rest);
        if (!equals_ignoring_case(name, "charset")) continue;
        if (charset) return std::nullopt;
        charset = true;
        assign_lower(type.charset, value);
    }
    return type;
}

bool MediaType::is_json() const {
    return essence == "application/json" || essence == "text/json" || essence.ends_with("+json");
}

bool MediaType::is_xml() const {
    return essence == "application/xml" || essence == "text/xml" || essence.ends_with("+xml");
}

bool MediaType::matches(std::string_view pattern) const {
    if (pattern == "*/*") return true;
    if (!pattern.ends_with("/*")) return equals_ignoring_case(essence, pattern);
    return starts_with_ignoring_case(pattern.substr(0, pattern.size() - 1), essence.substr(0, essence.find('/') + 1)) &&
           pattern.size() - 1 == essence.find('/') + 1;
}

}  // namespace gw::http
