#pragma once
// tests/requirements.md: which tests prove which of the project's security requirements.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/structure/rules.h"

namespace gw::structure {

/// Holds the rows `| R-n | required | proved by | state |` of a document against the tests. They count from 1 to
/// `last`; a state is **proved**, **in part** or **not built**, and what is not built alone names no proof. A proof is
/// a list of `path` and `path` "case", "case": each path is there below tests/ or below the root (`exists` says so of
/// paths from the root), each case is a test case of that file, and a source without named cases holds one at least.
Findings check_requirements(const Source& document, int last, const std::vector<Source>& tree,
                            const std::function<bool(const std::string&)>& exists);

/// The names of a file's test cases, literals that stand side by side put together.
std::vector<std::string> find_test_cases(std::string_view text);

}  // namespace gw::structure
