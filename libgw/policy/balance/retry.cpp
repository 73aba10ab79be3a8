#include "libgw/policy/balance/retry.h"

namespace gw::balance {

Retry may_retry(const Attempt& attempt, Instant now) {
    if (!attempt.repeatable || attempt.response_bytes_seen != 0 || now >= attempt.deadline) return Retry::none;
    switch (attempt.failure) {
        case Failure::connect:
            if (attempt.request_bytes_written != 0 || attempt.retries_made >= attempt.retries_allowed)
                return Retry::none;
            return Retry::another_target;
        case Failure::closed:
            if (!attempt.pooled) return Retry::none;
            return attempt.idempotent || attempt.request_bytes_written == 0 ? Retry::new_connection : Retry::none;
        case Failure::timeout:
        case Failure::garbage:
        case Failure::status: return Retry::none;
    }
    return Retry::none;
}

}  // namespace gw::balance
