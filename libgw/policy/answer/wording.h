#pragma once
// What the client reads when the gateway refuses: status, message and error type, by kind of api.

#include <string>
#include <string_view>

#include "libgw/policy/kind.h"
#include "libgw/policy/verdict.h"
#include "libgw/wire/http/fields.h"
#include "libgw/wire/http/refused.h"

namespace gw {

/// The text of one refusal.
struct Wording {
    int status = 500;
    std::string message;          ///< of {"message":"…"}
    std::string_view error_type;  ///< x-amzn-ErrorType of REST APIs; empty for HTTP APIs
    bool capital = false;         ///< {"Message":"…"}, as AWS writes it when a policy denied
};

/// A refusal with the status that this kind of api gives to the reason. For kinds of failure that have one status in
/// each (all but fault.injected, which gets 503).
Refusal refuse(ApiKind kind, std::string_view reason, std::string detail = {});

/// What a decoder refused, as a refusal: the status stays, the decoder's word becomes the detail.
Refusal refuse(const http::Refused& refused);

/// The words for a refusal. Where its status is not the one of its reason, the words are those of the status.
/// `request` (may be null) matters for a REST API's 403 on an unknown route: an Authorization field that is not SigV4
/// is answered with what AWS's signature parser says about it (the field itself only as its digest).
Wording wording_of(ApiKind kind, const Refusal& refusal, const http::Fields* request);

}  // namespace gw
