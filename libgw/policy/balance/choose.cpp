#include "libgw/policy/balance/choose.h"

#include <algorithm>
#include <cmath>

namespace gw::balance {

namespace {

/// The finalizer of SplitMix64: every bit of the input reaches every bit of the output.
constexpr std::uint64_t mix(std::uint64_t x) {
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31U);
}

bool are_equal(std::span<const std::uint32_t> weights) {
    std::uint32_t first = 0;
    for (const std::uint32_t weight : weights) {
        if (weight == 0) continue;
        if (first == 0) first = weight;
        if (weight != first) return false;
    }
    return true;
}

}  // namespace

std::uint32_t grown_weight(std::uint32_t weight, Nanoseconds age, Nanoseconds window) {
    const std::uint32_t whole = weight * kWeightScale;
    if (weight == 0 || window <= Nanoseconds::zero() || age >= window) return whole;
    const double share = std::max(0.0, static_cast<double>(age.count()) / static_cast<double>(window.count()));
    const double floor = static_cast<double>(weight) * kSlowStartFloor;
    return static_cast<std::uint32_t>(floor + (static_cast<double>(whole) - floor) * share);
}

std::optional<std::size_t> choose_round_robin(std::span<std::int64_t> current, std::span<const std::uint32_t> weights) {
    std::optional<std::size_t> best;
    std::int64_t total = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (weights[i] == 0) continue;
        current[i] += weights[i];
        total += weights[i];
        if (!best || current[i] > current[*best]) best = i;
    }
    if (best) current[*best] -= total;
    return best;
}

std::optional<std::size_t> choose_least_outstanding(std::span<std::int64_t> current,
                                                    std::span<const std::uint32_t> outstanding,
                                                    std::span<std::uint32_t> weights) {
    std::optional<std::size_t> least;
    const auto load = [&](std::size_t of, std::size_t against) {
        return std::uint64_t{outstanding[of]} * weights[against];
    };
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (weights[i] != 0 && (!least || load(i, *least) < load(*least, i))) least = i;
    }
    if (!least) return std::nullopt;
    const std::uint32_t weight = weights[*least];
    const std::uint64_t requests = outstanding[*least];
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (std::uint64_t{outstanding[i]} * weight != requests * weights[i]) weights[i] = 0;
    }
    return choose_round_robin(current, weights);
}

std::optional<std::size_t> choose_by_hash(std::span<const std::uint64_t> identities,
                                          std::span<const std::uint32_t> weights, std::uint64_t key) {
    const std::uint64_t mixed = mix(key);
    std::optional<std::size_t> best;
    if (are_equal(weights)) {
        std::uint64_t highest = 0;
        for (std::size_t i = 0; i < weights.size(); ++i) {
            if (weights[i] == 0) continue;
            const std::uint64_t score = mix(identities[i] ^ mixed);
            if (!best || score > highest) {
                best = i;
                highest = score;
            }
        }
        return best;
    }
    double shortest = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (weights[i] == 0) continue;
        const double uniform = (static_cast<double>(mix(identities[i] ^ mixed) >> 11U) + 0.5) * 0x1p-53;
        const double wait = -std::log(uniform) / static_cast<double>(weights[i]);
        if (!best || wait < shortest) {
            best = i;
            shortest = wait;
        }
    }
    return best;
}

std::uint64_t hash_of(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    return mix(hash);
}

}  // namespace gw::balance
