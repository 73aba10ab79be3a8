#include "libgw/policy/cache/selector.h"

#include <algorithm>

#include "libgw/base/text.h"
#include "libgw/wire/http/grammar.h"

namespace gw::cache {
namespace {

/// RFC 9110 §12.5: charsets, codings and languages are compared without regard to case.
bool ignores_case(std::string_view name) {
    return name == "accept-language" || name == "accept-encoding" || name == "accept-charset";
}

/// Whether a client has to know a coding to read the body (RFC 9110 §8.4).
bool is_coded(const http::Fields& answer) {
    for (const http::FieldView field : answer) {
        if (field.id != http::FieldName::content_encoding) continue;
        http::ListReader codings(field.value);
        while (const auto coding = codings.next())
            if (!coding->empty() && !equals_ignoring_case(*coding, "identity")) return true;
    }
    return false;
}

/// Appends the value with no white space around its commas; what is quoted stays as it is.
void append_normal(std::string& out, std::string_view value, bool lower) {
    bool quoted = false;
    bool first = true;
    std::size_t begin = 0;
    const auto element = [&](std::size_t end) {
        const std::string_view text = trim_ows(value.substr(begin, end - begin));
        if (!first) out += ',';
        first = false;
        for (const char c : text) out += lower ? to_lower(c) : c;
    };
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (quoted && value[i] == '\\') {
            ++i;
        } else if (value[i] == '"') {
            quoted = !quoted;
        } else if (value[i] == ',' && !quoted) {
            element(i);
            begin = i + 1;
        }
    }
    element(value.size());
}

}  // namespace

std::optional<std::vector<std::string>> parse_vary(const http::Fields& answer) {
    std::vector<std::string> names;
    for (const http::FieldView field : answer) {
        if (field.id != http::FieldName::vary) continue;
        http::ListReader list(field.value);
        while (const auto name = list.next()) {
            if (name->empty()) continue;
            if (*name == "*" || !http::is_token(*name)) return std::nullopt;
            names.push_back(to_lower(*name));
        }
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    if (names.size() > kMostVaryNames) return std::nullopt;
    return names;
}

std::optional<std::vector<std::string>> selecting_names(const http::Fields& answer) {
    auto names = parse_vary(answer);
    if (!names || !is_coded(answer)) return names;
    const std::string_view coding = http::name_of(http::FieldName::accept_encoding);
    const auto at = std::lower_bound(names->begin(), names->end(), coding);
    if (at == names->end() || *at != coding) names->emplace(at, coding);
    return names;
}

std::string selecting_values(const std::vector<std::string>& names, const http::Fields& request) {
    std::string values;
    for (const std::string& name : names) {
        const http::FieldName id = http::to_field_name(name);
        bool present = false;
        for (const http::FieldView field : request) {
            const bool same = id == http::FieldName::other ? field.id == id && equals_ignoring_case(field.name, name)
                                                           : field.id == id;
            if (!same) continue;
            values += present ? ',' : '=';
            present = true;
            append_normal(values, field.value, ignores_case(name));
        }
        values += '\n';  // which no field can hold
    }
    return values;
}

}  // namespace gw::cache
