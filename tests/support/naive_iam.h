#pragma once
// A second reading of the IAM documentation that shares nothing with libgw/policy/iam: slow, on JSON itself, and with a
// matcher that tries everything. And the cases that both are asked.

#include <string>
#include <string_view>

#include "libgw/base/random.h"
#include "libgw/base/value.h"

namespace gw::test {

/// `*` and `?` by trying everything; the time is exponential in the number of `*`.
bool matches_naively(std::string_view pattern, std::string_view text);

/// "Allowed", "ExplicitlyDenied", "ImplicitlyDenied" for a case as `gw-token policy --batch` takes it.
/// Requires: the policies are well formed, have Version 2012-10-17, and all text is ASCII.
std::string judge_naively(const Value& given);

/// Makes cases up that meet each other often enough to be interesting.
class IamCases {
  public:
    explicit IamCases(std::uint64_t seed) : random_(seed) {}
    /// A whole case.
    Value next();
    /// The same policies with another caller, action, resource and context.
    Value vary(const Value& given);
    /// A statement with Effect Deny, for a resource policy or an identity's.
    Value make_deny(bool has_principal);

  private:
    std::string pick(std::string_view words);
    bool chance(unsigned percent) { return random_.below(100) < percent; }
    Value some(std::string_view words, unsigned most = 2);
    Value make_context(const std::string& caller);
    Value make_conditions();
    Value make_statement(bool has_principal);
    Value make_policy(bool has_principal);
    void ask(Object& into);
    Random random_;
};

}  // namespace gw::test
