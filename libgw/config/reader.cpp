#include "libgw/config/reader.h"

#include <fmt/format.h>

#include "libgw/base/secret_line.h"
#include "libgw/base/text.h"
#include "libgw/base/unicode.h"

namespace gw::config {

Cursor Cursor::member(const Member& member) const {
    return {member.value, path_.empty() ? member.key : fmt::format("{}.{}", path_, member.key), *reading_};
}

Cursor Cursor::item(std::size_t index) const {
    return {(*value_->if_array())[index], fmt::format("{}[{}]", path_, index), *reading_};
}

std::string Cursor::resolve(std::string_view path) const {
    if (path.starts_with('/')) return std::string(path);
    return reading_->folder + std::string(path);
}

std::string Cursor::told(std::string_view message) const {
    const std::string& subject = reading_->option.empty() ? path_ : reading_->option;
    return subject.empty() ? std::string(message) : fmt::format("{}: {}", subject, message);
}

void Cursor::error(std::string_view message, std::string hint) const {
    reading_->diagnostics.error(told(message), where(), std::move(hint));
}

void Cursor::warning(std::string_view message, std::string hint) const {
    reading_->diagnostics.warning(told(message), where(), std::move(hint));
}

void Cursor::error_at(std::size_t offset, std::string_view message, std::string hint) const {
    const std::string* string = value_->if_string();
    Location at = reading_->diagnostics.inside(where(), string ? *string : std::string());
    at.column += static_cast<std::uint32_t>(offset);
    reading_->diagnostics.error(told(message), at, std::move(hint));
}

void Cursor::error_unquoted(std::string_view message, std::string hint) const {
    Location at = where();
    at.column = 0;
    reading_->diagnostics.error(told(message), at, std::move(hint));
}

void Cursor::expected(std::string_view what) const {
    const bool number_for_text = value_->is_number() || value_->if_bool();
    error(fmt::format("expected {}, found {}", what, value_->kind_name()),
          number_for_text && what == "a string" ? "quote it to make it a string" : "");
}

std::string misspelt_key(std::string_view path, std::string_view key) { return fmt::format("{}.{}?", path, key); }

std::string Cursor::unknown_key(const Member& member, const std::vector<std::string>& known) const {
    const std::string_view meant = closest(member.key, known);
    if (reading_->places && !meant.empty())
        reading_->places->emplace(misspelt_key(path_, meant), place(member.key_position));
    std::string hint =
        meant.empty() ? fmt::format("known keys: {}", join(known, ", ")) : fmt::format("did you mean '{}'?", meant);
    const auto length = static_cast<std::uint32_t>(count_code_points(member.key));
    const bool quoted = !is_secret_name(meant);  // what stands there was meant to be secret
    reading_->diagnostics.add({Severity::error, told(fmt::format("unknown key '{}'", member.key)), std::move(hint),
                               place(member.key_position), length, quoted});
    return std::string(meant);
}

}  // namespace gw::config
