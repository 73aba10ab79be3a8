#pragma once
// Why a signed request is refused, and what AWS says then.

#include <cstdint>
#include <string>
#include <string_view>

#include "libgw/policy/answer/wording.h"
#include "libgw/policy/kind.h"

namespace gw::sigv4 {

/// In the order in which they are looked for.
enum class Fault : std::uint8_t {
    missing,          ///< no Authorization field and no X-Amz-Algorithm parameter
    both_forms,       ///< both of them
    duplicate,        ///< a field or parameter that has to be unique is there twice
    malformed,        ///< the Authorization field is not a list of key=value
    incomplete,       ///< a part is missing
    host_unsigned,    ///< host is not among the signed fields
    bad_date,         ///< the date is not 20150830T123600Z
    bad_expiry,       ///< X-Amz-Expires is not 1 … 604800
    expired,          ///< signed too long ago
    not_yet,          ///< signed in the future
    algorithm,        ///< not AWS4-HMAC-SHA256
    credential,       ///< Credential has not five parts
    scope,            ///< another region, service or day
    signed_headers,   ///< SignedHeaders is not sorted, not lower case, or names a field twice
    absent_header,    ///< a signed field is not there
    unsigned_header,  ///< a field that has to be signed is not
    nominated,        ///< Connection names a signed field: it would end here, and the target miss what was signed
    streaming,        ///< the body is signed in chunks
    unknown_key,      ///< nobody has this access key
    session_token,    ///< the session token is missing, wrong or one too many
    session_expired,  ///< the temporary credentials have ended
    payload,          ///< x-amz-content-sha256 is not the digest of the body
    mismatch,         ///< another signature
};

/// "host_unsigned": for logs and tools.
std::string_view name_of(Fault fault);

/// A "no" to a signature.
struct Denial {
    Fault fault = Fault::missing;
    std::string message;                 ///< what a REST API answers; may hold bytes of the request
    std::string canonical_request = {};  ///< what was compared: for `payload` and `mismatch` only
    std::string string_to_sign = {};
};

/// 400 for what is ambiguous, 501 for a body signed in chunks, otherwise 403.
int status_of(Fault fault);
/// "InvalidSignatureException": x-amzn-ErrorType of REST APIs.
std::string_view error_type_of(Fault fault);
/// The whole answer. HTTP APIs say no more than the phrase of the status: {"message":"Forbidden"}.
Wording wording_of(ApiKind kind, const Denial& denial);

}  // namespace gw::sigv4
