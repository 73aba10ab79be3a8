#pragma once
// Questions to IAM policies, made up by chance, as `gw-token policy --batch` takes them.

#include <cstdint>
#include <string>
#include <string_view>

#include "libgw/base/random.h"
#include "libgw/base/value.h"

namespace gw::test {

/// Makes cases up that meet each other often enough to be interesting.
class IamCases {
  public:
    explicit IamCases(std::uint64_t seed) : random_(seed) {}
    /// A whole case.
    Value next();
    /// A case without policies.
    Value ask();
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
    Random random_;
};

}  // namespace gw::test
