#pragma once
// sigv4 verify and explain: is a request signed well, and if not, whose mistake is it?

#include "apps/gw-token/options.h"

namespace gw::token {

/// The raw request on standard input.
Result<int> verify_request(program::World& world, const Options& options);
/// The same, with the reason; or what AWS answered, held against the request of the command line.
Result<int> explain_request(program::World& world, const Options& options);

}  // namespace gw::token
