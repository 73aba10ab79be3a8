#pragma once
// One key of a token's issuer: a JSON Web Key (RFC 7517, RFC 7518 §6, RFC 8037 §2, RFC 8812 §3), or the same from PEM.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "libgw/base/result.h"
#include "libgw/base/signing_key.h"
#include "libgw/base/value.h"
#include "libgw/policy/auth/algorithm.h"

namespace gw::auth {

/// The longest key id that is read, in bytes.
inline constexpr std::size_t kMaxKid = 256;

/// A key, its name, and what it may be used for. Copies share the key.
/// Invariant: an algorithm that the key verifies fits its kind, its `alg`, `use` and `key_ops`.
class Key {
  public:
    /// What is read of a JWK that holds a private key.
    enum class Half : std::uint8_t { all, public_only };

    /// Errc::parse for what is not a JWK, Errc::config for a key that is too weak, is not for signatures, or whose
    /// `alg` does not fit it. Members that nobody knows are ignored, x5u and x5c among them.
    static Result<Key> from_jwk(const Value& jwk, Half half = Half::all);
    /// A JWK, a JWKS with exactly one key, or PEM. The bytes of a shared secret are no text of this kind: see
    /// SigningKey::make.
    static Result<Key> parse(std::string_view text);
    /// A key by parts. Errc::usage when the algorithm does not fit, or the name is longer than kMaxKid.
    static Result<Key> make(SigningKey key, std::string kid = {}, std::optional<Algorithm> algorithm = {});

    /// "" when it has no name.
    [[nodiscard]] const std::string& kid() const { return kid_; }
    /// The only algorithm that it is for, when it says so.
    [[nodiscard]] std::optional<Algorithm> algorithm() const { return algorithm_; }
    /// What it may verify.
    [[nodiscard]] AlgorithmSet verifies() const { return verifies_; }
    /// The algorithm to sign with: its own, or the first that its kind has. Nothing when it may not sign.
    [[nodiscard]] std::optional<Algorithm> signs() const;
    [[nodiscard]] const SigningKey& signing_key() const { return key_; }

    /// False for an algorithm that is not in verifies().
    [[nodiscard]] bool verify(Algorithm algorithm, std::string_view input, std::string_view signature) const;
    /// Errc::usage when the key is public, bound to another algorithm, or not for signing.
    [[nodiscard]] Result<std::string> sign(Algorithm algorithm, std::string_view input) const;

    /// The JWK. `all` of a public key is its public half. A shared secret has no public half: null.
    [[nodiscard]] Value to_jwk(Half half = Half::public_only) const;
    /// SHA-256 of the key's required members, as base64url (RFC 7638). It tells keys apart; for a shared secret it is a
    /// hash of the secret (§7) and should not be published.
    [[nodiscard]] std::string thumbprint() const;
    /// The same key by another name.
    [[nodiscard]] Key named(std::string kid) const;

  private:
    Key(SigningKey key, std::string kid, std::optional<Algorithm> algorithm);
    SigningKey key_;
    std::string kid_;
    std::optional<Algorithm> algorithm_;
    AlgorithmSet verifies_;
    bool may_sign_ = true;
};

/// {"keys":[…]} of the public halves; shared secrets are left out.
Value to_jwks(std::span<const Key> keys);

}  // namespace gw::auth
