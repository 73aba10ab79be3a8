#pragma once
// Tokens judged by what the command line asks: keys prepared once, then any number of tokens.

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "apps/gw-token/fetch.h"
#include "apps/gw-token/options.h"
#include "libgw/base/clock.h"
#include "libgw/base/value.h"
#include "libgw/policy/auth/token.h"

namespace gw::token {

/// What was found of one token.
struct Verdict {
    std::string_view reason;  ///< jwt.…; "" when it is valid
    std::string detail;
    Value header;         ///< of a valid one
    Value claims;         ///< of a valid one; null with --jws
    std::string payload;  ///< of a valid one with --jws
    bool is_jws = false;

    [[nodiscard]] bool is_valid() const { return reason.empty(); }
    /// {"valid", "reason", "detail", "header", "claims"}, or "payload" and "payload_b64" instead of claims.
    [[nodiscard]] Object members() const;
};

/// Whether keys come from a server.
bool fetches_keys(const VerifyOptions& asked);

class Verifier {
  public:
    /// What the command line asks of tokens. Errc::usage.
    static Result<Verifier> make(const VerifyOptions& asked);
    /// Reads or fetches the keys; tells which of them were left out. NoKeys when a server has none to give; Errc::usage
    /// and the errors of read_key() otherwise.
    Result<std::optional<NoKeys>> take_keys(program::World& world, const Options& options);

    /// Requires: keys were taken. With a checklist, what was looked at is told there.
    [[nodiscard]] Verdict judge(std::string_view token, auth::Checklist* checks) const;

  private:
    Verifier() = default;
    [[nodiscard]] Verdict judge_jws(std::string_view token, auth::Checklist* checks) const;

    std::optional<auth::KeySet> keys_;
    std::vector<auth::Algorithm> algorithms_;  ///< those that were asked for
    auth::TokenRules rules_;
    auth::RouteRules route_;
    std::optional<Date> date_;  ///< nothing: the clock's
    bool is_jws_ = false;
};

}  // namespace gw::token
