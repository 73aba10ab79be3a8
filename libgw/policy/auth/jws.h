#pragma once
// JSON Web Signatures in compact form (RFC 7515 §3.1, RFC 8725).
//
// Facts
//  - A token is three parts of base64url between two dots. Padding, white space, '+', '/', and trailing bits that are
//    not zero are refused: one text for one token.
//  - Header parameters that would change what is verified are refused wherever they stand: crit (§4.1.11: whoever does
//    not understand must reject), b64 (RFC 7797), zip and enc (JWE).
//  - jku, jwk, x5u and x5c, which name keys, are not looked at: a token does not choose who vouches for it.

#include <optional>
#include <string>
#include <string_view>

#include "libgw/base/result.h"
#include "libgw/base/value.h"
#include "libgw/policy/auth/algorithm.h"
#include "libgw/policy/auth/fault.h"
#include "libgw/policy/auth/keyset.h"

namespace gw::auth {

/// The longest token that is read, in bytes.
inline constexpr std::size_t kMaxToken = 8192;

/// The header of a token.
struct JwsHeader {
    std::string algorithm_text;          ///< alg as it stands there
    std::optional<Algorithm> algorithm;  ///< nothing when it is "none" or nobody knows it
    std::optional<std::string> kid;      ///< at most kMaxKid bytes
    std::string type;                    ///< typ; "" when absent
    Value members;                       ///< all of it
};

/// A token taken apart. Nothing is verified yet.
struct Jws {
    JwsHeader header;
    std::string payload;             ///< decoded; any bytes, or none
    std::string signature;           ///< decoded; not empty
    std::string_view signing_input;  ///< what is signed: the first two parts; a view into the token
};

/// Takes a token apart. jwt.malformed for everything that RFC 7515 or the facts above do not allow, or that is longer
/// than `max_size`; jwt.algorithm for "none" of any case.
Judged<Jws> parse_jws(std::string_view token, std::size_t max_size = kMaxToken);

/// The key that may vouch for it: jwt.algorithm when its algorithm is not among the allowed, jwt.key when there is no
/// key. When the set has no key of that name, `unknown_kid` (may be null) becomes true: see KeySchedule.
Judged<const Key*> find_key(const Jws& jws, const KeySet& keys, AlgorithmSet allowed, bool* unknown_kid = nullptr);

/// Parses, finds the key, verifies the signature: the payload may be anything.
Judged<Jws> verify_jws(std::string_view token, const KeySet& keys, AlgorithmSet allowed,
                       std::size_t max_size = kMaxToken);

/// Signs. The header is alg, kid (when the key has one) and the members of `extra`; one of these three names in `extra`
/// stands in the place of the key's. Errc::usage when the key cannot sign.
Result<std::string> sign_jws(std::string_view payload, const Key& key, const Object& extra = {},
                             std::optional<Algorithm> algorithm = {});

}  // namespace gw::auth
