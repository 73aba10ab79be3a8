#pragma once
// Two sides made different signatures of one request: the first difference between their texts, and what causes it.

#include <cstdint>
#include <string>
#include <string_view>

#include "libgw/base/result.h"

namespace gw::sigv4 {

/// What went wrong, as far as it can be named.
enum class Cause : std::uint8_t {
    none,              ///< the signature is right
    method,            ///< another method
    double_encoding,   ///< the path was encoded once too little, or too often
    dot_segments,      ///< "." and ".." or empty segments were left in the path, or taken out
    path_hex_case,     ///< %2f and %2F in the path
    path,              ///< another path
    missing_equals,    ///< a parameter without value lost its '='
    plus,              ///< '+' and %2B are not the space that the other side sees
    query_order,       ///< parameters are not sorted by name and value
    query_hex_case,    ///< %2f and %2F in the query
    query_encoding,    ///< the same parameters, encoded otherwise
    query,             ///< other parameters
    host_unsigned,     ///< host is not among the signed fields
    host,              ///< another host, or another port
    clock,             ///< another time
    whitespace,        ///< spaces in the value of a field
    header,            ///< another value of a field
    signed_headers,    ///< other fields, or in another order
    unsigned_payload,  ///< UNSIGNED-PAYLOAD on one side
    payload_hash,      ///< another body
    scope,             ///< another region, service or day
    session_token,     ///< missing, wrong or expired
    unknown_key,       ///< nobody has this access key
    secret,            ///< all texts are equal: the secret is another one, or nothing else is left
    malformed,         ///< no signature could be read
};

/// "double_encoding".
std::string_view name_of(Cause cause);
/// One sentence for people, lower case, without full stop: what it means and what to do.
std::string_view advice_for(Cause cause);

/// What a signature is made of.
struct SignedTexts {
    std::string canonical_request;
    std::string string_to_sign;  ///< "" when it is not known
};

/// The first place where two sides differ.
struct Difference {
    Cause cause = Cause::none;
    std::string part;    ///< "path", "query", "header host", "string to sign, line 2"; "" when there is no such place
    std::string client;  ///< that part as the client signed it
    std::string server;  ///< and as the server reads it
};

/// Compares line by line. Texts that agree give Cause::secret: somebody was not satisfied with them.
Difference compare(const SignedTexts& client, const SignedTexts& server);

/// The texts in the body that AWS answers a mismatch with: JSON, or its message alone, with line ends or with `\n` in
/// their place. Errc::parse when it is nothing of that kind; Errc::not_found when AWS left the texts out.
Result<SignedTexts> parse_mismatch(std::string_view body);

}  // namespace gw::sigv4
