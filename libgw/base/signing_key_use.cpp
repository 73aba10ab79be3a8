#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include "libgw/base/crypto.h"
#include "libgw/base/signing_key_openssl.h"

namespace gw {
namespace {

using openssl::Operation;
using openssl::Owned;

struct SchemeFacts {
    KeyKind kind;
    const char* hash;
    std::size_t hash_size;
    std::size_t slot;  ///< among the schemes of its kind
    bool pss = false;
};

constexpr SchemeFacts kFacts[] = {
    {KeyKind::octets, "SHA256", 32, 0},    {KeyKind::octets, "SHA384", 48, 1},    {KeyKind::octets, "SHA512", 64, 2},
    {KeyKind::rsa, "SHA256", 32, 0},       {KeyKind::rsa, "SHA384", 48, 1},       {KeyKind::rsa, "SHA512", 64, 2},
    {KeyKind::rsa, "SHA256", 32, 3, true}, {KeyKind::rsa, "SHA384", 48, 4, true}, {KeyKind::rsa, "SHA512", 64, 5, true},
    {KeyKind::p256, "SHA256", 32, 0},      {KeyKind::p384, "SHA384", 48, 0},      {KeyKind::p521, "SHA512", 64, 0},
    {KeyKind::secp256k1, "SHA256", 32, 0}, {KeyKind::ed25519, nullptr, 0, 0},
};

const SchemeFacts& facts_of(SignatureScheme scheme) { return kFacts[static_cast<std::size_t>(scheme)]; }

/// Fetched once: OpenSSL 3 takes locks and searches its providers for every fetch.
const EVP_MD* hash_of(const SchemeFacts& facts) {
    static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    static const EVP_MD* const sha384 = EVP_MD_fetch(nullptr, "SHA384", nullptr);
    static const EVP_MD* const sha512 = EVP_MD_fetch(nullptr, "SHA512", nullptr);
    return facts.hash_size == 32 ? sha256 : facts.hash_size == 48 ? sha384 : sha512;
}

const unsigned char* bytes_of(std::string_view text) {
    static constexpr unsigned char kNothing = 0;
    return text.empty() ? &kNothing : reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

bool prepare_mac(Operation& operation, const SchemeFacts& facts, std::string_view key) {
    static EVP_MAC* const method = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    char name[8] = {};
    std::strncpy(name, facts.hash, sizeof name - 1);
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                     OSSL_PARAM_construct_end()};
    if (method != nullptr) operation.mac.reset(EVP_MAC_CTX_new(method));
    return operation.mac && EVP_MAC_init(operation.mac.get(), bytes_of(key), key.size(), parameters) == 1;
}

bool prepare_key(Operation& operation, const SchemeFacts& facts, EVP_PKEY* key, bool signing) {
    operation.digest.reset(EVP_MD_CTX_new());
    if (!operation.digest) return false;
    EVP_MD_CTX* const digest = operation.digest.get();
    if (facts.kind == KeyKind::ed25519) {
        return signing ? EVP_DigestSignInit_ex(digest, nullptr, nullptr, nullptr, nullptr, key, nullptr) == 1
                       : EVP_DigestVerifyInit_ex(digest, nullptr, nullptr, nullptr, nullptr, key, nullptr) == 1;
    }
    operation.key.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
    EVP_PKEY_CTX* const context = operation.key.get();
    if (context == nullptr) return false;
    if ((signing ? EVP_PKEY_sign_init(context) : EVP_PKEY_verify_init(context)) != 1) return false;
    if (facts.kind == KeyKind::rsa &&
        EVP_PKEY_CTX_set_rsa_padding(context, facts.pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) != 1) {
        return false;
    }
    if (EVP_PKEY_CTX_set_signature_md(context, hash_of(facts)) != 1) return false;
    // RFC 7518 §3.5: MGF1 with the same hash, salt as long as the hash
    return !facts.pss || (EVP_PKEY_CTX_set_rsa_mgf1_md(context, hash_of(facts)) == 1 &&
                          EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1);
}

bool hash_message(Operation& operation, const SchemeFacts& facts, std::string_view message, unsigned char* into) {
    EVP_MD_CTX* const context = operation.digest.get();
    unsigned size = 0;
    return EVP_DigestInit_ex2(context, hash_of(facts), nullptr) == 1 &&
           EVP_DigestUpdate(context, bytes_of(message), message.size()) == 1 &&
           EVP_DigestFinal_ex(context, into, &size) == 1 && size == facts.hash_size;
}

bool compute_mac(Operation& operation, const SchemeFacts& facts, std::string_view message, unsigned char* into) {
    EVP_MAC_CTX* const context = operation.mac.get();
    std::size_t size = 0;
    return EVP_MAC_init(context, nullptr, 0, nullptr) == 1 &&
           EVP_MAC_update(context, bytes_of(message), message.size()) == 1 &&
           EVP_MAC_final(context, into, &size, facts.hash_size) == 1 && size == facts.hash_size;
}

/// Writes one INTEGER of DER; returns where it ends.
unsigned char* write_integer(unsigned char* to, std::string_view number) {
    number.remove_prefix(std::min(number.find_first_not_of('\0'), number.size() - 1));
    const bool sign_byte = (static_cast<unsigned char>(number[0]) & 0x80U) != 0;
    *to++ = 0x02;
    *to++ = static_cast<unsigned char>(number.size() + (sign_byte ? 1 : 0));
    if (sign_byte) *to++ = 0;
    std::memcpy(to, number.data(), number.size());
    return to + number.size();
}

constexpr std::size_t kMaxDer = 3 + 2 * (2 + 1 + 66);

/// r and s as the SEQUENCE that OpenSSL wants. `into` has kMaxDer bytes.
std::size_t write_der(std::string_view r, std::string_view s, unsigned char* into) {
    unsigned char body[kMaxDer];
    const unsigned char* const end = write_integer(write_integer(body, r), s);
    const auto size = static_cast<std::size_t>(end - body);
    unsigned char* to = into;
    *to++ = 0x30;
    if (size >= 0x80) *to++ = 0x81;
    *to++ = static_cast<unsigned char>(size);
    std::memcpy(to, body, size);
    return static_cast<std::size_t>(to - into) + size;
}

/// 1 ≤ number < order, both of the same length.
bool is_in_range(std::string_view number, std::string_view order) {
    return number.find_first_not_of('\0') != number.npos && number < order;
}

bool verify_ecdsa(const Operation& operation, std::string_view order, std::string_view signature,
                  std::string_view digest) {
    const std::size_t half = order.size();
    if (signature.size() != 2 * half) return false;
    const std::string_view r = signature.substr(0, half);
    const std::string_view s = signature.substr(half);
    // CVE-2022-21449: zeros verify wherever nobody looks
    if (!is_in_range(r, order) || !is_in_range(s, order)) return false;
    unsigned char der[kMaxDer];
    const std::size_t size = write_der(r, s, der);
    return EVP_PKEY_verify(operation.key.get(), der, size, bytes_of(digest), digest.size()) == 1;
}

bool verify_ed25519(const Operation& operation, std::string_view message, std::string_view signature) {
    EVP_MD_CTX* const context = operation.digest.get();
    // starts again with the key that the context has
    return signature.size() == 64 && EVP_DigestVerifyInit(context, nullptr, nullptr, nullptr, nullptr) == 1 &&
           EVP_DigestVerify(context, bytes_of(signature), signature.size(), bytes_of(message), message.size()) == 1;
}

/// The signature of a digest or, for Ed25519, of a message; as OpenSSL writes it.
std::string sign_raw(const Operation& operation, bool is_ed25519, std::string_view input) {
    std::string signature(1024, '\0');
    std::size_t size = signature.size();
    const bool good =
        is_ed25519
            ? EVP_DigestSignInit(operation.digest.get(), nullptr, nullptr, nullptr, nullptr) == 1 &&
                  EVP_DigestSign(operation.digest.get(), bytes_of(signature), &size, bytes_of(input), input.size()) == 1
            : EVP_PKEY_sign(operation.key.get(), bytes_of(signature), &size, bytes_of(input), input.size()) == 1;
    signature.resize(good ? size : 0);
    return signature;
}

struct FreeSignature {
    void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
};

/// DER as r and s of `half` bytes each; empty when it is not.
std::string to_p1363(std::string_view der, std::size_t half) {
    const unsigned char* at = bytes_of(der);
    const std::unique_ptr<ECDSA_SIG, FreeSignature> read(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
    std::string out(2 * half, '\0');
    const int size = static_cast<int>(half);
    if (!read || BN_bn2binpad(ECDSA_SIG_get0_r(read.get()), bytes_of(out), size) != size ||
        BN_bn2binpad(ECDSA_SIG_get0_s(read.get()), bytes_of(out) + half, size) != size) {
        return {};
    }
    return out;
}

}  // namespace

bool SigningKey::takes(SignatureScheme scheme) const {
    const SchemeFacts& facts = facts_of(scheme);
    return facts.kind == state_->kind &&
           (facts.kind != KeyKind::octets || state_->octets.expose().size() >= facts.hash_size);
}

bool SigningKey::verify(SignatureScheme scheme, std::string_view message, std::string_view signature) const {
    if (!takes(scheme)) return false;
    const SchemeFacts& facts = facts_of(scheme);
    auto& pool = state_->verifying[facts.slot];
    auto operation = pool.take();
    if (!operation) {
        operation = std::make_unique<Operation>();
        const bool ready = facts.kind == KeyKind::octets ? prepare_mac(*operation, facts, state_->octets.expose())
                                                         : prepare_key(*operation, facts, state_->key.get(), false);
        if (!ready) {
            ERR_clear_error();
            return false;
        }
    }
    unsigned char computed[EVP_MAX_MD_SIZE];
    const std::string_view digest(reinterpret_cast<const char*>(computed), facts.hash_size);
    bool good = false;
    switch (facts.kind) {
        case KeyKind::octets:
            good = compute_mac(*operation, facts, message, computed) && constant_time_equal(digest, signature);
            cleanse({reinterpret_cast<char*>(computed), sizeof computed});
            break;
        case KeyKind::rsa:
            good = signature.size() == (state_->bits + 7) / 8 && hash_message(*operation, facts, message, computed) &&
                   EVP_PKEY_verify(operation->key.get(), bytes_of(signature), signature.size(), computed,
                                   facts.hash_size) == 1;
            break;
        case KeyKind::ed25519: good = verify_ed25519(*operation, message, signature); break;
        default:
            good = hash_message(*operation, facts, message, computed) &&
                   verify_ecdsa(*operation, state_->order, signature, digest);
    }
    if (!good) ERR_clear_error();
    pool.give_back(std::move(operation));
    return good;
}

Result<std::string> SigningKey::sign(SignatureScheme scheme, std::string_view message) const {
    if (!has_private()) return Error{Errc::usage, "public key cannot sign", "give the private key", {}};
    if (!takes(scheme)) {
        return Error{Errc::usage, fmt::format("{} key does not sign this way", to_text(kind())), {}, {}};
    }
    const SchemeFacts& facts = facts_of(scheme);
    auto& pool = state_->signing[facts.slot];
    auto operation = pool.take();
    if (!operation) operation = std::make_unique<Operation>();
    const bool is_new = !operation->mac && !operation->digest;
    std::string signature;
    if (facts.kind == KeyKind::octets) {
        signature.resize(facts.hash_size);
        if ((is_new && !prepare_mac(*operation, facts, state_->octets.expose())) ||
            !compute_mac(*operation, facts, message, bytes_of(signature))) {
            signature.clear();
        }
    } else if (!is_new || prepare_key(*operation, facts, state_->key.get(), true)) {
        unsigned char digest[EVP_MAX_MD_SIZE];
        const bool is_ed25519 = facts.kind == KeyKind::ed25519;
        if (is_ed25519 || hash_message(*operation, facts, message, digest)) {
            const std::string_view hashed(reinterpret_cast<const char*>(digest), facts.hash_size);
            signature = sign_raw(*operation, is_ed25519, is_ed25519 ? message : hashed);
            if (!state_->order.empty()) signature = to_p1363(signature, state_->order.size());
        }
    }
    if (signature.empty()) {
        ERR_clear_error();
        return Error{Errc::internal, "signature could not be made", {}, {}};
    }
    pool.give_back(std::move(operation));
    return signature;
}

}  // namespace gw
