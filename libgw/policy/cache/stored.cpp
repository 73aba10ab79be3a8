#include "libgw/policy/cache/stored.h"

#include <algorithm>

#include "libgw/base/text.h"
#include "libgw/wire/http/hop_by_hop.h"

namespace gw::cache {
namespace {

/// What an entry costs besides its bytes: the objects themselves and their places in the store's lists.
constexpr std::size_t kOverhead = 512;

bool is_withheld(const ResponseDirectives& directives, std::string_view name) {
    return std::any_of(directives.withheld_fields.begin(), directives.withheld_fields.end(),
                       [&](const std::string& withheld) { return equals_ignoring_case(withheld, name); });
}

/// Describes the bytes that are kept, which a 304 does not change (RFC 9111 §3.2).
bool describes_body(const http::FieldView& field) {
    switch (field.id) {
        case http::FieldName::content_encoding:
        case http::FieldName::content_length:
        case http::FieldName::content_md5:
        case http::FieldName::content_range:
        case http::FieldName::etag: return true;
        default: return false;
    }
}

std::size_t bytes_of(const std::vector<std::string>& names) {
    std::size_t bytes = 0;
    for (const std::string& name : names) bytes += sizeof(std::string) + name.size();
    return bytes;
}

bool has_field(const http::Fields& fields, const http::FieldView& wanted) {
    return wanted.id == http::FieldName::other ? fields.find(wanted.name).has_value() : fields.has(wanted.id);
}

}  // namespace

std::size_t Stored::bytes() const {
    return kOverhead + head.fields.block().size() + head.fields.size() * sizeof(http::Fields::Entry) + body->size() +
           selector.values.size() + bytes_of(selector.names) + bytes_of(directives.withheld_fields);
}

Nanoseconds age_of(const Stored& stored, Date now) {
    const Nanoseconds resident = now > stored.when.received ? now - stored.when.received : Nanoseconds(0);
    return stored.initial_age + resident;
}

void copy_storable(const http::ResponseHead& from, const ResponseDirectives& directives, http::Fields& into) {
    for (const http::FieldView field : from.fields) {
        if (http::is_hop_by_hop(field.id) || field.id == http::FieldName::content_length ||
            field.id == http::FieldName::age)
            continue;
        if (from.nominates && http::is_nominated(from.fields, field) && !http::is_protected(field.id, field.name))
            continue;
        if (!directives.withheld_fields.empty() && is_withheld(directives, field.name)) continue;
        into.add(field.name, field.value);
    }
}

Stored freshen(const Stored& stored, const http::ResponseHead& news, const Exchanged& when,
               std::optional<Nanoseconds> ttl) {
    Stored fresh;
    fresh.body = stored.body;
    fresh.selector = stored.selector;
    fresh.when = when;
    http::Fields said;
    ResponseDirectives spoken = parse_response_directives(news.fields);
    spoken.withheld_fields.insert(spoken.withheld_fields.end(), stored.directives.withheld_fields.begin(),
                                  stored.directives.withheld_fields.end());
    copy_storable(news, spoken, said);
    for (const http::FieldView field : stored.head.fields) {
        if (is_withheld(spoken, field.name)) continue;
        if (describes_body(field) || !has_field(said, field)) fresh.head.fields.add(field.name, field.value);
    }
    for (const http::FieldView field : said)
        if (!describes_body(field)) fresh.head.fields.add(field.name, field.value);
    fresh.head.status = stored.head.status;
    fresh.directives = parse_response_directives(fresh.head.fields);
    // the age is that of the answer which vouches for it
    fresh.initial_age = initial_age(news.fields, when);
    fresh.lifetime = ttl ? Lifetime{*ttl, LifetimeSource::configured}
                         : lifetime_of(fresh.head.status, fresh.head.fields, fresh.directives, when);
    return fresh;
}

}  // namespace gw::cache
