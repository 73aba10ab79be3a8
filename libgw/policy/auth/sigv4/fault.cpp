#include "libgw/policy/auth/sigv4/fault.h"

#include "libgw/wire/http/status.h"

namespace gw::sigv4 {

std::string_view name_of(Fault fault) {
    switch (fault) {
        case Fault::missing: return "missing";
        case Fault::both_forms: return "both_forms";
        case Fault::duplicate: return "duplicate";
        case Fault::malformed: return "malformed";
        case Fault::incomplete: return "incomplete";
        case Fault::host_unsigned: return "host_unsigned";
        case Fault::bad_date: return "bad_date";
        case Fault::bad_expiry: return "bad_expiry";
        case Fault::expired: return "expired";
        case Fault::not_yet: return "not_yet";
        case Fault::algorithm: return "algorithm";
        case Fault::credential: return "credential";
        case Fault::scope: return "scope";
        case Fault::signed_headers: return "signed_headers";
        case Fault::absent_header: return "absent_header";
        case Fault::unsigned_header: return "unsigned_header";
        case Fault::nominated: return "nominated";
        case Fault::streaming: return "streaming";
        case Fault::unknown_key: return "unknown_key";
        case Fault::session_token: return "session_token";
        case Fault::session_expired: return "session_expired";
        case Fault::payload: return "payload";
        case Fault::mismatch: return "mismatch";
    }
    return {};
}

int status_of(Fault fault) {
    if (fault == Fault::both_forms || fault == Fault::duplicate || fault == Fault::nominated) return 400;
    return fault == Fault::streaming ? 501 : 403;
}

std::string_view error_type_of(Fault fault) {
    switch (fault) {
        case Fault::missing: return "MissingAuthenticationTokenException";
        case Fault::duplicate:
        case Fault::malformed:
        case Fault::incomplete:
        case Fault::bad_date:
        case Fault::bad_expiry:
        case Fault::algorithm:
        case Fault::credential: return "IncompleteSignatureException";
        case Fault::streaming: return "NotImplementedException";
        case Fault::unknown_key:
        case Fault::session_token: return "UnrecognizedClientException";
        case Fault::session_expired: return "ExpiredTokenException";
        default: return "InvalidSignatureException";
    }
}

Wording wording_of(ApiKind kind, const Denial& denial) {
    const int status = status_of(denial.fault);
    if (kind == ApiKind::http) {
        return {status, std::string(http::reason_of(static_cast<std::uint16_t>(status))), {}};
    }
    return {status, denial.message, error_type_of(denial.fault)};
}

}  // namespace gw::sigv4
