#include "libgw/config/type.h"

#include "libgw/base/text.h"

namespace gw::config {
namespace detail {

void note_error(const Cursor& cursor, const Error& error) {
    if (error.where && error.where->column > 1 && cursor.where().column > 0) {
        return cursor.error_at(error.where->column - 1, error.message, error.hint);
    }
    cursor.error(error.message, error.hint);
}

std::optional<std::uint64_t> read_integer(const Cursor& cursor, std::uint64_t least, std::uint64_t most) {
    if (!cursor.value().is_integer()) {
        cursor.expected("a whole number");
        return std::nullopt;
    }
    const auto value = cursor.value().to_uint64();
    if (!value || *value < least || *value > most) {
        cursor.error(fmt::format("{} is out of range", cursor.value().number_text()),
                     fmt::format("{} to {}", least, most));
        return std::nullopt;
    }
    return value;
}

std::optional<std::size_t> read_word(const Cursor& cursor, const std::vector<std::string>& words) {
    const std::string* string = cursor.value().if_string();
    if (!string) {
        cursor.expected(fmt::format("one of {}", join(words, ", ")));
        return std::nullopt;
    }
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == *string) return i;
    }
    const std::string_view meant = closest(*string, words);
    cursor.error(fmt::format("unknown value '{}'", *string), meant.empty()
                                                                 ? fmt::format("one of: {}", join(words, ", "))
                                                                 : fmt::format("did you mean '{}'?", meant));
    return std::nullopt;
}

Value integer_schema(std::uint64_t least, std::uint64_t most) {
    return Value(gw::Object{{"type", "integer"}, {"minimum", least}, {"maximum", most}});
}

Value words_schema(const std::vector<std::string>& words) {
    Array choices;
    for (const auto& word : words) choices.emplace_back(word);
    return Value(gw::Object{{"enum", Value(std::move(choices))}});
}

bool read_array(const Cursor& cursor, std::string_view what) {
    if (cursor.value().if_array()) return true;
    cursor.expected(what);
    return false;
}

bool read_object(const Cursor& cursor, std::string_view what) {
    if (cursor.value().if_object()) return true;
    cursor.expected(what);
    return false;
}

}  // namespace detail

namespace {

Value string_schema(const std::string& pattern) {
    gw::Object schema{{"type", "string"}};
    if (!pattern.empty()) schema.push_back({"pattern", pattern});
    return Value(std::move(schema));
}

}  // namespace

Type<std::string> text(const StringCheck& check, const std::string& pattern) {
    return {[check](const Cursor& cursor, std::string& into) {
                const std::string* string = cursor.value().if_string();
                if (!string) return cursor.expected("a string");
                if (check) {
                    if (const auto problem = check(*string)) return detail::note_error(cursor, *problem);
                }
                into = *string;
            },
            [](const std::string& value) { return Value(value); }, [pattern] { return string_schema(pattern); }};
}

Type<std::string> word() {
    return text(
        [](std::string_view value) -> std::optional<Error> {
            if (value.empty()) return Error{Errc::config, "the string is empty", {}, {}};
            return std::nullopt;
        },
        "^.");
}

Type<std::string> file_path() {
    return {[](const Cursor& cursor, std::string& into) {
                const std::string* string = cursor.value().if_string();
                if (!string) return cursor.expected("a path");
                if (string->empty()) return cursor.error("the path is empty");
                into = cursor.resolve(*string);
            },
            [](const std::string& value) { return Value(value); }, [] { return string_schema("^."); }};
}

Type<bool> boolean() {
    return {[](const Cursor& cursor, bool& into) {
                if (const bool* value = cursor.value().if_bool()) {
                    into = *value;
                    return;
                }
                const std::string* word = cursor.value().if_string();
                const bool meant = word && (equals_ignoring_case(*word, "yes") || equals_ignoring_case(*word, "on"));
                const bool not_meant =
                    word && (equals_ignoring_case(*word, "no") || equals_ignoring_case(*word, "off"));
                if (!meant && !not_meant) return cursor.expected("true or false");
                cursor.error(fmt::format("expected true or false, found '{}'", *word),
                             fmt::format("write {}", meant ? "true" : "false"));
            },
            [](const bool& value) { return Value(value); }, [] { return Value(gw::Object{{"type", "boolean"}}); }};
}

Type<Nanoseconds> duration(Nanoseconds least, Nanoseconds most) {
    return parsed<Nanoseconds>(
        "a duration such as 29s",
        [=](std::string_view text) -> Result<Nanoseconds> {
            const Nanoseconds value = TRY(parse_duration(text));
            if (value < least || value > most) {
                return Error{Errc::config,
                             fmt::format("{} is out of range", text),
                             fmt::format("{} to {}", to_duration_text(least), to_duration_text(most)),
                             {}};
            }
            return value;
        },
        [](const Nanoseconds& value) { return to_duration_text(value); }, "^([0-9.]+(d|h|m|s|ms|us|ns))+$|^0$");
}

Type<std::uint64_t> size(std::uint64_t least, std::uint64_t most) {
    return parsed<std::uint64_t>(
        "a size such as 10MiB",
        [=](std::string_view text) -> Result<std::uint64_t> {
            const std::uint64_t value = TRY(parse_size(text));
            if (value < least || value > most) {
                return Error{Errc::config,
                             fmt::format("{} is out of range", text),
                             fmt::format("{} to {}", to_size_text(least), to_size_text(most)),
                             {}};
            }
            return value;
        },
        [](const std::uint64_t& value) { return to_size_text(value); },
        most == kNoLimit ? "^([0-9.]+([KMGT]i?)?B|0|none)$" : "^([0-9.]+([KMGT]i?)?B|0)$");
}

Type<double> percent() {
    return parsed<double>(
        "a percentage such as 5%", parse_percent, [](const double& value) { return to_percent_text(value); },
        "^[0-9.]+%$");
}

}  // namespace gw::config
