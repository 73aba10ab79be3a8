#pragma once
// How an issuer answers.

#include <string_view>

#include "libgw/base/value.h"
#include "libgw/policy/auth/issuer/issuer.h"

namespace gw::issuer {

/// JSON that nobody keeps (RFC 6749 §5.1).
Answer reply(int status, const Value& body);

/// {"error":…,"error_description":…} (RFC 6749 §5.2): a description has no quotes, backslashes or other than ASCII.
Answer refuse(int status, std::string_view error, std::string_view description);

}  // namespace gw::issuer
