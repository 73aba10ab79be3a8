#pragma once
// A request as a person pastes it: raw HTTP/1.1, with line feeds where CRLF would be, and a body of whatever length.
// For tools that explain; a server reads with the strict decoder.

#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/crypto.h"
#include "libgw/base/result.h"
#include "libgw/policy/auth/sigv4/request.h"

namespace gw::sigv4 {

/// A request and the bytes that it lies in. Moving it keeps its views valid.
struct PastedRequest {
    std::string method;
    std::string path;                                         ///< as sent, bytes of any kind
    std::string query;                                        ///< as sent, without '?'
    std::vector<std::pair<std::string, std::string>> fields;  ///< in order, duplicates kept
    std::string body;

    /// As views. `storage` is filled anew; the result lives as long as both.
    [[nodiscard]] Request view(std::vector<Field>& storage) const;
};

/// Reads a request line ("METHOD TARGET HTTP/1.1"; the target may hold spaces), fields up to an empty line, and a body.
/// A folded value is one line with spaces; a line end behind a body of Content-Length bytes is not part of it.
/// Errc::parse: no request line, a line that is no field, a body of another length than Content-Length, a body in
/// chunks (whose digest would be that of other bytes).
Result<PastedRequest> parse_pasted(std::string_view text);

}  // namespace gw::sigv4
