#include "libgw/policy/cache/range.h"

#include <algorithm>

#include <fmt/format.h>

#include "libgw/base/text.h"

namespace gw::cache {
namespace {

/// Too large a number is the largest: nobody has so many bytes. Nothing when it is no number.
std::optional<std::uint64_t> position_of(std::string_view text) {
    if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
    return parse_unsigned(text).value_or(UINT64_MAX);
}

bool is_same(const Stored& stored, std::string_view if_range, Date now) {
    using http::FieldName;
    const std::string_view wanted = trim_ows(if_range);
    if (wanted.starts_with('"')) return stored.head.fields.find(FieldName::etag) == wanted;
    if (wanted.starts_with("W/")) return false;
    const auto modified = stored.head.fields.find(FieldName::last_modified);
    return modified && *modified == wanted && parse_date(wanted, now).has_value();
}

}  // namespace

Part parse_range(std::string_view text, std::uint64_t length) {
    const Part whole{Part::Kind::whole, 0, length};
    text = trim_ows(text);
    if (!starts_with_ignoring_case(text, "bytes=")) return whole;
    const auto ends = split_once(trim_ows(text.substr(6)), '-');
    if (!ends || text.find(',') != text.npos) return whole;
    const auto& [from, to] = *ends;
    if (from.empty()) {
        const auto suffix = position_of(to);
        if (!suffix) return whole;
        if (*suffix == 0 || length == 0) return {Part::Kind::unsatisfiable, 0, 0};
        const std::uint64_t size = std::min(*suffix, length);
        return {Part::Kind::part, length - size, size};
    }
    const auto first = position_of(from);
    const auto last = to.empty() ? std::optional(UINT64_MAX) : position_of(to);
    if (!first || !last || *last < *first) return whole;
    if (*first >= length) return {Part::Kind::unsatisfiable, 0, 0};
    return {Part::Kind::part, *first, std::min(*last, length - 1) - *first + 1};
}

Part part_of(const Stored& stored, const Conditions& conditions, Date now) {
    const Part whole{Part::Kind::whole, 0, stored.body->size()};
    if (stored.head.status != 200 || conditions.range.empty()) return whole;
    if (!conditions.if_range.empty() && !is_same(stored, conditions.if_range, now)) return whole;
    return parse_range(conditions.range, stored.body->size());
}

std::string content_range(const Part& part, std::uint64_t length) {
    if (part.kind == Part::Kind::unsatisfiable) return fmt::format("bytes */{}", length);
    return fmt::format("bytes {}-{}/{}", part.first, part.first + part.size - 1, length);
}

}  // namespace gw::cache
