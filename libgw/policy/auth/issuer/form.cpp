#include "libgw/policy/auth/issuer/form.h"

#include <utility>

#include <fmt/format.h>

#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/wire/http/query.h"
#include "libgw/wire/http/uri.h"

namespace gw::issuer {

Result<Form> Form::parse(std::string_view text) {
    Form form;
    std::size_t count = 0;
    for (http::QueryReader reader(text); const auto parameter = reader.next();) {
        if (++count > kMost) return Error{Errc::limit, fmt::format("more than {} parameters", kMost), {}, {}};
        std::string name = http::decode_query(parameter->name);
        std::string value = http::decode_query(parameter->value);
        if (!is_utf8(name) || !is_utf8(value)) return Error{Errc::parse, "a parameter is not UTF-8", {}, {}};
        if (value.empty()) continue;
        const auto [place, is_new] = form.parameters_.emplace(std::move(name), std::move(value));
        if (!is_new) return Error{Errc::parse, fmt::format("{} stands twice", to_json(place->first)), {}, {}};
    }
    return form;
}

std::string_view Form::get(std::string_view name) const {
    const auto found = parameters_.find(name);
    return found == parameters_.end() ? std::string_view() : std::string_view(found->second);
}

void append_parameter(std::string& into, std::string_view name, std::string_view value) {
    if (!into.empty() && into.back() != '?' && into.back() != '&') into += '&';
    into += http::percent_encode(name) + "=" + http::percent_encode(value);
}

}  // namespace gw::issuer
