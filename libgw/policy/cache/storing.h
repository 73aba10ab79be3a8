#pragma once
// Which answers are kept (RFC 9111 §3).

#include <cstdint>
#include <string_view>

#include "libgw/policy/cache/stored.h"
#include "libgw/wire/http/message.h"

namespace gw::cache {

/// Why an answer is not kept; `none` when it is.
enum class Refused : std::uint8_t {
    none,
    method,
    status,
    no_store,
    is_private,
    authorization,
    vary,
    no_lifetime,
    cookie,
    partial,
    size,
};
/// A word for people and for Cache-Status: "no-store".
std::string_view to_text(Refused refused);

/// The request that was answered.
struct Asked {
    const http::Fields* fields = nullptr;
    bool get = true;
    bool no_store = false;             ///< its Cache-Control says so, or it is more than its key says
    bool keyed_cookie = false;         ///< the key holds the request's Cookie, or who sent it
    bool keyed_authorization = false;  ///< the key holds the request's Authorization, or whom it speaks of
    bool keyed_api_key = false;        ///< the same of x-api-key
};

/// Whether an answer is for nobody but whoever sent the request's credentials: Authorization (RFC 9111 §3.5), and an
/// x-api-key that nobody here asked for, which is the target's own and the same to it.
bool is_for_one_caller(const Asked& asked, const ResponseDirectives& directives);

/// A shared cache to RFC 9111.
Refused may_store(const Asked& asked, const http::ResponseHead& answer, const ResponseDirectives& directives,
                  const Lifetime& lifetime);

/// A cache with a TTL, which does not ask the target for how long, but obeys where it forbids: only answers that
/// succeeded or moved for good, none that sets a cookie, and none to a request with credentials unless the key holds
/// them.
Refused may_store_for_ttl(const Asked& asked, const http::ResponseHead& answer, const ResponseDirectives& directives);

/// What is kept of an answer, without its body. Requires: one of the two above said yes.
Stored make_stored(const Asked& asked, const http::ResponseHead& answer, ResponseDirectives directives,
                   const Lifetime& lifetime, const Exchanged& when);

}  // namespace gw::cache
