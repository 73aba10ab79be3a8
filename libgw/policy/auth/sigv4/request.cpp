#include "libgw/policy/auth/sigv4/request.h"

#include <algorithm>

#include "libgw/base/text.h"

namespace gw::sigv4 {

Request request_of(const http::RequestHead& head, std::vector<Field>& storage) {
    storage.clear();
    storage.reserve(head.fields.size());
    for (const http::FieldView field : head.fields) storage.push_back({field.name, field.value});
    return {head.method_text(), head.path.sent(), head.path.query(), storage};
}

std::size_t count_fields(std::span<const Field> fields, std::string_view name) {
    return static_cast<std::size_t>(std::count_if(
        fields.begin(), fields.end(), [name](const Field& field) { return equals_ignoring_case(field.name, name); }));
}

const Field* find_field(std::span<const Field> fields, std::string_view name) {
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [name](const Field& field) { return equals_ignoring_case(field.name, name); });
    return found == fields.end() ? nullptr : &*found;
}

}  // namespace gw::sigv4
