#pragma once
// The claims of a token that is to be made: a sample, a JSON text, single claims, an end.

#include <cstdint>
#include <optional>

#include "apps/gw-token/options.h"
#include "libgw/base/clock.h"
#include "libgw/base/value.h"

namespace gw::token {

/// A token before it is signed.
struct Draft {
    Object header;  ///< besides alg and kid
    Object claims;
    std::optional<std::uint64_t> seed;  ///< of what was drawn; nothing when nothing was
};

/// What stands further right wins: the sample of --like, CLAIMS-JSON, -c, --exp. Without a sample iat is `now`; exp is
/// an hour later unless somebody says otherwise. Errc::usage and Errc::parse for what makes no sense.
Result<Draft> draft_claims(const program::World& world, const MintOptions& asked, Date now);

/// A claim of -c: `name=value`. The name is everything before the first '=' and never a path (`cognito:groups` and
/// `https://example.com/roles` are names); the value is JSON when it reads as JSON, otherwise a string. Dates (exp,
/// nbf, iat, auth_time) may be given as +1h or -5m.
Result<Member> parse_claim(std::string_view text, Date now);

}  // namespace gw::token
