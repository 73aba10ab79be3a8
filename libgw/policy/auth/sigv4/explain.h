#pragma once
// Why a signed request is refused, down to the mistake that its signer made.

#include <optional>

#include "libgw/base/clock.h"
#include "libgw/policy/auth/sigv4/compare.h"
#include "libgw/policy/auth/sigv4/credential.h"
#include "libgw/policy/auth/sigv4/verify.h"

namespace gw::sigv4 {

/// Everything known about a refused request.
struct Explanation {
    std::optional<Denial> denial;       ///< nothing: the signature is right
    SignedTexts server;                 ///< empty when the request has no readable signature
    std::optional<SignedTexts> client;  ///< what the client must have signed, when one of the usual mistakes gives its
                                        ///< signature
    Difference difference;
};

/// Verifies, and when the answer is no, makes the usual mistakes one by one and two by two until the signature is the
/// client's. Costs some hundred signatures.
Explanation explain(const Request& request, const Verifier& verifier, const CredentialStore& credentials, Date now);

}  // namespace gw::sigv4
