#include "libgw/policy/cache/condition.h"

#include "libgw/base/text.h"

namespace gw::cache {
namespace {

using http::FieldName;

void combine(std::string& into, std::string_view value) {
    if (!into.empty()) into += ", ";
    into += value;
}

/// Weak comparison does not look at the flag (RFC 9110 §8.8.3.2).
std::string_view without_weakness(std::string_view tag) {
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    return tag;
}

/// Takes one element of If-None-Match; commas inside the quotes of an entity tag are its own.
std::string_view take_tag(std::string_view& rest) {
    bool quoted = false;
    std::size_t size = 0;
    while (size < rest.size() && (quoted || rest[size] != ',')) {
        if (rest[size] == '"') quoted = !quoted;
        ++size;
    }
    const std::string_view tag = trim_ows(rest.substr(0, size));
    rest.remove_prefix(size == rest.size() ? size : size + 1);
    return tag;
}

bool names_tag(std::string_view list, std::string_view tag) {
    if (trim_ows(list) == "*") return true;
    if (tag.empty()) return false;
    while (!list.empty())
        if (without_weakness(take_tag(list)) == without_weakness(tag)) return true;
    return false;
}

bool differs(std::string_view before, const http::Fields& answer, FieldName name) {
    const auto now = answer.find(name);
    return now && !before.empty() && *now != before;
}

}  // namespace

Conditions conditions_of(const http::Fields& request, bool get) {
    Conditions conditions;
    for (const http::FieldView field : request) {
        switch (field.id) {
            case FieldName::if_none_match: combine(conditions.if_none_match, field.value); break;
            case FieldName::if_modified_since: combine(conditions.if_modified_since, field.value); break;
            case FieldName::if_match:
            case FieldName::if_unmodified_since: conditions.others = true; break;
            case FieldName::range:
                if (get) combine(conditions.range, field.value);
                break;
            case FieldName::if_range:
                if (get) combine(conditions.if_range, field.value);
                break;
            default: break;
        }
    }
    return conditions;
}

bool is_not_modified(const Stored& stored, const Conditions& conditions, Date now) {
    if (stored.head.status != 200) return false;
    const http::Fields& fields = stored.head.fields;
    if (!conditions.if_none_match.empty())
        return names_tag(conditions.if_none_match, fields.find(FieldName::etag).value_or(""));
    if (conditions.if_modified_since.empty()) return false;
    const auto since = parse_date(conditions.if_modified_since, now);
    if (!since) return false;
    // without Last-Modified it is Date, and without that the moment of receipt
    for (const FieldName name : {FieldName::last_modified, FieldName::date})
        if (const auto text = fields.find(name))
            if (const auto date = parse_date(*text, now)) return *date <= *since;
    return stored.when.received <= *since;
}

bool ask_about(const Stored* stored, http::Fields& request) {
    for (const FieldName name :
         {FieldName::if_none_match, FieldName::if_modified_since, FieldName::if_range, FieldName::range})
        request.remove(name);
    if (stored == nullptr) return false;
    const auto tag = stored->head.fields.find(FieldName::etag);
    const auto modified = stored->head.fields.find(FieldName::last_modified);
    if (tag) request.add(FieldName::if_none_match, *tag);
    if (modified) request.add(FieldName::if_modified_since, *modified);
    return tag || modified;
}

void restore(const Conditions& conditions, http::Fields& request) {
    ask_about(nullptr, request);
    if (!conditions.if_none_match.empty()) request.add(FieldName::if_none_match, conditions.if_none_match);
    if (!conditions.if_modified_since.empty()) request.add(FieldName::if_modified_since, conditions.if_modified_since);
    if (!conditions.range.empty()) request.add(FieldName::range, conditions.range);
    if (!conditions.if_range.empty()) request.add(FieldName::if_range, conditions.if_range);
}

bool is_same_representation(const Stored& stored, const http::ResponseHead& answer) {
    if (answer.status != stored.head.status) return false;
    const http::Fields& before = stored.head.fields;
    for (const FieldName name : {FieldName::etag, FieldName::last_modified})
        if (differs(before.find(name).value_or(""), answer.fields, name)) return false;
    return !answer.fields.has(FieldName::content_length) || answer.body.length == stored.body->size();
}

}  // namespace gw::cache
