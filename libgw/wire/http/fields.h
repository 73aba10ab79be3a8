#pragma once
// Header fields as offsets into one owned block: adding a field allocates nothing of its own.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/wire/http/field_name.h"

namespace gw::http {

/// One field line, seen. The views live as long as the Fields they came from is not changed.
struct FieldView {
    FieldName id = FieldName::other;
    std::string_view name;   ///< as sent
    std::string_view value;  ///< without surrounding optional whitespace
};

/// The field lines of a message, in order, duplicates kept.
/// Invariant: every name is a token and every value is free of CR, LF, NUL and other controls except HTAB.
class Fields {
  public:
    struct Entry {
        std::uint32_t name_at;
        std::uint32_t value_at;
        std::uint32_t value_size;
        std::uint16_t name_size;
        FieldName id;
    };

    class Iterator {
      public:
        Iterator(const Fields* fields, std::size_t index) : fields_(fields), index_(index) {}
        FieldView operator*() const { return (*fields_)[index_]; }
        Iterator& operator++() {
            ++index_;
            return *this;
        }
        bool operator!=(const Iterator& other) const { return index_ != other.index_; }

      private:
        const Fields* fields_;
        std::size_t index_;
    };

    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    [[nodiscard]] bool empty() const { return entries_.empty(); }
    FieldView operator[](std::size_t index) const {
        const Entry& e = entries_[index];
        return {e.id, std::string_view(block_).substr(e.name_at, e.name_size),
                std::string_view(block_).substr(e.value_at, e.value_size)};
    }
    [[nodiscard]] Iterator begin() const { return {this, 0}; }
    [[nodiscard]] Iterator end() const { return {this, entries_.size()}; }

    /// The first value of a known field, or nothing.
    [[nodiscard]] std::optional<std::string_view> find(FieldName id) const;
    /// The first value of a field by name (any case), or nothing.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    /// How many lines carry this field.
    [[nodiscard]] std::size_t count(FieldName id) const;
    [[nodiscard]] bool has(FieldName id) const { return find(id).has_value(); }

    /// Appends a field; name and value may be views of this object. Requires: is_token(name), at most 65,535 bytes,
    /// is_field_value(value) (see grammar.h); callers that hold bytes from outside check first.
    void add(std::string_view name, std::string_view value);
    void add(FieldName id, std::string_view value) { add(name_of(id), value); }
    /// Removes every line of the field. The bytes stay in the block until clear().
    void remove(FieldName id);
    void remove(std::string_view name);
    /// Empties, keeping the storage for the next message.
    void clear();

    /// For the decoder: the bytes of the head as they came, and entries that point into it.
    std::string& block() { return block_; }
    [[nodiscard]] const std::string& block() const { return block_; }
    std::vector<Entry>& entries() { return entries_; }
    [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

  private:
    std::string block_;
    std::vector<Entry> entries_;
};

}  // namespace gw::http
