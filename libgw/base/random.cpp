#include "libgw/base/random.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace gw {

Random::Random(std::uint64_t seed) : state_{} {
    for (auto& word : state_) {
        seed += 0x9e3779b97f4a7c15ULL;
        std::uint64_t z = seed;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
        word = z ^ (z >> 31U);
    }
}

std::uint64_t Random::operator()() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17U;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
}

std::uint64_t Random::below(std::uint64_t n) {
    if (n == 0) return 0;
    // Lemire 2019, "Fast random integer generation in an interval"
    __extension__ using Wide = unsigned __int128;
    Wide product = static_cast<Wide>((*this)()) * n;
    auto low = static_cast<std::uint64_t>(product);
    if (low < n) {
        const std::uint64_t threshold = (0 - n) % n;
        while (low < threshold) {
            product = static_cast<Wide>((*this)()) * n;
            low = static_cast<std::uint64_t>(product);
        }
    }
    return static_cast<std::uint64_t>(product >> 64U);
}

double Random::unit() { return static_cast<double>((*this)() >> 11U) * 0x1.0p-53; }

void Random::fill(std::span<std::uint8_t> bytes) {
    while (!bytes.empty()) {
        std::uint64_t word = (*this)();
        const std::size_t size = std::min<std::size_t>(bytes.size(), 8);
        if constexpr (std::endian::native == std::endian::little) {
            std::memcpy(bytes.data(), &word, size);
        } else {
            for (std::size_t i = 0; i < size; ++i, word >>= 8U) bytes[i] = static_cast<std::uint8_t>(word);
        }
        bytes = bytes.subspan(size);
    }
}

}  // namespace gw
