#pragma once
// Chance as a value: whoever throws dice was handed them, with a seed that can be printed and used again.

#include <array>
#include <cstdint>
#include <limits>
#include <span>

namespace gw {

/// xoshiro256** (Blackman, Vigna 2018), seeded through splitmix64. Fast and good for decisions; not for secrets.
/// Satisfies UniformRandomBitGenerator.
class Random {
  public:
    using result_type = std::uint64_t;

    explicit Random(std::uint64_t seed);

    static constexpr result_type min() { return 0; }
    static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

    /// Uniform over all 64 bits.
    std::uint64_t operator()();
    /// Uniform over 0 … n-1, without bias. Requires: n > 0; 0 gives 0.
    std::uint64_t below(std::uint64_t n);
    /// Uniform over [0, 1), in steps of 2⁻⁵³.
    double unit();
    void fill(std::span<std::uint8_t> bytes);
    /// A generator of its own, for a part whose draws must not shift those of others.
    Random fork() { return Random((*this)()); }

  private:
    std::array<std::uint64_t, 4> state_;
};

}  // namespace gw
