#pragma once
// Tokens that were verified a moment ago, so that the next request with the same one need not do it again.

#include <cstdint>
#include <list>
#include <memory>
#include <unordered_map>

#include "libgw/base/clock.h"
#include "libgw/base/crypto.h"
#include "libgw/policy/auth/token.h"

namespace gw::auth {

/// Which token, for whom, and under which circumstances it was believed. Anything else is another token.
struct TokenIdentity {
    Digest token;                   ///< SHA-256 of all of it
    std::uint32_t authorizer = 0;   ///< two authorizers may ask different things
    std::uint64_t generation = 0;   ///< of the configuration
    std::uint64_t key_version = 0;  ///< KeySchedule::version(): a key that went takes its tokens with it
    friend bool operator==(const TokenIdentity&, const TokenIdentity&) = default;
};

/// A bounded memory of verified tokens; the one that was not used for longest goes first. Belongs to one thread.
/// Invariant: nothing is found at or after its token's exp, nor `ttl` after it was remembered.
class Remembered {
  public:
    explicit Remembered(std::size_t capacity = 4096, Nanoseconds ttl = std::chrono::minutes(5))
        : capacity_(capacity), ttl_(ttl) {}

    /// The token, or null.
    std::shared_ptr<const Token> find(const TokenIdentity& identity, Date date);
    /// Requires: verify_token() has just believed it, with these rules and keys.
    void remember(const TokenIdentity& identity, std::shared_ptr<const Token> token, Date date);
    void clear();
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

  private:
    struct Entry {
        TokenIdentity identity;
        std::shared_ptr<const Token> token;
        Date remembered;
        Date until;
    };
    struct Hash {
        std::size_t operator()(const TokenIdentity& identity) const;
    };
    using Entries = std::list<Entry>;

    void forget(Entries::iterator entry);

    std::size_t capacity_;
    Nanoseconds ttl_;
    Entries entries_;  ///< the one that was used last in front
    std::unordered_map<TokenIdentity, Entries::iterator, Hash> places_;
};

}  // namespace gw::auth
