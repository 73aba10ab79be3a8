#pragma once
// Limits from requests that came: what would have let nearly all of them through, and what a server that refused some
// seems to hold.

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "libgw/policy/throttle/limit.h"
#include "libgw/policy/throttle/simulate.h"

namespace gw::throttle {

/// When each key's requests came: nanoseconds, ascending.
using Times = std::vector<std::vector<std::int64_t>>;

/// A limit for each key, and what it would have refused.
struct Fit {
    Limit limit;
    Count count;
    /// The most requests that it lets one key make in a minute: burst + rate·60 s.
    [[nodiscard]] double in_a_minute() const {
        return static_cast<double>(limit.burst()) + 60 * limit.rate().per_second();
    }
};

struct Fitted {
    std::vector<Fit> all;  ///< by rate, ascending, each with the least burst that does
    std::size_t best = 0;  ///< the one that lets the fewest through in any minute
};

/// Tells how much is done, 0 … 1.
using FitProgress = std::function<void(double)>;

/// Limits that refuse at most that share of all requests. Rates are round ones: 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6 and 8
/// times a power of ten, from about what the busiest key sends on the whole to its busiest second. Whether a limit does
/// is found out with the gateway's own bucket. Requires: at least one request.
Fitted fit(const Times& times, double share, const FitProgress& progress = {});

/// A request at somebody's server.
struct Answer {
    std::int64_t at = 0;  ///< nanoseconds
    bool refused = false;
};

struct Probed {
    Limit limit;
    std::uint64_t agree = 0;  ///< answers that the gateway's own bucket under that limit gives too
    std::uint64_t differ = 0;
    double low = 0;  ///< rates a second that explain the answers as well
    double high = 0;
};

/// The token bucket that explains the answers best. It is taken to be full before the first. Nothing when there is too
/// little to tell: fewer than kLeastAnswers refused or admitted, or all refusals at one moment. Requires: by time.
std::optional<Probed> probe(const std::vector<Answer>& answers, const FitProgress& progress = {});
inline constexpr std::uint64_t kLeastAnswers = 5;

}  // namespace gw::throttle
