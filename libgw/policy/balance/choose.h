#pragma once
// Which of N targets takes the next request. Every chooser reads one list of weights in the group's order, in which 0
// means "not this one": whoever calls has already left out what is drained, ill, ejected or tried.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "libgw/base/clock.h"

namespace gw::balance {

/// The largest weight.
inline constexpr std::uint32_t kMaxWeight = 65535;

/// What a weight of 1 becomes before it is compared, so that a slow start can grow it in small steps.
inline constexpr std::uint32_t kWeightScale = 1024;

/// Parts of kWeightScale with which a target begins its slow start: a tenth, so that it is not starved at first.
inline constexpr std::uint32_t kSlowStartFloor = 102;

/// The weight of a target that has been back for `age`: `weight` times kWeightScale once `window` has passed, before
/// that growing with time from a tenth of it. A window of 0 is no slow start; a weight of 0 stays 0. Never 0 otherwise.
/// Requires: weight ≤ kMaxWeight.
std::uint32_t grown_weight(std::uint32_t weight, Nanoseconds age, Nanoseconds window);

/// Smooth weighted round robin, as nginx has it: in a row of picks as long as the sum of the weights each target is
/// chosen exactly as often as its weight says, and never more in a row than need be. `current` is the worker's own
/// memory of past picks (zeros to begin). Nothing when every weight is 0. Requires: as many `current` as `weights`.
std::optional<std::size_t> choose_round_robin(std::span<std::int64_t> current, std::span<const std::uint32_t> weights);

/// The target with the fewest outstanding requests for its weight: exact, over all targets. Equals take turns by
/// weight, so that an idle group shares out as round robin does. Zeroes the weights of those that were not among the
/// fewest. Requires: as many of each.
std::optional<std::size_t> choose_least_outstanding(std::span<std::int64_t> current,
                                                    std::span<const std::uint32_t> outstanding,
                                                    std::span<std::uint32_t> weights);

/// The target that owns `key`: weighted rendezvous hashing (Thaler and Ravishankar 1998; weights after Schindelhauer
/// and Schomaker 2005). Shares follow the weights. A target that comes, goes or changes its weight moves only the keys
/// that it gains or loses, never a key between two others. `identities` are hash_of() the targets' addresses. Requires:
/// as many as `weights`.
std::optional<std::size_t> choose_by_hash(std::span<const std::uint64_t> identities,
                                          std::span<const std::uint32_t> weights, std::uint64_t key);

/// A number for a name, the same in every process and on every machine. Not a secret, and no shield against chosen
/// keys.
std::uint64_t hash_of(std::string_view text);

}  // namespace gw::balance
