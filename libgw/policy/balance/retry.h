#pragma once
// Whether an attempt that failed may be made again (security §1.4, R-74): only when the request cannot have had an
// effect, or having it twice is the same as having it once.

#include <cstdint>

#include "libgw/base/clock.h"

namespace gw::balance {

/// How an attempt failed.
enum class Failure : std::uint8_t {
    connect,  ///< no connection came about: refused, unreachable, timed out, a failed handshake, a name without address
    closed,   ///< the connection ended, in order or by a reset
    timeout,  ///< connected, and no answer in time
    garbage,  ///< what came was not an answer
    status,   ///< an answer, whatever its status
};

/// What is known of an attempt that failed.
struct Attempt {
    Failure failure = Failure::status;
    bool idempotent = false;                  ///< the method is (RFC 9110 §9.2.2)
    bool pooled = false;                      ///< on a connection that had carried a request before
    bool repeatable = true;                   ///< every byte of the request is still at hand
    std::uint64_t request_bytes_written = 0;  ///< of the request, to the connection
    std::uint64_t response_bytes_seen = 0;
    std::uint32_t retries_made = 0;  ///< retries before this attempt, of either kind
    std::uint32_t retries_allowed = 1;
    Instant deadline{};  ///< of the whole request: retries share it
};

enum class Retry : std::uint8_t {
    none,            ///< the failure is the answer
    another_target,  ///< nobody has seen the request: pick again, this target excluded, from the retry budget
    new_connection,  ///< a pooled connection had gone stale: the same request on a new connection, to any target, free
                     ///< of charge
};

/// May it be made again, and how.
///  - `connect`: always, on another target.
///  - `closed` on a pooled connection without a byte of answer, and the method idempotent or no byte of the request
///  written: the
///    target had given up the connection before it saw the request. A retry on a new connection is no load that the
///    target did not expect, hence outside the budget and outside `retries_allowed`; it happens once, since a new
///    connection is not pooled.
///  - Nothing else, ever; and nothing once the deadline has come or bytes of the request are gone.
Retry may_retry(const Attempt& attempt, Instant now);

/// When to give up a step of an attempt (a connect) that may take `limit`: never later than the request's own deadline
///
constexpr Instant step_deadline(Instant deadline, Nanoseconds limit, Instant now) {
    return deadline - now <= limit ? deadline : now + limit;
}

}  // namespace gw::balance
