#pragma once
// What a program says once it says everywhere: reading the options out of its help and its man page, and keys out of a
// schema.

#include <set>
#include <string>
#include <string_view>

#include "tests/structure/rules.h"

namespace gw::structure {

/// The long options that a help text explains: those at the beginning of a line, before the two blanks that end the
/// first column.
std::set<std::string> find_options_in_help(std::string_view help);

/// A man page without its macros' escapes: "\-\-port" and "\fB\-\-port\fR" become "--port".
std::string to_plain(std::string_view man_page);

/// The long options that a man page explains: those in the tag of a .TP or .IP paragraph.
std::set<std::string> find_options_in_man_page(std::string_view man_page);

/// The names of all properties in a JSON Schema. Requires: well-formed JSON.
std::set<std::string> find_keys_in_schema(std::string_view schema);

/// True when `word` stands in `text` with no letter, digit, '-' or '_' beside it.
bool has_word(std::string_view text, std::string_view word);

/// Options in one place and not in the other.
Findings compare_options(const std::set<std::string>& help, const std::set<std::string>& man_page);

}  // namespace gw::structure
