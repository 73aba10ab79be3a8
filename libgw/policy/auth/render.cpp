#include "libgw/policy/auth/render.h"

#include <utility>
#include <vector>

#include "libgw/base/json.h"

namespace gw::auth {

namespace {

/// What is not an array.
std::string plain_text(const Value& value) {
    if (const std::string* text = value.if_string()) return *text;
    // Go's word for nil
    if (value.is_null()) return "<nil>";
    return to_json(value);
}

/// An array as fmt.Sprint writes it, without recursion: "[a [b c] d]".
std::string go_text(const Array& root) {
    struct Level {
        const Array* array;
        std::size_t next;
    };
    std::string text = "[";
    std::vector<Level> open{{&root, 0}};
    while (!open.empty()) {
        Level& level = open.back();
        if (level.next == level.array->size()) {
            text += ']';
            open.pop_back();
            continue;
        }
        if (level.next != 0) text += ' ';
        const Value& value = (*level.array)[level.next++];
        if (const Array* inner = value.if_array()) {
            text += '[';
            open.push_back({inner, 0});
        } else {
            text += plain_text(value);
        }
    }
    return text;
}

std::string comma_text(const Array& array) {
    std::string text;
    for (std::size_t i = 0; i < array.size(); ++i) {
        if (i != 0) text += ',';
        if (!array[i].is_null()) text += plain_text(array[i]);
    }
    return text;
}

}  // namespace

std::optional<std::string> claim_text(const Value& claim, ApiKind kind) {
    if (claim.is_null()) return std::nullopt;
    if (const Array* array = claim.if_array()) return kind == ApiKind::http ? go_text(*array) : comma_text(*array);
    return plain_text(claim);
}

std::string claim_text(const Claims& claims, std::string_view name, ApiKind kind) {
    const Value* const claim = claims.find(name);
    return claim == nullptr ? std::string() : claim_text(*claim, kind).value_or("");
}

Value authorizer_context(const Claims& claims, std::span<const std::string> route_scopes, ApiKind kind) {
    Object texts;
    for (const Member& member : *claims.all().if_object()) {
        if (auto text = claim_text(member.value, kind)) texts.push_back({member.key, std::move(*text)});
    }
    if (kind == ApiKind::rest) return Object{{"claims", std::move(texts)}};
    Value scopes;
    if (!route_scopes.empty()) {
        Array list;
        for (const std::string& scope : route_scopes) list.push_back(Value(scope));
        scopes = std::move(list);
    }
    return Object{{"jwt", Object{{"claims", std::move(texts)}, {"scopes", std::move(scopes)}}}};
}

}  // namespace gw::auth
