#pragma once
// How a check is told: for people, and as JSON.

#include "apps/gw-preflight/check.h"

namespace gw::preflight {

/// The "schema" of every document.
inline constexpr std::string_view kSchema = "gw-preflight/1";

void print_text(program::World& world, const Report& report, const term::Style& style);
void print_json(program::World& world, const Report& report);
/// Requests and answers as they were on the wire, on stderr.
void print_exchanges(program::World& world, const Report& report);

}  // namespace gw::preflight
