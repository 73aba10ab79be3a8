#pragma once
// The response cache on a request's way: before the target is asked, and when it has answered.

#include <memory>

#include "libgw/gateway/exchange.h"
#include "libgw/gateway/step.h"

namespace gw::gateway {

/// The head of the target's answer has come to an exchange with a visit: to be passed on (and kept), or an answer from
/// memory in its place.
Step take_answer(Exchange& exchange, Reply& reply);

/// The target has not answered: decides for an answer from memory where one may stand in.
bool stand_in(Exchange& exchange, Instant now);

/// Whether an exchange may refresh what is stored, in the background, for `from`: the same request once more, without
/// a client. Leads the flight of its key; null when another does.
std::unique_ptr<CacheVisit> make_refresh(Exchange& exchange, const Exchange& from);

}  // namespace gw::gateway
