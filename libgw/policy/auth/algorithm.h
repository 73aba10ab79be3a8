#pragma once
// The algorithms of JSON Web Signatures (RFC 7518 §3.1, RFC 8037, RFC 8812, RFC 9864).

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "libgw/base/signing_key.h"

namespace gw::auth {

enum class Algorithm : std::uint8_t {
    hs256,
    hs384,
    hs512,
    rs256,
    rs384,
    rs512,
    ps256,
    ps384,
    ps512,
    es256,
    es384,
    es512,
    es256k,
    eddsa,
};

/// Every algorithm there is; "none" is not one.
inline constexpr std::array<Algorithm, 14> kAlgorithms = {
    Algorithm::hs256, Algorithm::hs384, Algorithm::hs512,  Algorithm::rs256, Algorithm::rs384,
    Algorithm::rs512, Algorithm::ps256, Algorithm::ps384,  Algorithm::ps512, Algorithm::es256,
    Algorithm::es384, Algorithm::es512, Algorithm::es256k, Algorithm::eddsa,
};

/// What RFC 9864 calls EdDSA with a key on Ed25519. There is no other curve here, so both names mean the same.
inline constexpr std::string_view kEd25519 = "Ed25519";

/// "HS256" … "EdDSA"
std::string_view to_text(Algorithm algorithm);
/// The algorithm of exactly that name (case counts, RFC 7515 §4.1.1), kEd25519 among them.
std::optional<Algorithm> parse_algorithm(std::string_view text);
/// How it signs.
SignatureScheme scheme_of(Algorithm algorithm);
/// The kind of key that it takes.
KeyKind kind_of(Algorithm algorithm);
/// True for HS*: whoever can verify can sign.
inline bool is_symmetric(Algorithm algorithm) { return kind_of(algorithm) == KeyKind::octets; }
/// What a new key of that kind signs with when nobody says: HS256 for octets, RS256 for RSA.
Algorithm default_algorithm(KeyKind kind);

/// Algorithms that are allowed.
class AlgorithmSet {
  public:
    constexpr AlgorithmSet() = default;
    constexpr AlgorithmSet(std::initializer_list<Algorithm> algorithms) {
        for (const Algorithm algorithm : algorithms) insert(algorithm);
    }
    constexpr void insert(Algorithm algorithm) { bits_ = static_cast<std::uint16_t>(bits_ | bit(algorithm)); }
    [[nodiscard]] constexpr bool contains(Algorithm algorithm) const { return (bits_ & bit(algorithm)) != 0; }
    [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
    /// "RS256 RS384 RS512"
    [[nodiscard]] std::string text() const;
    friend constexpr bool operator==(AlgorithmSet, AlgorithmSet) = default;

  private:
    static constexpr std::uint16_t bit(Algorithm algorithm) {
        return static_cast<std::uint16_t>(1U << static_cast<unsigned>(algorithm));
    }
    std::uint16_t bits_ = 0;
};

/// What AWS's JWT authorizers take: "only RSA-based algorithms are supported".
inline constexpr AlgorithmSet kAwsAlgorithms = {Algorithm::rs256, Algorithm::rs384, Algorithm::rs512};
/// Every algorithm whose keys may be published.
inline constexpr AlgorithmSet kPublicKeyAlgorithms = {
    Algorithm::rs256, Algorithm::rs384, Algorithm::rs512, Algorithm::ps256,  Algorithm::ps384, Algorithm::ps512,
    Algorithm::es256, Algorithm::es384, Algorithm::es512, Algorithm::es256k, Algorithm::eddsa,
};

}  // namespace gw::auth
