#include "libgw/wire/http/framing.h"

#include "libgw/wire/http/grammar.h"
#include "libgw/wire/http/hop_by_hop.h"

namespace gw::http {

namespace {

// Codings are named with letters, digits and these; everything else (quotes, parameters, obs-text) is somebody's trick.
bool is_coding_name(std::string_view text) {
    for (const char c : text) {
        if (!(class_of(c) & kHostByte)) return false;
    }
    return !text.empty();
}

// RFC 9112 §6.1: chunked last and once. Other codings are answered 501, malformed lists 400.
Refused judge_coding(std::string_view value) {
    bool chunked = false;
    bool others = false;
    for (ListReader list(value); auto coding = list.next();) {
        if (!is_coding_name(*coding)) return {400, "framing.coding"};
        if (chunked) return {400, "framing.coding_after_chunked"};
        chunked = equals_ignoring_case(*coding, "chunked");
        others |= !chunked;
    }
    if (others) return {501, "framing.unknown_coding"};
    return {};
}

bool stands_before(const Fields& fields, FieldName one, FieldName other) {
    for (const Fields::Entry& entry : fields.entries()) {
        if (entry.id == one) return true;
        if (entry.id == other) return false;
    }
    return false;
}

}  // namespace

Refused read_framing(const Fields& fields, const FieldSet& seen, const FieldSet& repeated, Version version,
                     BodyLength& into) {
    using enum FieldName;
    const bool has_length = seen.contains(content_length);
    const bool has_coding = seen.contains(transfer_encoding);
    if (!has_length && !has_coding) return {};
    if (repeated.contains(content_length)) return {400, "framing.length_repeated"};
    if (repeated.contains(transfer_encoding)) return {400, "framing.coding_repeated"};
    if (has_coding) {
        const Refused coding = judge_coding(*fields.find(transfer_encoding));
        // RFC 9112 §6.3 (3): both is an attack; one that is also unknown and came first is told so.
        if (has_length &&
            !(coding.status == 501 && coding && stands_before(fields, transfer_encoding, content_length))) {
            return {400, "framing.length_and_coding"};
        }
        if (version == Version::http10) return {400, "framing.coding_in_http10"};
        if (coding) return coding;
        into = {Framing::chunked, 0, true};
        return {};
    }
    const auto length = parse_content_length(*fields.find(content_length));
    if (!length) return {400, "framing.length"};
    into = {*length == 0 ? Framing::none : Framing::length, *length, true};
    return {};
}

Refused read_connection(const Fields& fields, ConnectionOptions& into) {
    for (const FieldView field : fields) {
        if (field.id != FieldName::connection) continue;
        for (ListReader list(field.value); auto option = list.next();) {
            if (option->empty()) continue;  // RFC 9110 §5.6.1.2
            if (!is_token(*option)) return {400, "connection.token"};
            if (equals_ignoring_case(*option, "close")) {
                into.close = true;
                continue;
            }
            const FieldName id = to_field_name(*option);
            if (is_protected(id, *option) || is_disguised(*option)) return {400, "connection.protected"};
            if (id == FieldName::keep_alive) {
                into.keep_alive = true;
            } else if (id == FieldName::upgrade) {
                into.upgrade = true;
            } else if (!is_hop_by_hop(id)) {
                into.nominates = true;
            }
        }
    }
    return {};
}

}  // namespace gw::http
