#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>

#include "libgw/wire/http/field_name.h"

namespace gw::http {

/// A set of known field names, two words long.
class FieldSet {
  public:
    constexpr FieldSet() = default;
    constexpr FieldSet(std::initializer_list<FieldName> names) {
        for (const FieldName name : names) insert(name);
    }
    [[nodiscard]] constexpr bool contains(FieldName id) const { return (words_[index(id)] & bit(id)) != 0; }
    constexpr void insert(FieldName id) { words_[index(id)] |= bit(id); }
    [[nodiscard]] constexpr bool intersects(const FieldSet& other) const {
        return ((words_[0] & other.words_[0]) | (words_[1] & other.words_[1])) != 0;
    }
    constexpr void clear() { words_ = {}; }

  private:
    static_assert(static_cast<unsigned>(FieldName::count_) <= 128);
    static constexpr std::size_t index(FieldName id) { return static_cast<std::size_t>(id) >> 6; }
    static constexpr std::uint64_t bit(FieldName id) { return std::uint64_t{1} << (static_cast<unsigned>(id) & 63); }
    std::array<std::uint64_t, 2> words_{};
};

}  // namespace gw::http
