#pragma once
// What a request says about its signature, in either form: the Authorization field or X-Amz-* parameters of the query.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "libgw/base/clock.h"
#include "libgw/policy/auth/sigv4/fault.h"
#include "libgw/policy/auth/sigv4/request.h"
#include "libgw/policy/auth/sigv4/signature.h"

namespace gw::sigv4 {

/// Where the signature stands.
enum class Form : std::uint8_t {
    header,  ///< Authorization: AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…
    query,   ///< ?X-Amz-Algorithm=…&…&X-Amz-Signature=…: presigned
};

/// The parts, decoded, none of them believed.
struct Claim {
    Form form = Form::header;
    std::string algorithm;
    std::string credential;
    std::string signed_headers;
    std::string signature;
    std::string date_time;  ///< "20150830T123600Z"; a Date field of HTTP is written this way
    Date date{};
    std::string expires = {};     ///< of the query form, as it stands there
    unsigned lifetime = 0;        ///< the same in seconds; 0 in the header form
    bool has_token = false;       ///< a session token is there
    bool token_in_query = false;  ///< as a parameter, not as a field
    std::string session_token = {};
    std::string payload_hash = {};  ///< x-amz-content-sha256, or ""

    /// The parts of `credential`; nothing unless there are exactly five.
    struct Parts {
        std::string_view access_key_id;
        Scope scope;
        std::string_view terminator;
    };
    [[nodiscard]] std::optional<Parts> parts() const;
    /// The field is among the signed ones; `name` in any case.
    [[nodiscard]] bool is_signed(std::string_view name) const;
};

/// The claim, or why there is none: the first faults of the list, from `missing` to `bad_expiry`, in AWS's order and
/// words.
std::variant<Claim, Denial> read_claim(const Request& request);

/// The query without the parameters of a signature, which open the gateway for whoever reads them; the bytes of all
/// others, their order and their separators stay.
std::string without_signature(std::string_view query);

/// What AWS finds wrong with an Authorization field, whatever its scheme: no list of key=value, parts that are missing.
/// Nothing when it is complete. `has_date`: there is an X-Amz-Date or a Date field.
std::optional<Denial> examine_authorization(std::string_view authorization, bool has_date);

}  // namespace gw::sigv4
