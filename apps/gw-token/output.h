#pragma once
// How answers are printed: text that cannot touch the terminal, and JSON that says which schema it follows.

#include <string>
#include <string_view>

#include "apps/gw-token/options.h"
#include "libgw/base/value.h"
#include "libgw/term/style.h"

namespace gw::token {

/// The "schema" of every document.
inline constexpr std::string_view kSchema = "gw-token/1";

/// JSON on one line, or indented. Characters that a terminal would act upon (controls, bidirectional ones) are escaped:
/// the same value, but harmless.
std::string safe_json(const Value& value);
std::string safe_pretty_json(const Value& value);

/// Prints {"schema":"gw-token/1", …} on one line.
void print_document(program::World& world, Object members);

/// How stdout and stderr are painted.
term::Style output_style(const program::World& world, const Options& options);
term::Style talk_style(const program::World& world, const Options& options);

}  // namespace gw::token
