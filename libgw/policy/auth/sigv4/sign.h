#pragma once
// Signing, as a client does.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libgw/base/clock.h"
#include "libgw/base/result.h"
#include "libgw/policy/auth/sigv4/canonical.h"
#include "libgw/policy/auth/sigv4/credential.h"
#include "libgw/policy/auth/sigv4/request.h"
#include "libgw/policy/auth/sigv4/signature.h"
#include "libgw/wire/http/uri.h"

namespace gw::sigv4 {

/// How to sign. For s3 set `payload_field` too: it insists on x-amz-content-sha256.
struct SignOptions {
    std::string_view region = "us-east-1";
    std::string_view service = "execute-api";
    bool payload_field = false;          ///< add x-amz-content-sha256 (header form only)
    bool unsigned_payload = false;       ///< UNSIGNED-PAYLOAD in place of the digest of the body
    bool sign_session_token = true;      ///< otherwise the token is added after signing
    std::optional<PathRules> path = {};  ///< instead of those of the service
};

/// A signature and all that led to it.
struct Signed {
    std::string canonical_request;
    std::string string_to_sign;
    std::string scope;           ///< "20150830/us-east-1/execute-api/aws4_request"
    std::string signed_headers;  ///< "host;x-amz-date"
    std::string signature;
    std::vector<std::pair<std::string, std::string>> fields;  ///< to be added to the request, Authorization last
};

/// Signs every field of the request but those that change on the way (hop by hop, User-Agent, Expect,
/// X-Amzn-Trace-Id). Errc::usage: no host; the request is signed already, or has an X-Amz-Date,
/// X-Amz-Security-Token or X-Amz-Content-Sha256 field where one would be added; the key has no secret; no region or
/// service.
Result<Signed> sign(const Request& request, const Credential& credential, const SignOptions& options, Date now);

/// A presigned request.
struct Presigned : Signed {
    std::string query;  ///< the whole of it: what there was, the X-Amz-* parameters, the signature last
};

/// Signs into the query. `lifetime` in seconds, 1 to 604800. Errc::usage as above, and for another lifetime.
Result<Presigned> presign(const Request& request, const Credential& credential, const SignOptions& options,
                          unsigned lifetime, Date now);

/// The presigned URL itself, for http, https, ws and wss: what a browser opens a WebSocket with. Signs the host alone
/// and an empty body.
Result<std::string> presign_url(std::string_view method, const http::Url& url, const Credential& credential,
                                const SignOptions& options, unsigned lifetime, Date now);

}  // namespace gw::sigv4
