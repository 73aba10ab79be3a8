#include "libgw/policy/canary/sample.h"

#include <algorithm>
#include <cmath>

namespace gw::canary {
namespace {

/// Takes `earlier` away from each count; false when one of them would be negative.
template <class Counts>
bool take(Counts& later, const Counts& earlier) {
    for (const auto& [key, count] : earlier) {
        if (count == 0) continue;
        const auto found = later.find(key);
        if (found == later.end() || found->second < count) return false;
        found->second -= count;
        if (found->second == 0) later.erase(found);
    }
    return true;
}

template <class Counts>
void put(Counts& into, const Counts& more) {
    for (const auto& [key, count] : more) into[key] += count;
}

}  // namespace

std::uint64_t count_of(const Values& values) {
    std::uint64_t sum = 0;
    for (const auto& [value, count] : values) sum += count;
    return sum;
}

double value_at(const Values& values, std::uint64_t rank) {
    double last = 0;
    for (const auto& [value, count] : values) {
        last = value;
        if (rank <= count) break;
        rank -= count;
    }
    return last;
}

double quantile_of(const Values& values, double quantile) {
    const auto count = static_cast<double>(count_of(values));
    // not 0.07 · 100 = 7.0000000000000009
    const double rank = std::ceil(quantile * count * (1 - 1e-15));
    return value_at(values, static_cast<std::uint64_t>(std::max(1.0, rank)));
}

Values latency_values(const Sample& sample) {
    Values values;
    for (const auto& [bucket, count] : sample.latencies)
        values[std::chrono::duration<double>(Latencies::bound_of(bucket)).count()] += count;
    return values;
}

Sample& operator+=(Sample& into, const Sample& more) {
    into.requests += more.requests;
    into.broken += more.broken;
    put(into.statuses, more.statuses);
    put(into.latencies, more.latencies);
    for (const auto& [name, values] : more.fields) put(into.fields[name], values);
    return into;
}

std::optional<Sample> since(const Sample& earlier, Sample later) {
    if (later.requests < earlier.requests || later.broken < earlier.broken) return std::nullopt;
    later.requests -= earlier.requests;
    later.broken -= earlier.broken;
    if (!take(later.statuses, earlier.statuses) || !take(later.latencies, earlier.latencies)) return std::nullopt;
    for (const auto& [name, values] : earlier.fields)
        if (!take(later.fields[name], values)) return std::nullopt;
    return later;
}

}  // namespace gw::canary
