#include "libgw/policy/cache/storing.h"

#include <utility>

#include "libgw/base/time_text.h"
#include "libgw/wire/http/status.h"

namespace gw::cache {
namespace {

using http::FieldName;

bool has_validator(const http::Fields& fields) {
    return fields.has(FieldName::etag) || fields.has(FieldName::last_modified);
}

/// One that means nothing to the gateway, and may mean somebody to the target.
bool has_own_api_key(const Asked& asked) { return !asked.keyed_api_key && asked.fields->has(FieldName::x_api_key); }

/// RFC 9111 §5.2.2.3: a status whose caching this cache knows: those of RFC 9110 that end an exchange, but for 206 and
/// 304, which speak of other answers.
bool is_understood(std::uint16_t status) {
    return status != 206 && status != 304 && status >= 200 && !http::reason_of(status).empty();
}

}  // namespace

std::string_view to_text(Refused refused) {
    switch (refused) {
        case Refused::none: return "";
        case Refused::method: return "method";
        case Refused::status: return "status";
        case Refused::no_store: return "no-store";
        case Refused::is_private: return "private";
        case Refused::authorization: return "authorization";
        case Refused::vary: return "vary";
        case Refused::no_lifetime: return "no-lifetime";
        case Refused::cookie: return "cookie";
        case Refused::partial: return "partial";
        case Refused::size: return "size";
    }
    return "";
}

bool is_for_one_caller(const Asked& asked, const ResponseDirectives& directives) {
    if (directives.is_public || directives.must_revalidate || directives.s_maxage) return false;
    return asked.fields->has(FieldName::authorization) || has_own_api_key(asked);
}

Refused may_store(const Asked& asked, const http::ResponseHead& answer, const ResponseDirectives& directives,
                  const Lifetime& lifetime) {
    if (!asked.get) return Refused::method;
    if (http::is_interim(answer.status) || answer.status == 304) return Refused::status;
    if (answer.status == 206) return Refused::partial;
    if (directives.must_understand && !is_understood(answer.status)) return Refused::status;
    // RFC 9111 §5.2.2.3: no-store beside it is for those who do not understand
    if (asked.no_store || (directives.no_store && !directives.must_understand)) return Refused::no_store;
    if (directives.is_private) return Refused::is_private;
    if (is_for_one_caller(asked, directives)) return Refused::authorization;
    if (!parse_vary(answer.fields)) return Refused::vary;
    const bool allowed = directives.is_public || lifetime.is_explicit() || is_heuristically_cacheable(answer.status);
    const bool useful = lifetime.span > Nanoseconds(0) || has_validator(answer.fields) ||
                        directives.stale_while_revalidate > Seconds(0) || directives.stale_if_error > Seconds(0);
    return allowed && useful ? Refused::none : Refused::no_lifetime;
}

Refused may_store_for_ttl(const Asked& asked, const http::ResponseHead& answer, const ResponseDirectives& directives) {
    if (!asked.get) return Refused::method;
    switch (answer.status) {
        case 200:
        case 203:
        case 204:
        case 301:
        case 308: break;
        case 206: return Refused::partial;
        default: return Refused::status;
    }
    if (asked.no_store || directives.no_store || directives.no_cache) return Refused::no_store;
    if (directives.is_private) return Refused::is_private;
    if (answer.fields.has(FieldName::set_cookie)) return Refused::cookie;
    if (!asked.keyed_authorization && asked.fields->has(FieldName::authorization)) return Refused::authorization;
    if (has_own_api_key(asked)) return Refused::authorization;
    if (!asked.keyed_cookie && asked.fields->has(FieldName::cookie)) return Refused::cookie;
    return parse_vary(answer.fields) ? Refused::none : Refused::vary;
}

Stored make_stored(const Asked& asked, const http::ResponseHead& answer, ResponseDirectives directives,
                   const Lifetime& lifetime, const Exchanged& when) {
    Stored stored;
    stored.head.status = answer.status;
    copy_storable(answer, directives, stored.head.fields);
    // RFC 9110 §6.6.1: whoever keeps an answer without a date keeps when it came
    if (!stored.head.fields.has(FieldName::date)) stored.head.fields.add(FieldName::date, to_http_date(when.received));
    stored.when = when;
    stored.initial_age = initial_age(answer.fields, when);
    stored.lifetime = lifetime;
    stored.selector.names = *selecting_names(answer.fields);
    stored.selector.values = selecting_values(stored.selector.names, *asked.fields);
    stored.directives = std::move(directives);
    return stored;
}

}  // namespace gw::cache
