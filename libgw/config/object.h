#pragma once
// Objects of a configuration: a table of keys, from which reading, writing, schema and manual follow.

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libgw/config/type.h"

namespace gw::config {

/// One key of an object T: its name, what it is for, and its type, bound to a member.
template <class T>
struct Key {
    std::string name;
    std::string help;       ///< one sentence, lower case, no full stop
    bool required = false;  ///< read: its absence is an error. write: stands even when it is the default
    std::function<void(const Cursor&, T&)> read;
    /// None when the member is as it is in `usual`.
    std::function<std::optional<Value>(const T& object, const T& usual)> write;
    std::function<Value()> schema;
};

enum class Need : std::uint8_t { optional, required };

/// A key for a member of T.
template <class T, class M>
Key<T> key(std::string name, M T::* member, const Type<M>& type, std::string help, Need need = Need::optional) {
    const bool required = need == Need::required;
    return {std::move(name),
            std::move(help),
            required,
            [=](const Cursor& cursor, T& object) { type.read(cursor, object.*member); },
            [=](const T& object, const T& usual) -> std::optional<Value> {
                if (!required && object.*member == usual.*member) return std::nullopt;
                return type.write(object.*member);
            },
            [=] {
                Value schema = type.schema();
                if (!required) {
                    Value value = type.write(T{}.*member);
                    const bool empty = value.is_null() || (value.if_object() && value.if_object()->empty()) ||
                                       (value.if_array() && value.if_array()->empty()) ||
                                       (value.if_string() && value.if_string()->empty());
                    if (!empty) schema.if_object()->push_back({"default", std::move(value)});
                }
                return schema;
            }};
}

/// A table of keys, in the order in which they are written.
template <class T>
struct Table {
    std::string name;  ///< "a route": for messages
    std::vector<Key<T>> keys;

    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> all;
        all.reserve(keys.size());
        for (const auto& key : keys) all.push_back(key.name);
        return all;
    }
    [[nodiscard]] const Key<T>* find(std::string_view name_of_key) const {
        for (const auto& key : keys) {
            if (key.name == name_of_key) return &key;
        }
        return nullptr;
    }

    /// Reads every member that is known and tells those that are not, and those that are missing.
    void read(const Cursor& cursor, T& into) const {
        if constexpr (requires { into.where; }) into.where = cursor.where();
        if (!detail::read_object(cursor, name)) return;
        const gw::Object& object = *cursor.value().if_object();
        std::vector<std::string> misspelt;  // names that unknown keys seem to mean: told once, as what they are
        for (const Member& member : object) {
            if (const Key<T>* known = find(member.key)) {
                const Cursor inner = cursor.member(member);
                inner.note_place();
                known->read(inner, into);
            } else {
                misspelt.push_back(cursor.unknown_key(member, names()));
            }
        }
        for (const auto& key : keys) {
            const bool is_told = std::find(misspelt.begin(), misspelt.end(), key.name) != misspelt.end();
            if (key.required && !is_told && !cursor.value().find(key.name)) {
                const Value type = key.schema();
                const Value* only = type.find("const");
                cursor.error(fmt::format("key '{}' is missing", key.name),
                             fmt::format("{}: {}", key.name, only ? only->number_text() : key.help));
            }
        }
    }

    /// Only what differs from the defaults, and what is required.
    [[nodiscard]] Value write(const T& object) const {
        const T usual{};
        gw::Object members;
        for (const auto& key : keys) {
            if (auto value = key.write(object, usual)) members.push_back({key.name, *std::move(value)});
        }
        return Value(std::move(members));
    }

    [[nodiscard]] Value schema() const {
        gw::Object properties;
        Array required;
        for (const auto& key : keys) {
            gw::Object property{{"description", key.help}};
            const Value type = key.schema();
            for (const Member& member : *type.if_object()) property.push_back(member);
            properties.push_back({key.name, Value(std::move(property))});
            if (key.required) required.emplace_back(key.name);
        }
        gw::Object schema{{"type", "object"}, {"properties", Value(std::move(properties))}};
        if (!required.empty()) schema.push_back({"required", Value(std::move(required))});
        schema.push_back({"additionalProperties", false});
        return Value(std::move(schema));
    }
};

/// A table as a type. Requires: the table outlives the type (tables are static).
template <class T>
Type<T> object(const Table<T>& table) {
    return {[&table](const Cursor& cursor, T& into) { table.read(cursor, into); },
            [&table](const T& value) { return table.write(value); }, [&table] { return table.schema(); }};
}

/// A table as a type that may also be written as a single string, which `short_form` reads and writes. `write` gives
/// none when the string would not say everything.
template <class T>
Type<T> object_or_string(const Table<T>& table, const std::function<void(const Cursor&, T&)>& read,
                         const std::function<std::optional<std::string>(const T&)>& write) {
    return {[&table, read](const Cursor& cursor, T& into) {
                if (cursor.value().if_string()) {
                    if constexpr (requires { into.where; }) into.where = cursor.where();
                    return read(cursor, into);
                }
                table.read(cursor, into);
            },
            [&table, write](const T& value) {
                if (auto text = write(value)) return Value(*std::move(text));
                return table.write(value);
            },
            [&table] {
                return Value(gw::Object{{"oneOf", Array{Value(gw::Object{{"type", "string"}}), table.schema()}}});
            }};
}

}  // namespace gw::config
