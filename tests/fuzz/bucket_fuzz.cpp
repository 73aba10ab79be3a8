// Token buckets: one that threads share and one of a single thread admit the same; what they admit is what fractions
// admit while time goes on, and never more than burst and rate allow when it also goes back. Bytes: the rate in 1/s
// (3), the burst (2), and steps of time (5): how large, and which way.

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "libgw/policy/throttle/token_bucket.h"
#include "tests/fuzz/require.h"

using namespace gw;
using throttle::Limit;

namespace {

__extension__ using Wide = __int128;
constexpr std::int64_t kSecond = 1'000'000'000;

std::uint32_t number(const std::uint8_t* bytes, std::size_t count) {
    std::uint32_t value = 0;
    std::memcpy(&value, bytes, count);
    return value;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 5 || size > 5 + 5 * 400) return 0;
    const auto rate = static_cast<std::int64_t>(number(data, 3) % (1U << 20U)) + 1;
    const auto burst = static_cast<std::int64_t>(number(data + 3, 2)) + 1;
    const auto limit =
        Limit::make(Rate{static_cast<double>(rate), std::chrono::seconds(1)}, static_cast<std::uint64_t>(burst));
    REQUIRE_THAT_IT_HOLDS(limit.has_value());
    const Instant begin(Nanoseconds(kSecond * 1000));
    throttle::TokenBucket bucket(*limit, begin);
    throttle::SharedBucket shared(*limit, begin);
    Wide level = static_cast<Wide>(burst) * kSecond;  // tokens times a second's nanoseconds
    std::int64_t now = 0;
    std::int64_t latest = 0;
    std::int64_t earliest = 0;
    std::int64_t admitted = 0;
    bool only_forward = true;
    for (std::size_t at = 5; at + 5 <= size; at += 5) {
        std::int64_t step = number(data + at + 1, 4);
        if ((data[at] & 1) != 0) step <<= data[at] >> 4U;  // up to eighteen hours
        if ((data[at] & 2) != 0) step = -std::min(step, 2 * kSecond);
        now = std::max<std::int64_t>(now + step, -900 * kSecond);
        only_forward = only_forward && step >= 0;
        const std::int64_t gained = std::max<std::int64_t>(now - latest, 0);
        latest = std::max(latest, now);
        earliest = std::min(earliest, now);
        level = std::min(level + static_cast<Wide>(gained) * rate, static_cast<Wide>(burst) * kSecond);
        const bool taken = bucket.take(begin + Nanoseconds(now)).admitted;
        REQUIRE_THAT_IT_HOLDS(shared.take(begin + Nanoseconds(now)).admitted == taken);
        if (only_forward) REQUIRE_THAT_IT_HOLDS(taken == (level >= kSecond));
        if (taken) level -= kSecond;
        admitted += taken ? 1 : 0;
        REQUIRE_THAT_IT_HOLDS(static_cast<Wide>(admitted) * kSecond <=
                              static_cast<Wide>(burst) * kSecond + static_cast<Wide>(latest - earliest) * rate);
        REQUIRE_THAT_IT_HOLDS(bucket.tokens(begin + Nanoseconds(now)) <= static_cast<std::uint64_t>(burst));
    }
    return 0;
}
