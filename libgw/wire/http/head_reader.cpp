#include "libgw/wire/http/head_reader.h"

#include <algorithm>

namespace gw::http {

std::size_t HeadReader::room(const Limits& limits) const {
    const std::size_t left = limits.head > line_at_ + 2 ? limits.head - line_at_ - 2 : 0;
    return start_line_ ? std::min<std::size_t>(left, limits.start_line) : left;
}

bool HeadReader::is_bearable(std::string_view line, std::size_t from, const Limits& limits) {
    const std::size_t most = room(limits);
    // Not beyond the first byte too many; a CR is judged by the byte that follows it.
    for (std::size_t i = from > 0 ? from - 1 : 0; i < std::min(line.size(), most + 1); ++i) {
        if (class_of(line[i]) & kValueByte) continue;
        if (line[i] == '\r' && i + 1 == line.size()) continue;
        refused_ = {400, line[i] == '\r' ? "line.bare_cr" : "line.control"};
        return false;
    }
    if (line.size() <= most || (line.size() == most + 1 && line.back() == '\r')) return true;
    if (!start_line_) {
        refused_ = {431, "limit.head"};
    } else if (line.substr(0, most + 1).find(' ') == std::string_view::npos) {
        refused_ = {400, "request_line.method"};
    } else {
        refused_ = {414, "limit.start_line"};
    }
    return false;
}

bool HeadReader::refuse(std::string_view line, const Limits& limits, Refused otherwise) {
    // What would have been said had the bytes come one by one.
    const std::string_view before_lf = line.substr(0, line.size() - 1);
    if (is_bearable(before_lf.substr(0, room(limits) + 2), 0, limits)) refused_ = otherwise;
    return false;
}

bool HeadReader::take_field(std::string_view line, std::size_t at, Fields& fields, const Limits& limits) {
    const std::string_view whole(line.data(), line.size() + 2);
    const char* const begin = line.data();
    const char* const end = begin + line.size();
    const char* colon = begin;
    std::uint8_t classes = 0;
    for (; colon != end; ++colon) {
        const std::uint8_t bits = class_of(*colon);
        if (!(bits & kToken)) break;
        classes |= bits;
    }
    // No space before the colon, no line folding, no empty name (RFC 9112 §5.1, §5.2).
    if (colon == begin || colon == end || *colon != ':') {
        return refuse(whole, limits,
                      {400, colon == begin && begin != end && *begin != ':' ? "field.folded" : "field.name"});
    }
    const std::string_view value = trim_ows({colon + 1, static_cast<std::size_t>(end - colon - 1)});
    if (!is_field_value(value)) return refuse(whole, limits, {400, "field.value"});
    if (fields.size() >= limits.fields) return refuse(whole, limits, {431, "limit.fields"});
    const FieldName id = to_field_name({begin, static_cast<std::size_t>(colon - begin)});
    if (id != FieldName::other) {
        if (seen_.contains(id)) repeated_.insert(id);
        seen_.insert(id);
    }
    underscores_ |= (classes & kUnderscore) != 0;
    fields.entries().push_back({static_cast<std::uint32_t>(at),
                                static_cast<std::uint32_t>(at + static_cast<std::size_t>(value.data() - begin)),
                                static_cast<std::uint32_t>(value.size()), static_cast<std::uint16_t>(colon - begin),
                                id});
    return true;
}

}  // namespace gw::http
