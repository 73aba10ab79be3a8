#pragma once
// How a check is told: for people, and as JSON.

#include <iosfwd>

#include "apps/gw-preflight/check.h"
#include "apps/gw-preflight/inspection.h"

namespace gw::preflight {

/// The "schema" of every document.
inline constexpr std::string_view kSchema = "gw-preflight/1";

void print_text(std::ostream& out, const Report& report, const term::Style& style);
void print_text(std::ostream& out, const Inspected& inspected, const term::Style& style);
void print_json(std::ostream& out, const Report& report);
void print_json(std::ostream& out, const Inspected& inspected);
/// Requests and answers as they were on the wire.
void print_exchanges(std::ostream& out, const std::vector<Exchange>& exchanges);

}  // namespace gw::preflight
