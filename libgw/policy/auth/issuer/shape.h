#pragma once
// What an issuer writes into tokens: plain OpenID Connect (Core 1.0 §2, RFC 9068), or as Amazon Cognito does.

#include <chrono>
#include <string>
#include <string_view>

#include "libgw/base/clock.h"
#include "libgw/base/random.h"
#include "libgw/base/value.h"
#include "libgw/policy/auth/issuer/grants.h"
#include "libgw/policy/auth/issuer/keyring.h"
#include "libgw/policy/auth/issuer/user.h"

namespace gw::issuer {

/// What every token of an issuer has in common.
struct Shape {
    bool cognito = false;
    std::string issuer;
    std::chrono::seconds lifetime{3600};
};

/// A token before it is signed.
struct Draft {
    Object header;  ///< besides alg and kid
    Object claims;
};

/// The token of a session. `user` is null for a client that acts for itself, which has access tokens only. Ids are
/// drawn from `chance`.
Draft make_draft(const Shape& shape, Use use, const Session& session, const User* user, Random& chance, Date now);

/// `sub` of a user: what they say themselves, else their name; with Cognito a UUID.
std::string subject_of(const Shape& shape, const User& user);

/// What /userinfo says of them.
Object make_user_info(const Shape& shape, const User& user);

}  // namespace gw::issuer
