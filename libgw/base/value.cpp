#include "libgw/base/value.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

namespace gw {

Value::Value(double value) {
    if (!std::isfinite(value)) return;
    std::string text = fmt::format("{}", value);
    if (text.find_first_of(".e") == text.npos) text += ".0";
    held_ = Box<Number>(Number{std::move(text), value});
}
Value::Value(Array value) : held_(Box<Array>(std::move(value))) {}
Value::Value(Object value) : held_(Box<Object>(std::move(value))) {}

Value::Kind Value::kind() const {
    switch (held_.index()) {
        case 0: return Kind::null;
        case 1: return Kind::boolean;
        case 5: return Kind::string;
        case 6: return Kind::array;
        case 7: return Kind::object;
        default: return Kind::number;
    }
}

std::string_view Value::kind_name() const {
    switch (kind()) {
        case Kind::null: return "null";
        case Kind::boolean: return "a boolean";
        case Kind::number: return "a number";
        case Kind::string: return "a string";
        case Kind::array: return "a list";
        case Kind::object: return "an object";
    }
    return {};
}

const std::string* Value::if_string() const {
    const auto* box = std::get_if<Box<std::string>>(&held_);
    return box ? &**box : nullptr;
}
const Array* Value::if_array() const {
    const auto* box = std::get_if<Box<Array>>(&held_);
    return box ? &**box : nullptr;
}
const Object* Value::if_object() const {
    const auto* box = std::get_if<Box<Object>>(&held_);
    return box ? &**box : nullptr;
}
Array* Value::if_array() { return const_cast<Array*>(std::as_const(*this).if_array()); }
Object* Value::if_object() { return const_cast<Object*>(std::as_const(*this).if_object()); }

namespace {

/// The number as one of its three forms; none when it is no number.
std::optional<std::variant<std::int64_t, std::uint64_t, double>> number_of(const auto& held) {
    if (const auto* value = std::get_if<std::int64_t>(&held)) return *value;
    if (const auto* value = std::get_if<std::uint64_t>(&held)) return *value;
    if (const auto* value = std::get_if<Box<Number>>(&held)) return (**value).value;
    return {};
}

}  // namespace

bool Value::is_integer() const {
    const auto number = number_of(held_);
    return number && number->index() != 2;
}

std::optional<std::int64_t> Value::to_int64() const {
    const auto number = number_of(held_);
    if (!number) return {};
    if (const auto* value = std::get_if<std::int64_t>(&*number)) return *value;
    return {};
}

std::optional<std::uint64_t> Value::to_uint64() const {
    const auto number = number_of(held_);
    if (!number) return {};
    if (const auto* value = std::get_if<std::uint64_t>(&*number)) return *value;
    if (const auto* value = std::get_if<std::int64_t>(&*number); value && *value >= 0) {
        return static_cast<std::uint64_t>(*value);
    }
    return {};
}

std::optional<double> Value::to_double() const {
    const auto number = number_of(held_);
    if (!number) return {};
    return std::visit([](auto value) { return static_cast<double>(value); }, *number);
}

std::string Value::number_text() const {
    if (const auto* value = std::get_if<std::int64_t>(&held_)) return fmt::format("{}", *value);
    if (const auto* value = std::get_if<std::uint64_t>(&held_)) return fmt::format("{}", *value);
    if (const auto* value = std::get_if<Box<Number>>(&held_)) return (**value).text;
    return {};
}

const Value* Value::find(std::string_view key) const {
    const Object* object = if_object();
    if (!object) return nullptr;
    const auto found = std::find_if(object->rbegin(), object->rend(), [&](const Member& m) { return m.key == key; });
    return found == object->rend() ? nullptr : &found->value;
}

const std::string* Value::find_string(std::string_view key) const {
    const Value* value = find(key);
    return value ? value->if_string() : nullptr;
}

bool operator==(const Value& a, const Value& b) {
    const auto kind = a.kind();
    if (kind != b.kind()) return false;
    switch (kind) {
        case Value::Kind::null: return true;
        case Value::Kind::boolean: return *a.if_bool() == *b.if_bool();
        case Value::Kind::number: return a.is_integer() == b.is_integer() && number_of(a.held_) == number_of(b.held_);
        case Value::Kind::string: return *a.if_string() == *b.if_string();
        case Value::Kind::array: return *a.if_array() == *b.if_array();
        case Value::Kind::object: return *a.if_object() == *b.if_object();
    }
    return false;
}

std::optional<std::pair<std::size_t, std::size_t>> find_duplicate_key(const Object& object) {
    if (object.size() < 2) return {};
    constexpr std::size_t kFew = 24;
    if (object.size() <= kFew) {
        for (std::size_t later = 1; later < object.size(); ++later) {
            for (std::size_t earlier = 0; earlier < later; ++earlier) {
                if (object[earlier].key == object[later].key) return {{earlier, later}};
            }
        }
        return {};
    }
    std::vector<std::size_t> order(object.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        const int compared = object[a].key.compare(object[b].key);
        return compared != 0 ? compared < 0 : a < b;
    });
    std::optional<std::pair<std::size_t, std::size_t>> first;
    for (std::size_t i = 1; i < order.size(); ++i) {
        if (object[order[i - 1]].key != object[order[i]].key) continue;
        if (!first || order[i] < first->second) first = {order[i - 1], order[i]};
    }
    return first;
}

}  // namespace gw
