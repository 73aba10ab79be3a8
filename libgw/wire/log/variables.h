#pragma once
// What `$context` names in an access-log format: the REST, HTTP and WebSocket variables of Amazon API Gateway.

#include <cstdint>
#include <string>
#include <string_view>

#include "libgw/wire/log/escape.h"
#include "libgw/wire/log/record.h"

namespace gw::log {

/// Where the values of one line go: texts escaped and together not above the line's budget. Numbers and other plain
/// values are never left out, so that a line stays what its format made it; whoever sets the budget keeps kMaxPlain for
/// each.
class Values {
  public:
    /// What a value that is not a text takes at most.
    static constexpr std::size_t kMaxPlain = 32;
    /// `budget` is what the texts may take in all, after escaping.
    Values(std::string& out, Escape how, std::size_t budget) : out_(out), how_(how), budget_(budget) {}

    void text(std::string_view value) { text(value, how_); }
    void text(std::string_view value, Escape how);
    /// A query with its secrets left out.
    void query(std::string_view value);
    /// What needs no escaping and is no longer than kMaxPlain.
    void plain(std::string_view value);
    void number(std::uint64_t value);
    /// The value, or '-' when it is empty.
    void text_or_dash(std::string_view value) { value.empty() ? plain("-") : text(value); }

  private:
    [[nodiscard]] std::size_t room() const { return budget_ < kMaxField ? budget_ : kMaxField; }
    void spend(std::size_t before) { budget_ -= out_.size() - before; }
    std::string& out_;
    Escape how_;
    std::size_t budget_;
};

/// One variable of a compiled format.
struct Variable {
    using Write = void (*)(Values& values, const Record& record, std::string_view name);
    Write write = nullptr;
    std::string name;  ///< what follows the prefix: the claim's name; for an override the whole name
};

/// A name as it stands behind "$context." in a text.
struct ContextName {
    std::string name;      ///< "identity.sourceIp"; "authorizer.claims.cognito:groups" for claims['cognito:groups']
    std::size_t size = 0;  ///< how much of the text it takes; 0: there is none
};
/// The name at the start of a text: letters, digits and '_' with single points between them; a claim whose name has
/// other characters in it stands in ['…'].
ContextName read_context_name(std::string_view text);

/// Finds the variable by the name that follows "$context.", case-sensitively. Its `write` is null when there is none.
Variable find_variable(std::string_view name);
/// The name that is probably meant, for a hint; may be empty.
std::string_view closest_variable(std::string_view name);

}  // namespace gw::log
