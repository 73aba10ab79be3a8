#pragma once
// A second reading of the IAM documentation that shares nothing with libgw/policy/iam: slow, on JSON itself, and with a
// matcher that tries everything.

#include <string>
#include <string_view>

#include "libgw/base/value.h"

namespace gw::test {

/// `*` and `?` by trying everything; the time is exponential in the number of `*`.
bool matches_naively(std::string_view pattern, std::string_view text);

/// "Allowed", "ExplicitlyDenied", "ImplicitlyDenied" for a case as `gw-token policy --batch` takes it, with the
/// policies taken from another one, which may be the same. Requires: the policies are well formed, have Version
/// 2012-10-17, and all text is ASCII.
std::string judge_naively(const Value& given, const Value& policies);

}  // namespace gw::test
