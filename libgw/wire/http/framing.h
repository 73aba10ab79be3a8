#pragma once
// What the fields of a head say about its body and its connection (RFC 9112 §6, §9), the same for both directions.

#include <cstdint>
#include <string_view>

#include "libgw/wire/http/field_set.h"
#include "libgw/wire/http/message.h"
#include "libgw/wire/http/refused.h"

namespace gw::http {

/// Reads Content-Length and Transfer-Encoding. At most one of them, once; the only coding we know is "chunked", alone.
/// `seen` and `repeated` tell of the known fields in `fields`. Requires: `into` is fresh.
Refused read_framing(const Fields& fields, const FieldSet& seen, const FieldSet& repeated, Version version,
                     BodyLength& into);

/// What a Connection field asks for.
struct ConnectionOptions {
    bool close = false;
    bool keep_alive = false;
    bool upgrade = false;
    bool nominates = false;  ///< other fields, none of them protected
};
/// Reads all Connection fields. A protected name or what is no token is refused (RFC 9110 §7.6.1, S29).
Refused read_connection(const Fields& fields, ConnectionOptions& into);

}  // namespace gw::http
