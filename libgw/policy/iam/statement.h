#pragma once
// Statements and the policies that are made of them.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/result.h"
#include "libgw/policy/iam/condition.h"
#include "libgw/policy/iam/context.h"
#include "libgw/policy/iam/match/arn.h"
#include "libgw/policy/iam/match/glob.h"
#include "libgw/policy/iam/principal.h"

namespace gw::iam {

/// One question to the policies: may this caller do this to that? Nothing in it is a wildcard or variable.
class Request {
  public:
    /// Longer resources are refused: AWS matches ARNs of at most this many bytes.
    static constexpr std::size_t kMaximumResource = 1600;

    /// `action` is "execute-api:Invoke". `resource_account` owns the resource; when it is empty, the account in the
    /// ARN does. Errc::parse for an action without exactly one colon and a resource that is no ARN, Errc::limit for a
    /// resource that is too long.
    static Result<Request> make(Caller caller, std::string_view action, std::string_view resource,
                                std::string_view resource_account, Context context);

    [[nodiscard]] const Caller& caller() const { return caller_; }
    [[nodiscard]] const std::string& action() const { return action_; }
    [[nodiscard]] const std::string& action_in_lower_case() const { return action_in_lower_case_; }
    [[nodiscard]] Arn resource() const { return *Arn::parse(resource_); }
    [[nodiscard]] const std::string& resource_account() const { return resource_account_; }
    [[nodiscard]] const Context& context() const { return context_; }

  private:
    Request() = default;
    Caller caller_;
    std::string action_;
    std::string action_in_lower_case_;
    std::string resource_;
    std::string resource_account_;
    Context context_;
};

enum class Effect : std::uint8_t { allow, deny };

/// The first element of a statement that does not match.
struct Mismatch {
    enum class Element : std::uint8_t { none, action, resource, principal, condition };
    Element element = Element::none;
    std::size_t condition = 0;  ///< which
};

/// One statement. Immutable once it is part of a policy.
struct Statement {
    std::size_t number = 0;  ///< from 1
    std::string sid;         ///< may be empty
    Effect effect = Effect::deny;
    bool is_not_principal = false;
    bool is_not_action = false;
    bool is_not_resource = false;
    std::vector<PrincipalPattern> principals;  ///< of a resource policy; else empty
    std::vector<Glob> actions;                 ///< lower case
    std::vector<ArnPattern> resources;
    std::vector<Condition> conditions;

    /// Whether it speaks of this request, leaving its principals aside.
    [[nodiscard]] Mismatch mismatch(const Request& request, const Arn& resource) const;
    /// How its Principal names the caller; `direct` where a NotPrincipal leaves the caller out.
    [[nodiscard]] PrincipalMatch match_principal(const Request& request) const;
    /// `statement 2 "AllowOrders"`
    [[nodiscard]] std::string label() const;
};

/// A policy document. Immutable; may be used by several threads at once.
struct Policy {
    std::string name;  ///< how it is called in explanations: "resource policy", "ReadOnly"
    std::string id;    ///< Id, or empty
    std::vector<Statement> statements;
};

}  // namespace gw::iam
