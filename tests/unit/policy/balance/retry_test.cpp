#include "libgw/policy/balance/retry.h"

#include <vector>

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::balance;
using namespace std::chrono_literals;

namespace {

constexpr Instant kNow{10s};
constexpr Instant kDeadline{39s};

}  // namespace

TEST_CASE("an attempt that never connected goes to another target, whatever the method") {
    REQUIRE(may_retry({.failure = Failure::connect, .idempotent = false, .deadline = kDeadline}, kNow) ==
            Retry::another_target);
    REQUIRE(may_retry({.failure = Failure::connect, .idempotent = true, .deadline = kDeadline}, kNow) ==
            Retry::another_target);
}

TEST_CASE("retries of a request are counted") {
    REQUIRE(may_retry({.failure = Failure::connect, .retries_made = 1, .retries_allowed = 1, .deadline = kDeadline},
                      kNow) == Retry::none);
    REQUIRE(may_retry({.failure = Failure::connect, .retries_made = 1, .retries_allowed = 2, .deadline = kDeadline},
                      kNow) == Retry::another_target);
    REQUIRE(may_retry({.failure = Failure::connect, .retries_allowed = 0, .deadline = kDeadline}, kNow) == Retry::none);
}

TEST_CASE("a pooled connection that had gone stale is replaced without charge") {
    const Attempt stale{.failure = Failure::closed,
                        .idempotent = true,
                        .pooled = true,
                        .request_bytes_written = 100,
                        .retries_allowed = 0,
                        .deadline = kDeadline};
    REQUIRE(may_retry(stale, kNow) == Retry::new_connection);
    Attempt unsent = stale;
    unsent.idempotent = false;
    unsent.request_bytes_written = 0;
    REQUIRE(may_retry(unsent, kNow) == Retry::new_connection);
}

TEST_CASE("no request is repeated that may have had an effect") {
    for (const Failure failure :
         {Failure::connect, Failure::closed, Failure::timeout, Failure::garbage, Failure::status}) {
        for (unsigned bits = 0; bits < 32; ++bits) {
            const Attempt attempt{.failure = failure,
                                  .idempotent = (bits & 1U) != 0,
                                  .pooled = (bits & 2U) != 0,
                                  .repeatable = (bits & 4U) != 0,
                                  .request_bytes_written = (bits & 8U) != 0 ? 1U : 0U,
                                  .response_bytes_seen = (bits & 16U) != 0 ? 1U : 0U,
                                  .deadline = kDeadline};
            const Retry retry = may_retry(attempt, kNow);
            if (retry == Retry::none) continue;
            REQUIRE(attempt.repeatable);
            REQUIRE(attempt.response_bytes_seen == 0);
            REQUIRE((attempt.request_bytes_written == 0 || attempt.idempotent));
            REQUIRE((failure == Failure::connect || (failure == Failure::closed && attempt.pooled)));
            REQUIRE(may_retry(attempt, kDeadline) == Retry::none);
            REQUIRE(may_retry(attempt, kDeadline - 1ns) == retry);
        }
    }
}

TEST_CASE("a new connection that closes is not tried again") {
    REQUIRE(may_retry({.failure = Failure::closed, .idempotent = true, .deadline = kDeadline}, kNow) == Retry::none);
}

TEST_CASE("a step of an attempt never outlives the request") {
    REQUIRE(step_deadline(kDeadline, 3s, kNow) == Instant{13s});
    REQUIRE(step_deadline(kDeadline, 29s, kNow) == kDeadline);
    REQUIRE(step_deadline(kDeadline, Nanoseconds::max(), kNow) == kDeadline);
    REQUIRE(step_deadline(kNow - 1s, 3s, kNow) == kNow - 1s);
}
