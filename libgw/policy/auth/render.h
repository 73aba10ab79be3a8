#pragma once
// Claims as AWS hands them on: to `$context.authorizer.claims.*`, and to functions. Everything is a string there.

#include <optional>
#include <string>
#include <string_view>

#include "libgw/base/value.h"
#include "libgw/policy/auth/claims.h"
#include "libgw/policy/kind.h"

namespace gw::auth {

/// One claim as text; nothing for null, which is left out.
/// Strings as they are, numbers as they were written, booleans as words, objects as JSON. Arrays: HTTP APIs write them
/// as Go does, "[admin poweruser]"; REST APIs join them with commas, "admin,poweruser".
std::optional<std::string> claim_text(const Value& claim, ApiKind kind);
/// The claim of that name as text; "" when there is none, as AWS's logs have it.
std::string claim_text(const Claims& claims, std::string_view name, ApiKind kind);

/// requestContext.authorizer of an event. HTTP: {"jwt":{"claims":{…},"scopes":null or the route's}}; REST:
/// {"claims":{…}}. `route_scopes` are those that the route asks for.
Value authorizer_context(const Claims& claims, std::span<const std::string> route_scopes, ApiKind kind);

}  // namespace gw::auth
