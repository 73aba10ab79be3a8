#pragma once
// The keys of one issuer: a JSON Web Key Set (RFC 7517 §5), read strictly.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/crypto.h"
#include "libgw/base/result.h"
#include "libgw/policy/auth/key.h"

namespace gw::auth {

/// Keys that verify tokens. Immutable.
/// Invariant: no two keys have the same name; at most kMaxKeys.
class KeySet {
  public:
    static constexpr std::size_t kMaxKeys = 64;
    static constexpr std::size_t kMaxSize = 150000;  ///< bytes of JSON, as AWS has it

    /// Where a set comes from: from the network, where a shared secret would not be one any more, or from a file that
    /// only we read.
    enum class Source : std::uint8_t { fetched, configured };

    /// Reads {"keys":[…]}, or a single JWK, public halves only. The whole set is refused (Errc::parse, Errc::limit)
    /// when it is not strict JSON, has a member twice or two keys of one name, holds more than kMaxKeys keys, or, as
    /// configured, mixes shared secrets with public keys. A key that is weak, damaged or not for signatures is left out
    /// and noted; so is a shared secret that was fetched. A configured set of one key without a name is like of().
    static Result<KeySet> parse(std::string_view json, Source source);
    /// Errc::config when two keys have one name or there are too many.
    static Result<KeySet> make(std::vector<Key> keys);
    /// One key that a person gave by hand: if it has no name, it is meant whatever name a token says.
    static KeySet of(Key key);

    [[nodiscard]] const std::vector<Key>& keys() const { return keys_; }
    /// Why keys were left out: "key 2 (kid old): RSA key of 1024 bits is too weak".
    [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

    /// What was found for a token.
    struct Choice {
        const Key* key = nullptr;     ///< null: none
        std::string_view why;         ///< static; when there is none
        bool is_unknown_kid = false;  ///< the set has no key of that name: fetching it again may help
    };
    /// The key of exactly that name that may verify the algorithm. A token without a name gets the only key that may.
    [[nodiscard]] Choice choose(const std::optional<std::string>& kid, Algorithm algorithm) const;

    /// Two sets with the same keys under the same names have the same one.
    [[nodiscard]] const Digest& fingerprint() const { return fingerprint_; }

  private:
    explicit KeySet(std::vector<Key> keys);
    std::vector<Key> keys_;
    std::vector<std::string> notes_;
    Digest fingerprint_;
    bool any_kid_ = false;
};

}  // namespace gw::auth
