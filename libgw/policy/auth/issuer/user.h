#pragma once
// Those whom a test issuer vouches for.

#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/result.h"
#include "libgw/base/value.h"

namespace gw::issuer {

/// Somebody who can log in.
struct User {
    std::string name;                 ///< "alice"
    std::vector<std::string> groups;  ///< "groups", with Cognito "cognito:groups"
    Object claims;                    ///< whatever else tokens say of them: strings, booleans, lists of strings

    /// A claim of theirs that is a string, or "".
    [[nodiscard]] std::string_view text(std::string_view claim) const;
};

/// Reads "alice" or "alice:groups=admin,groups=ops,email=alice@example.com": a claim that stands several times is a
/// list, `groups` always is; true and false are booleans. Errc::usage for a name that is none, and for a claim that the
/// issuer itself sets (iss, aud, exp, …).
Result<User> parse_user(std::string_view text);

/// A UUID made of a text: always the same one of the same text (RFC 9562 §5.8).
std::string make_uuid(std::string_view text);

}  // namespace gw::issuer
