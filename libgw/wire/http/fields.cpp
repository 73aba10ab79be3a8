#include "libgw/wire/http/fields.h"

#include <algorithm>
#include <functional>

#include "libgw/wire/http/grammar.h"

namespace gw::http {

namespace {

bool points_into(const std::string& block, std::string_view view) {
    const std::less_equal<const char*> not_after;
    return !view.empty() && not_after(block.data(), view.data()) && not_after(view.data(), block.data() + block.size());
}

}  // namespace

std::optional<std::string_view> Fields::find(FieldName id) const {
    if (id == FieldName::other) return std::nullopt;
    for (const Entry& entry : entries_) {
        if (entry.id == id) return std::string_view(block_).substr(entry.value_at, entry.value_size);
    }
    return std::nullopt;
}

std::optional<std::string_view> Fields::find(std::string_view name) const {
    if (const FieldName id = to_field_name(name); id != FieldName::other) return find(id);
    for (std::size_t i = 0; i < size(); ++i) {
        const FieldView field = (*this)[i];
        if (field.id == FieldName::other && equals_ignoring_case(field.name, name)) return field.value;
    }
    return std::nullopt;
}

std::size_t Fields::count(FieldName id) const {
    if (id == FieldName::other) return 0;
    return static_cast<std::size_t>(
        std::count_if(entries_.begin(), entries_.end(), [id](const Entry& entry) { return entry.id == id; }));
}

void Fields::add(std::string_view name, std::string_view value) {
    // A view of our own block would dangle when the block grows.
    if (points_into(block_, name) || points_into(block_, value)) {
        const std::string own_name(name);
        const std::string own_value(value);
        add(own_name, own_value);
        return;
    }
    const std::size_t name_at = block_.size();
    block_.append(name);
    const std::size_t value_at = block_.size();
    block_.append(value);
    entries_.push_back({static_cast<std::uint32_t>(name_at), static_cast<std::uint32_t>(value_at),
                        static_cast<std::uint32_t>(value.size()), static_cast<std::uint16_t>(name.size()),
                        to_field_name(name)});
}

void Fields::remove(FieldName id) {
    if (id == FieldName::other) return;
    std::erase_if(entries_, [id](const Entry& entry) { return entry.id == id; });
}

void Fields::remove(std::string_view name) {
    if (const FieldName id = to_field_name(name); id != FieldName::other) return remove(id);
    std::erase_if(entries_, [&](const Entry& entry) {
        return entry.id == FieldName::other &&
               equals_ignoring_case(std::string_view(block_).substr(entry.name_at, entry.name_size), name);
    });
}

void Fields::clear() {
    block_.clear();
    entries_.clear();
}

}  // namespace gw::http
