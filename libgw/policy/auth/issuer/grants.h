#pragma once
// What an issuer remembers between two requests of a client: authorization codes, and the tokens that they led to (RFC
// 6749 §4.1, §6; RFC 7636).

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "libgw/base/clock.h"
#include "libgw/base/result.h"

namespace gw::issuer {

/// Fills bytes with chance that nobody can guess: random_bytes().
using Dice = std::function<Result<void>(std::span<std::uint8_t>)>;

/// Who logged in where, and for what.
struct Session {
    std::string user;  ///< "" for a client that acts for itself
    std::string client_id;
    std::string scope;     ///< words between spaces
    std::string audience;  ///< "" when nobody asked for one
    std::string nonce;     ///< of the authorization request
    Date authenticated{};
    std::uint64_t number = 0;  ///< tells sessions apart
};

/// A code that has been handed out.
struct Code {
    Session session;
    std::string redirect_uri;
    std::string challenge;  ///< code_challenge, S256
    Date expires{};
    bool is_redeemed = false;
};

/// Why a code or a refresh token is no good: error_description of invalid_grant.
struct NoGrant {
    std::string_view why;
};

/// base64url(SHA-256(verifier)) is the challenge (RFC 7636 §4.6), and the verifier is 43 to 128 unreserved characters.
bool is_verifier_of(std::string_view verifier, std::string_view challenge);
/// 43 characters of base64url.
bool is_challenge(std::string_view text);

/// Remembers digests, not codes. Not safe for threads.
/// Invariant: at most kMost codes and as many tokens of each kind; the oldest are forgotten first.
class Grants {
  public:
    static constexpr std::size_t kMost = 10000;
    static constexpr std::chrono::minutes kCodeLifetime{1};
    static constexpr std::chrono::hours kRefreshLifetime{24 * 30};

    /// Hands out a code. Errc::internal when there is no chance to draw it from.
    Result<std::string> add_code(Session session, std::string redirect_uri, std::string challenge, const Dice& dice,
                                 Date now);
    /// The session of a code, once. Whoever comes with it again makes the tokens void that it led to (RFC 6749 §4.1.2).
    std::variant<Session, NoGrant> redeem(std::string_view code, std::string_view client_id,
                                          std::string_view redirect_uri, std::string_view verifier, Date now);

    Result<std::string> add_refresh(const Session& session, const Dice& dice, Date now);
    /// The session of a refresh token. With `once` the token is void afterwards.
    std::variant<Session, NoGrant> refresh(std::string_view token, std::string_view client_id, bool once, Date now);

    /// An access token was handed out.
    void note_access(const Session& session, std::string_view token);
    /// True for an access token whose code was used twice.
    [[nodiscard]] bool is_void(std::string_view token) const;

  private:
    struct Refresh {
        Session session;
        Date expires{};
    };
    void revoke(std::uint64_t session);

    std::map<std::string, Code> codes_;         // by digest
    std::deque<std::string> codes_in_order_;    // the oldest first; may name some that are gone
    std::map<std::string, Refresh> refreshes_;  // by digest
    std::deque<std::string> refreshes_in_order_;
    std::map<std::string, std::uint64_t> accesses_;  // session by digest
    std::deque<std::string> accesses_in_order_;
    std::map<std::string, std::uint64_t> void_;  // those of accesses_ that were revoked
    std::deque<std::string> void_in_order_;
};

}  // namespace gw::issuer
