#pragma once
// What kinds of values a configuration has. A Type says, once, how such a value is read, written and described; objects
// are made of keys with types (object.h), so that reading, --print-config, --schema and the manual cannot disagree.

#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "libgw/base/clock.h"
#include "libgw/base/result.h"
#include "libgw/base/units.h"
#include "libgw/config/reader.h"

namespace gw::config {

/// A kind of value.
template <class T>
struct Type {
    /// Reads what the cursor stands on. On a wrong value it says so to the cursor and leaves `into` as it was.
    std::function<void(const Cursor&, T& into)> read;
    /// The canonical way to write it: `read(write(v))` gives v.
    std::function<Value(const T&)> write;
    /// JSON Schema (2020-12) for what `read` takes.
    std::function<Value()> schema;
};

/// A string, perhaps one that `check` judges: none when it is fine, else what is wrong with it (with a hint;
/// `where->column` counts code points from 1 within the string).
using StringCheck = std::function<std::optional<Error>(std::string_view)>;
Type<std::string> text(const StringCheck& check = {}, const std::string& pattern = {});
/// A string that is never empty.
Type<std::string> word();
/// A path of a file, taken from the folder of the document.
Type<std::string> file_path();

Type<bool> boolean();
/// 29s, 250ms, 1h30m. Within the bounds, ends included.
Type<Nanoseconds> duration(Nanoseconds least, Nanoseconds most);
/// 64KiB, 10MB; "none" when `most` is kNoLimit.
Type<std::uint64_t> size(std::uint64_t least, std::uint64_t most);

/// The double of "5%", 0 to 100; a share of 0.
Type<double> percent();

namespace detail {
/// Says what is wrong and gives nothing.
std::optional<std::uint64_t> read_integer(const Cursor& cursor, std::uint64_t least, std::uint64_t most);
std::optional<std::size_t> read_word(const Cursor& cursor, const std::vector<std::string>& words);
Value integer_schema(std::uint64_t least, std::uint64_t most);
Value words_schema(const std::vector<std::string>& words);
/// False, and said so, when it is none.
bool read_array(const Cursor& cursor, std::string_view what);
bool read_object(const Cursor& cursor, std::string_view what);
void note_error(const Cursor& cursor, const Error& error);
}  // namespace detail

/// A whole number. Within the bounds, ends included.
template <std::unsigned_integral T>
Type<T> integer(T least, T most) {
    return {[=](const Cursor& cursor, T& into) {
                if (const auto value = detail::read_integer(cursor, least, most)) into = static_cast<T>(*value);
            },
            [](const T& value) { return Value(value); }, [=] { return detail::integer_schema(least, most); }};
}

/// One of several words.
template <class T>
Type<T> one_of(const std::vector<std::pair<std::string, T>>& choices) {
    std::vector<std::string> words;
    words.reserve(choices.size());
    for (const auto& choice : choices) words.push_back(choice.first);
    return {[=](const Cursor& cursor, T& into) {
                if (const auto index = detail::read_word(cursor, words)) into = choices[*index].second;
            },
            [=](const T& value) {
                for (const auto& choice : choices) {
                    if (choice.second == value) return Value(choice.first);
                }
                return Value();
            },
            [=] { return detail::words_schema(words); }};
}

/// A string with a grammar of its own. `parse` may give an Error with a column inside the string.
template <class T>
Type<T> parsed(const std::string& what, const std::function<Result<T>(std::string_view)>& parse,
               const std::function<std::string(const T&)>& print, const std::string& pattern = {}) {
    return {[=](const Cursor& cursor, T& into) {
                const std::string number = cursor.value().number_text();
                const std::string* string = cursor.value().if_string();
                if (!string && number.empty()) return cursor.expected(what);
                if (auto value = parse(string ? *string : number)) {
                    into = *std::move(value);
                } else {
                    detail::note_error(cursor, value.error());
                }
            },
            [=](const T& value) { return Value(print(value)); },
            [=] {
                gw::Object schema{{"type", "string"}};
                if (!pattern.empty()) schema.push_back({"pattern", pattern});
                return Value(std::move(schema));
            }};
}

/// A value that may be absent; null is not the same as absent.
template <class T>
Type<std::optional<T>> maybe(const Type<T>& type) {
    return {[=](const Cursor& cursor, std::optional<T>& into) {
                T value{};
                const std::size_t before = cursor.reading().diagnostics.errors();
                type.read(cursor, value);
                if (cursor.reading().diagnostics.errors() == before) into = std::move(value);
            },
            [=](const std::optional<T>& value) { return value ? type.write(*value) : Value(); }, type.schema};
}

/// A list. `least`: how many there must be.
template <class T>
Type<std::vector<T>> list(const Type<T>& type, std::size_t least = 0) {
    return {[=](const Cursor& cursor, std::vector<T>& into) {
                if (!detail::read_array(cursor, "a list")) return;
                const std::size_t count = cursor.value().if_array()->size();
                if (count < least) cursor.error("the list is empty");
                into.clear();
                for (std::size_t i = 0; i < count; ++i) {
                    const Cursor item = cursor.item(i);
                    item.note_place();
                    type.read(item, into.emplace_back());
                }
            },
            [=](const std::vector<T>& values) {
                Array array;
                for (const T& value : values) array.push_back(type.write(value));
                return Value(std::move(array));
            },
            [=] {
                gw::Object schema{{"type", "array"}, {"items", type.schema()}};
                if (least > 0) schema.push_back({"minItems", least});
                return Value(std::move(schema));
            }};
}

/// An object whose keys are names. `check_name` judges them.
template <class T>
Type<std::map<std::string, T>> map(const Type<T>& type, const StringCheck& check_name) {
    return {[=](const Cursor& cursor, std::map<std::string, T>& into) {
                if (!detail::read_object(cursor, "an object")) return;
                into.clear();
                for (const Member& member : *cursor.value().if_object()) {
                    const Location where = cursor.place(member.key_position);
                    if (const auto problem = check_name(member.key)) {
                        cursor.reading().diagnostics.error(problem->message, where, problem->hint);
                    }
                    T& value = into[member.key];
                    type.read(cursor.member(member), value);
                    if constexpr (requires { value.where; }) value.where = where;
                }
            },
            [=](const std::map<std::string, T>& values) {
                gw::Object object;
                for (const auto& [name, value] : values) object.push_back({name, type.write(value)});
                return Value(std::move(object));
            },
            [=] { return Value(gw::Object{{"type", "object"}, {"additionalProperties", type.schema()}}); }};
}

}  // namespace gw::config
