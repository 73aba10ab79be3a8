#pragma once
// The text of one value of a policy, with the wildcards and variables in it.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/result.h"
#include "libgw/policy/iam/context.h"
#include "libgw/policy/iam/match/glob.h"

namespace gw::iam {

/// Answers of what may not be answerable.
enum class Match : std::uint8_t {
    no,
    yes,
    unknown,  ///< a variable has no value, or a value is not of the kind that is compared
};

/// What is special in a value.
struct TemplateSyntax {
    bool wildcards = false;  ///< `*` and `?`
    bool variables = false;  ///< `${…}`: only in documents of Version 2012-10-17
};

/// A value of a policy: text, wildcards, and variables that the context of a request fills in. What is filled in is
/// literal, whatever it says: a user named `*` is named `*`.
///   ${aws:username}                   the value of that key
///   ${aws:PrincipalTag/team, 'none'}  the same, or the default when there is none
///   ${*} ${?} ${$}                    the characters themselves
/// Immutable.
class Template {
  public:
    /// Matches only the empty text.
    Template() = default;
    /// Errc::parse for a variable without name or end, or with something else than a default in single quotes behind
    /// its comma; `where->column` counts bytes from 1 within the text.
    static Result<Template> parse(std::string_view text, TemplateSyntax syntax);

    [[nodiscard]] bool has_variables() const { return has_variables_; }
    /// Nothing but one variable.
    [[nodiscard]] bool is_one_variable() const { return has_variables_ && parts_.size() == 1; }
    /// Whether the whole text matches. Unknown when a variable has no single, non-empty value and no default.
    [[nodiscard]] Match matches(std::string_view text, const Context& context) const;
    /// The text for this request: `scratch` when variables had to be filled in, null when matches() is unknown.
    /// Requires: parsed without wildcards.
    [[nodiscard]] const std::string* text(const Context& context, std::string& scratch) const;

  private:
    struct Part {
        enum class Kind : std::uint8_t { text, any, one, variable };
        Kind kind = Kind::text;
        std::string text;  // or the default of a variable
        ContextKey key = {};
    };
    static Result<Part> parse_variable(std::string_view inside);
    /// The text of a text or variable; null when it has none.
    [[nodiscard]] static const std::string* value_of(const Part& part, const Context& context);

    std::vector<Part> parts_;  // empty without variables
    bool has_variables_ = false;
    Glob glob_;         // when there are no variables
    std::string text_;  // the same
};

/// Where the first separator stands that is not inside of `${…}`; npos when there is none. Without `variables` the
/// first separator.
std::size_t find_outside_variables(std::string_view text, char separator, bool variables);

}  // namespace gw::iam
