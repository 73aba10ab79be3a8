#pragma once
// What a token says (RFC 7519 §4), and what is asked of it.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/clock.h"
#include "libgw/base/pattern.h"
#include "libgw/base/value.h"
#include "libgw/policy/auth/checklist.h"
#include "libgw/policy/auth/fault.h"

namespace gw::auth {

/// Cognito's two kinds of token, told apart by the claim token_use.
enum class TokenUse : std::uint8_t { any, access, id };

/// One claim that must have one value: a string as it is, a number or boolean as JSON writes it; an array must hold it.
struct ClaimRule {
    std::string name;
    std::string value;
};

/// What an authorizer asks of every token. Empty lists and texts ask nothing.
struct ClaimRules {
    std::string issuer;                  ///< iss, byte for byte
    std::vector<std::string> audiences;  ///< aud holds one of them; client_id does when there is no aud at all
    std::shared_ptr<const Pattern> audience_pattern;  ///< matches aud whole; a token without aud fails (REST, Cognito)
    std::vector<ClaimRule> claims;
    std::string type;                 ///< typ of the header, "at+jwt"; case and "application/" do not count
    std::chrono::seconds leeway{30};  ///< how far clocks may be apart
    bool requires_exp = true;
};

/// What a route asks on top.
struct RouteRules {
    std::vector<std::string> scopes;  ///< the token has at least one of them
    TokenUse use = TokenUse::any;
};

/// The claims of a token.
/// Invariant: a JSON object without duplicate members; exp, nbf and iat, where there, are numbers in range; aud, scope
/// and scp are a string or an array of strings.
class Claims {
  public:
    static constexpr std::int64_t kMaxSeconds = std::int64_t{1} << 41U;  ///< the year 71,652
    static constexpr std::size_t kMaxMembers = 4096;                     ///< values in all

    /// jwt.malformed for what is not such JSON, jwt.claim for a registered claim of another type: dates that are
    /// strings, not finite, negative or above kMaxSeconds (RFC 7519 §2: NumericDate).
    static Judged<Claims> parse(std::string_view payload);

    /// All of them, as an object.
    [[nodiscard]] const Value& all() const { return members_; }
    [[nodiscard]] const Value* find(std::string_view name) const { return members_.find(name); }
    /// A claim that is a string, or "".
    [[nodiscard]] std::string_view text(std::string_view name) const;

    /// In milliseconds since 1970, fractions rounded down.
    [[nodiscard]] std::optional<std::int64_t> expires() const { return expires_; }
    [[nodiscard]] std::optional<std::int64_t> not_before() const { return not_before_; }
    [[nodiscard]] std::optional<std::int64_t> issued_at() const { return issued_at_; }

    /// The elements of aud; when there is no aud, client_id (as AWS has it).
    [[nodiscard]] std::vector<std::string_view> audiences() const;
    /// The words of scope, or of scp when there is no scope.
    [[nodiscard]] std::vector<std::string_view> scopes() const;

  private:
    Value members_;
    std::optional<std::int64_t> expires_;
    std::optional<std::int64_t> not_before_;
    std::optional<std::int64_t> issued_at_;
};

/// The first rule that the claims break; nothing when they keep all. With a checklist every rule is tried, and told
/// there. `type` is the header's typ.
std::optional<TokenFault> check_claims(const Claims& claims, std::string_view type, const ClaimRules& rules,
                                       Checklist* checks, Date date);
/// The same for a route's rules: jwt.use, jwt.scope.
std::optional<TokenFault> check_route(const Claims& claims, const RouteRules& rules, Checklist* checks = nullptr);

}  // namespace gw::auth
