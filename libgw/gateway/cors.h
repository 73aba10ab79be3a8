#pragma once
// The way out of a request to an api with corsConfiguration: every answer says which pages may read it.

#include <string_view>

#include "libgw/gateway/exchange.h"
#include "libgw/wire/http/fields.h"

namespace gw::gateway {

/// Whether the gateway may have to answer the request as a preflight, route or not.
bool awaits_preflight_answer(const Exchange& exchange);

/// The fields of the 204. Requires: Decision::From::preflight.
void add_preflight_answer(const Exchange& exchange, http::Fields& into);

/// The fields of any other answer; none where there is no policy. `vary`: what the target's answer varies by.
void add_cors_fields(const Exchange& exchange, std::string_view vary, http::Fields& into);

}  // namespace gw::gateway
