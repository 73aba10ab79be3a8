#pragma once
// Keys that sign and verify: shared secrets, RSA, elliptic curves, Ed25519. What a key may do is fixed when it is made,
// and weak keys are not made at all. OpenSSL stays behind this wall.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "libgw/base/result.h"

namespace gw {

/// What a key is made of.
enum class KeyKind : std::uint8_t { octets, rsa, p256, p384, p521, secp256k1, ed25519 };

/// "octets", "RSA", "P-256", "P-384", "P-521", "secp256k1", "Ed25519"
std::string_view to_text(KeyKind kind);

/// A way to sign, with every parameter fixed. PSS: MGF1 with the same hash, and a salt as long as the hash. ECDSA
/// signatures are r and s one after the other, each as long as the curve's order (IEEE P1363), never DER.
enum class SignatureScheme : std::uint8_t {
    hmac_sha256,
    hmac_sha384,
    hmac_sha512,
    rsa_pkcs1_sha256,
    rsa_pkcs1_sha384,
    rsa_pkcs1_sha512,
    rsa_pss_sha256,
    rsa_pss_sha384,
    rsa_pss_sha512,
    ecdsa_p256_sha256,
    ecdsa_p384_sha384,
    ecdsa_p521_sha512,
    ecdsa_secp256k1_sha256,
    ed25519,
};

/// The numbers of a key, as bytes with the most significant first. Which ones stand there depends on the kind and on
/// whether the key is private; the private ones are overwritten when this goes.
struct KeyParts {
    KeyKind kind = KeyKind::octets;
    std::string n, e;              ///< RSA
    std::string x, y;              ///< a point of a curve, each as long as the field; Ed25519 has only x, 32 bytes
    std::string secret;            ///< RSA, EC: d; Ed25519: the seed; octets: the bytes
    std::string p, q, dp, dq, qi;  ///< RSA with d: all of them

    KeyParts() = default;
    KeyParts(const KeyParts&) = default;
    KeyParts(KeyParts&&) noexcept = default;
    KeyParts& operator=(const KeyParts&) = default;
    KeyParts& operator=(KeyParts&&) noexcept = default;
    ~KeyParts();
};

/// A key that is ready to work. Immutable; copies are the same key; several threads may use one at once.
/// Invariant: RSA has 2048 to 8192 bits, an odd exponent of 3 to 2³²-1 and no trace of ROCA (CVE-2017-15361); a point
/// lies on its curve; a private key fits its public one; octets are at least 32.
class SigningKey {
  public:
    static constexpr unsigned kMinRsaBits = 2048;
    static constexpr unsigned kMaxRsaBits = 8192;
    static constexpr std::size_t kMinOctets = 32;
    static constexpr std::size_t kMaxOctets = 1024;
    static constexpr std::size_t kMaxPem = 64U << 10U;

    /// Errc::parse for numbers that are not a key, Errc::config for a key that is too weak or too large.
    static Result<SigningKey> make(const KeyParts& parts);
    /// The first key in a PEM text: PUBLIC KEY, PRIVATE KEY (PKCS#8), RSA PUBLIC KEY, RSA PRIVATE KEY (PKCS#1), EC
    /// PRIVATE KEY (SEC 1), or the public key of a CERTIFICATE, whose dates and names are not looked at. Encrypted
    /// keys, explicit curve parameters and other algorithms are refused; nobody is asked for a password.
    static Result<SigningKey> from_pem(std::string_view text);
    /// A new key from the system's randomness. `bits` counts for RSA (default 2048) and octets (default 256).
    static Result<SigningKey> generate(KeyKind kind, unsigned bits = 0);

    [[nodiscard]] KeyKind kind() const;
    /// Of the modulus, the field or the octets.
    [[nodiscard]] unsigned bits() const;
    /// True when it can sign.
    [[nodiscard]] bool has_private() const;
    /// True when the key is of the scheme's kind, and octets are at least as long as the hash (RFC 7518 §3.2).
    [[nodiscard]] bool takes(SignatureScheme scheme) const;

    /// True when `signature` is one of this key for exactly these bytes. False for a scheme that the key does not take,
    /// a signature of another length than the scheme's, and ECDSA's r or s outside of 1 … n-1.
    [[nodiscard]] bool verify(SignatureScheme scheme, std::string_view message, std::string_view signature) const;
    /// Errc::usage when the key is public or does not take the scheme.
    [[nodiscard]] Result<std::string> sign(SignatureScheme scheme, std::string_view message) const;

    /// The numbers of the public key; of octets nothing.
    [[nodiscard]] KeyParts public_parts() const;
    /// All numbers. Errc::usage when the key is public.
    [[nodiscard]] Result<KeyParts> private_parts() const;
    /// "-----BEGIN PUBLIC KEY-----" (RFC 7468 §13). Errc::usage for octets.
    [[nodiscard]] Result<std::string> public_pem() const;
    /// "-----BEGIN PRIVATE KEY-----", PKCS#8 without encryption. Errc::usage for octets and public keys.
    [[nodiscard]] Result<std::string> private_pem() const;

  private:
    struct State;
    explicit SigningKey(std::shared_ptr<const State> state);
    std::shared_ptr<const State> state_;
};

}  // namespace gw
