#include "libgw/wire/http/hop_by_hop.h"

#include <array>

#include "libgw/wire/http/field_set.h"
#include "libgw/wire/http/grammar.h"

namespace gw::http {

namespace {

using enum FieldName;

constexpr FieldSet kHopByHop = {
    connection,          keep_alive, proxy_connection, proxy_authenticate, proxy_authentication_info,
    proxy_authorization, te,         trailer,          transfer_encoding,  upgrade,
    http2_settings};

constexpr FieldSet kProtected = {
    apigw_requestid,
    authorization,
    cookie,
    date,
    expect,
    forwarded,
    host,
    origin,
    set_cookie,
    traceparent,
    tracestate,
    transfer_encoding,
    vary,
    via,
    www_authenticate,
    x_api_key,
    x_http_method_override,
    x_real_ip,
};

constexpr std::array<std::string_view, 7> kProtectedPrefixes = {
    "content-", "x-forwarded-", "x-amz", "x-gw-", "lambda-runtime-", "access-control-", "sec-websocket-",
};

}  // namespace

bool is_hop_by_hop(FieldName id) { return kHopByHop.contains(id); }

bool is_protected(FieldName id, std::string_view name) {
    if (kProtected.contains(id)) return true;
    for (const std::string_view prefix : kProtectedPrefixes) {
        if (starts_with_ignoring_case(name, prefix)) return true;
    }
    return false;
}

bool is_disguised(std::string_view name) {
    if (!has_underscore(name)) return false;
    // Longer than any known name and any prefix: the rest does not matter.
    char buffer[40];
    const std::string_view start = name.substr(0, sizeof buffer);
    for (std::size_t i = 0; i < start.size(); ++i) buffer[i] = start[i] == '_' ? '-' : start[i];
    const std::string_view plain(buffer, start.size());
    const FieldName id = name.size() <= sizeof buffer ? to_field_name(plain) : other;
    return is_hop_by_hop(id) || is_protected(id, plain);
}

bool is_nominated(const Fields& fields, const FieldView& field) {
    for (const FieldView line : fields) {
        if (line.id != connection) continue;
        for (ListReader list(line.value); auto token = list.next();) {
            if (equals_ignoring_case(*token, field.name)) return true;
        }
    }
    return false;
}

}  // namespace gw::http
