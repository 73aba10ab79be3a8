#pragma once
// One condition of a statement: an operator, a key, and the values that it is held against.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "libgw/base/result.h"
#include "libgw/policy/iam/context.h"
#include "libgw/policy/iam/match/arn.h"
#include "libgw/policy/iam/match/literal.h"
#include "libgw/policy/iam/match/template.h"

namespace gw::iam {

/// What an operator compares, and how.
enum class Comparison : std::uint8_t {
    string_equals,
    string_equals_ignoring_case,
    string_like,
    numeric,
    date,
    boolean,
    binary,
    address,
    arn,
    null,
};
/// Of numbers and dates; the others know only equal.
enum class Relation : std::uint8_t { equal, less, less_or_equal, greater, greater_or_equal };

/// An operator by its name, with what stands before and behind it.
struct ConditionOperator {
    enum class Set : std::uint8_t { none, for_all_values, for_any_value };
    Comparison comparison = Comparison::string_equals;
    Relation relation = Relation::equal;
    bool is_negated = false;
    bool if_exists = false;
    Set set = Set::none;

    /// "StringEquals", "ForAllValues:StringNotLikeIfExists". Case does not count. Errc::parse with the nearest name for
    /// what is none.
    static Result<ConditionOperator> parse(std::string_view name);
};

/// A condition. Immutable.
///
/// Facts (IAM User Guide, "Condition operators" and "Multivalued context keys"):
/// - A key that the request does not have: false, but true for negated operators and for …IfExists. ForAllValues is
///   true then, ForAnyValue false; …IfExists changes neither, as AWS answers.
/// - Several values of a condition are alternatives; a negated operator holds when none of them is equal.
/// - A value of the request that is not of the kind that is compared ("abc" as a number) satisfies nothing, not a
///   negated operator either; nor does a variable without a value.
/// - Without a set operator a multivalued key satisfies nothing.
/// - ArnEquals is ArnLike. Wildcards are literal in StringEquals.
/// - Variables stand in values of the string and ARN operators and of Bool.
class Condition {
  public:
    /// Errc::parse for a value that the operator cannot compare. `where->column` counts bytes from 1 within the value.
    static Result<Condition> parse(const ConditionOperator& condition_operator, std::string_view name,
                                   std::string_view key, bool variables);
    /// One more value. Errc::parse for one that the operator cannot compare; `where->column` counts bytes from 1.
    Result<void> add_value(std::string_view value);

    [[nodiscard]] bool holds(const Context& context) const;
    /// "StringEquals aws:username", for those who ask why.
    [[nodiscard]] const std::string& label() const { return label_; }

  private:
    using Operand = std::variant<Template, ArnPattern, Decimal, Moment, Network, std::string, bool>;
    [[nodiscard]] Match compare(const Operand& operand, const std::string& value, const Context& context) const;
    [[nodiscard]] bool is_satisfied_by(const std::string& value, const Context& context) const;

    ConditionOperator operator_;
    ContextKey key_;
    std::string label_;
    bool variables_ = false;
    std::vector<Operand> operands_;
};

}  // namespace gw::iam
