#pragma once
// The canonical request: the one text that client and gateway make of the same request.
//
// Facts (IAM User Guide, "Create a signed AWS API request"; the signing test suite of aws-c-auth)
// - Lines: method, path, query, one line a signed field, an empty line, the names of the signed fields, the digest of
//   the body.
// - The path is encoded once more than it was sent (`/a%2Fb` is signed as `/a%252Fb`), after "." and ".." segments and
//   empty segments were taken out. Amazon S3 does neither.
// - The query is sorted by encoded name, then value. A parameter without '=' gets one. '+' is a space, as in forms.
// - Values of fields lose white space at both ends, keep one space of each run inside, and are joined with ','.

#include <span>
#include <string>
#include <string_view>

#include "libgw/policy/auth/sigv4/request.h"

namespace gw::sigv4 {

/// How a service reads a path.
struct PathRules {
    bool encode_twice = true;  ///< the sent path is encoded again; otherwise it is decoded and encoded once
    bool normalize = true;     ///< dot segments and empty segments are taken out
};
/// All services but s3 have both.
PathRules path_rules_of(std::string_view service);

/// "/example/" for "//example//". "" gives "/". A ".." at the root goes nowhere.
std::string canonical_path(std::string_view sent, PathRules rules);

/// The parameters encoded and sorted, leaving out those whose decoded name is one of `without`.
std::string canonical_query(std::string_view sent, std::span<const std::string_view> without = {});

/// The value of a field line.
std::string canonical_value(std::string_view value);

/// What canonical_request() needs beyond the request.
struct CanonicalForm {
    std::string_view signed_headers;                 ///< "host;x-amz-date", in the order in which they are written
    std::string_view payload_hash;                   ///< 64 hexadecimal digits or a word such as UNSIGNED-PAYLOAD
    PathRules path = {};                             ///< how the path is read
    std::span<const std::string_view> without = {};  ///< query parameters that are not signed
};

/// The whole text. A signed field that the request has not got has an empty value: whoever verifies looks first.
std::string canonical_request(const Request& request, const CanonicalForm& form);

/// Appends the bytes, everything encoded but unreserved characters (RFC 3986 §2.3) and, with `keep_slash`, '/'.
void append_encoded(std::string& out, std::string_view bytes, bool keep_slash = false);

}  // namespace gw::sigv4
