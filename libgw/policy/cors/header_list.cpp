#include "libgw/policy/cors/header_list.h"

#include <algorithm>

#include "libgw/base/text.h"
#include "libgw/wire/http/grammar.h"

namespace gw::cors {

std::optional<std::string> combined(const http::Fields& fields, std::string_view name) {
    std::optional<std::string> all;
    for (const http::FieldView field : fields) {
        if (!equals_ignoring_case(field.name, name)) continue;
        if (all)
            all->append(", ").append(field.value);
        else
            all = std::string(field.value);
    }
    return all;
}

std::optional<std::vector<std::string>> token_list(std::string_view text) {
    std::vector<std::string> list;
    for (const std::string_view element : split(text, ',')) {
        const std::string_view token = trim_ows(element);
        if (token.empty()) continue;
        if (!http::is_token(token)) return std::nullopt;
        list.emplace_back(token);
    }
    return list;
}

bool contains(const std::vector<std::string>& list, std::string_view word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

bool contains_ignoring_case(const std::vector<std::string>& list, std::string_view word) {
    return std::any_of(list.begin(), list.end(),
                       [word](const std::string& each) { return equals_ignoring_case(each, word); });
}

}  // namespace gw::cors
