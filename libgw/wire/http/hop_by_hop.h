#pragma once
// Which fields belong to one connection, which the client may not take away, and which it may not fake (RFC 9110
// §7.6.1).

#include <string_view>

#include "libgw/wire/http/fields.h"

namespace gw::http {

/// Belongs to this connection and never travels on: Connection, Keep-Alive, Proxy-Connection, Proxy-Authenticate,
/// Proxy-Authentication-Info, Proxy-Authorization, TE, Trailer, Transfer-Encoding, Upgrade, HTTP2-Settings.
bool is_hop_by_hop(FieldName id);

/// A field that Connection may not nominate, because somebody behind us relies on it: framing, routing, credentials,
/// provenance, signatures, and whatever the gateway itself writes (CVE-2022-31813 is what happens otherwise).
/// `name` in any case; `id` is its FieldName.
bool is_protected(FieldName id, std::string_view name);

/// True when a name, its underscores read as hyphens, is that of a protected or a hop-by-hop field: a CGI-like backend
/// could not tell the two apart. False for names without an underscore.
bool is_disguised(std::string_view name);
inline bool has_underscore(std::string_view name) { return name.find('_') != std::string_view::npos; }

/// The field is named in a Connection field of the same message, so it ends here. Look only when the head says
/// `nominates`: messages that do are rare.
bool is_nominated(const Fields& fields, const FieldView& field);

}  // namespace gw::http
