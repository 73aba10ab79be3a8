#pragma once
// What one version has answered: how many requests, how, and how fast. Counts add up, whoever counted.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "libgw/base/clock.h"

namespace gw::canary {

/// Durations in buckets that are at most 1/32 of their lower bound wide, to the microsecond at least: quantiles are
/// exact to 3 %. From 0 to 71 minutes; what is longer counts as that.
class Latencies {
  public:
    static constexpr std::uint32_t kSteps = 32;
    static constexpr std::size_t kBuckets = 28 * kSteps;

    static constexpr std::size_t bucket_of(Nanoseconds duration) {
        if (duration <= Nanoseconds(0)) return 0;
        const auto microseconds = static_cast<std::uint64_t>(duration / std::chrono::microseconds(1));
        if (microseconds < kSteps) return microseconds;
        if (microseconds >> 32U != 0) return kBuckets - 1;
        const auto octave = static_cast<std::uint32_t>(std::bit_width(microseconds)) - 6;
        return octave * kSteps + (microseconds >> octave);
    }
    /// What is in the bucket is less than this.
    static constexpr Nanoseconds bound_of(std::size_t bucket) {
        if (bucket < kSteps) return std::chrono::microseconds(bucket + 1);
        const std::size_t octave = bucket / kSteps - 1;
        return std::chrono::microseconds((bucket % kSteps + kSteps + 1) << octave);
    }
};

/// Numbers, each with how often it was seen. NaN is nobody's value.
using Values = std::map<double, std::uint64_t>;

std::uint64_t count_of(const Values& values);
/// The value of that rank; the first is 1. Requires: 1 <= rank <= count.
double value_at(const Values& values, std::uint64_t rank);
/// The smallest value that at least that part of all do not exceed. Requires: not empty, 0 < quantile <= 1.
double quantile_of(const Values& values, double quantile);

/// One arm, at one moment or over a time.
struct Sample {
    std::uint64_t requests = 0;
    std::uint64_t broken = 0;                         ///< that ended without a status, or in the middle of an answer
    std::map<std::uint16_t, std::uint64_t> statuses;  ///< without those that broke
    std::map<std::size_t, std::uint64_t> latencies;   ///< by bucket; without those that broke
    std::map<std::string, Values> fields;             ///< numbers that a log has besides, by name

    /// 5xx, and what broke: what the caller could not have avoided.
    [[nodiscard]] std::uint64_t errors() const {
        std::uint64_t count = broken;
        for (auto it = statuses.lower_bound(500); it != statuses.end() && it->first < 600; ++it) count += it->second;
        return count;
    }
};

/// Its latencies in seconds: the bound of each bucket.
Values latency_values(const Sample& sample);
Sample& operator+=(Sample& into, const Sample& more);
/// What came between two moments; nothing when a count went back, as when whoever counted began anew.
std::optional<Sample> since(const Sample& earlier, Sample later);

}  // namespace gw::canary
