#include "libgw/policy/auth/algorithm.h"

namespace gw::auth {

namespace {

struct Facts {
    std::string_view name;
    SignatureScheme scheme;
    KeyKind kind;
};

constexpr std::array<Facts, kAlgorithms.size()> kFacts = {{
    {"HS256", SignatureScheme::hmac_sha256, KeyKind::octets},
    {"HS384", SignatureScheme::hmac_sha384, KeyKind::octets},
    {"HS512", SignatureScheme::hmac_sha512, KeyKind::octets},
    {"RS256", SignatureScheme::rsa_pkcs1_sha256, KeyKind::rsa},
    {"RS384", SignatureScheme::rsa_pkcs1_sha384, KeyKind::rsa},
    {"RS512", SignatureScheme::rsa_pkcs1_sha512, KeyKind::rsa},
    {"PS256", SignatureScheme::rsa_pss_sha256, KeyKind::rsa},
    {"PS384", SignatureScheme::rsa_pss_sha384, KeyKind::rsa},
    {"PS512", SignatureScheme::rsa_pss_sha512, KeyKind::rsa},
    {"ES256", SignatureScheme::ecdsa_p256_sha256, KeyKind::p256},
    {"ES384", SignatureScheme::ecdsa_p384_sha384, KeyKind::p384},
    {"ES512", SignatureScheme::ecdsa_p521_sha512, KeyKind::p521},
    {"ES256K", SignatureScheme::ecdsa_secp256k1_sha256, KeyKind::secp256k1},
    {"EdDSA", SignatureScheme::ed25519, KeyKind::ed25519},
}};

const Facts& facts_of(Algorithm algorithm) { return kFacts[static_cast<std::size_t>(algorithm)]; }

}  // namespace

std::string_view to_text(Algorithm algorithm) { return facts_of(algorithm).name; }

std::optional<Algorithm> parse_algorithm(std::string_view text) {
    for (const Algorithm algorithm : kAlgorithms) {
        if (to_text(algorithm) == text) return algorithm;
    }
    if (text == kEd25519) return Algorithm::eddsa;
    return std::nullopt;
}

SignatureScheme scheme_of(Algorithm algorithm) { return facts_of(algorithm).scheme; }
KeyKind kind_of(Algorithm algorithm) { return facts_of(algorithm).kind; }

Algorithm default_algorithm(KeyKind kind) {
    for (const Algorithm algorithm : kAlgorithms) {
        if (kind_of(algorithm) == kind) return algorithm;
    }
    return Algorithm::rs256;
}

std::string AlgorithmSet::text() const {
    std::string names;
    for (const Algorithm algorithm : kAlgorithms) {
        if (!contains(algorithm)) continue;
        if (!names.empty()) names += ' ';
        names += to_text(algorithm);
    }
    return names;
}

}  // namespace gw::auth
