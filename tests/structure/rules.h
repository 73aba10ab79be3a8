#pragma once
// The laws of the house as functions of text. What they hold against is data at the top of rules.cpp.

#include <string>
#include <string_view>
#include <vector>

#include "tests/structure/source.h"

namespace gw::structure {

/// What is against a law, each with "file:line: what, and why". Empty: all is well.
using Findings = std::vector<std::string>;

/// `base · wire · policy · config · io · gateway · apps`: a file includes what stands to its left or beside it in its
/// own tier. term includes base only; only apps include term. Quoted includes are paths from the root that exist.
Findings check_tiers(const Source& source, const std::vector<Source>& tree);

/// Each third-party header is included only inside its wall, and a header of no known library nowhere.
Findings check_walls(const Source& source);

/// Left of io: no clock, dice, environment, print, file or socket. In wire and policy: no lock and no thread.
/// Everywhere in libgw and apps: no call that is unsafe on input.
Findings check_calls(const Source& source);

/// What Secret::expose() gives is compared by Secret::matches() or constant_time_equal(), which take the same time
/// wherever two texts differ, and bytes are compared by nothing of C's but in the few files that have no secrets.
Findings check_comparisons(const Source& source);

/// At most 500 lines, `#pragma once` in headers, lower-case names, no folder that is named after nothing.
Findings check_form(const Source& source);

/// No word that promises work instead of doing it, in libgw and apps.
Findings check_promises(const Source& source);

/// Names of test cases that Catch2 2.13 cannot bear: one that begins with '-' is taken for an option, and one that
/// fails with ": " behind its 60th byte is printed without end.
Findings check_test_names(const Source& source);

/// Tests that the tables of a document name, in quotes, and the tree does not have. One word is no name.
Findings check_named_tests(const Source& document, const std::vector<Source>& tree);

/// Packages of an npm lock file (one member a line) that ask for a newer Node than Debian 12 has.
Findings check_engines(const Source& lock);

/// Files that include each other in a ring, each ring once.
Findings find_include_cycles(const std::vector<Source>& tree);

/// What the top level of the tree holds beyond the plan, given the names in it.
Findings check_top_level(const std::vector<std::string>& names);

/// The names that the plan of the top level requires.
const std::vector<std::string_view>& required_at_top_level();

}  // namespace gw::structure
