#pragma once
// Lines that are better not shown to whoever reads an error, a log of a build or a screen.

#include <cstddef>
#include <string_view>

namespace gw {

/// A name that a secret goes by: it says token, secret, password, passphrase or credential, or ends in key or keys, in
/// any case and with whatever between its letters: "adminToken", "x-api-key", "AWS_SECRET_ACCESS_KEY". Not "key" and
/// "keys" alone, which are files here, and not "routeKey".
bool is_secret_name(std::string_view name);

/// Something stands behind such a name and a ':' or '=' that is neither a reference (env:, file:, $variable) nor true,
/// false or null.
bool may_hold_secret(std::string_view line);

/// The same of the line of `text` that begins at `at`; or it belongs to one further up that begins with such a name: it
/// is indented deeper.
bool may_hold_secret(std::string_view text, std::size_t at);

}  // namespace gw
