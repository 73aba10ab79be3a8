#include "libgw/base/signing_key.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/err.h>

#include "libgw/base/crypto.h"
#include "libgw/base/encoding.h"
#include "libgw/base/signing_key_openssl.h"

namespace gw {

namespace openssl {

const char* group_of(KeyKind kind) {
    switch (kind) {
        case KeyKind::p256: return "prime256v1";
        case KeyKind::p384: return "secp384r1";
        case KeyKind::p521: return "secp521r1";
        case KeyKind::secp256k1: return "secp256k1";
        default: return nullptr;
    }
}

std::size_t field_size(KeyKind kind) {
    switch (kind) {
        case KeyKind::p256:
        case KeyKind::secp256k1:
        case KeyKind::ed25519: return 32;
        case KeyKind::p384: return 48;
        case KeyKind::p521: return 66;
        default: return 0;
    }
}

}  // namespace openssl

namespace {

using openssl::Owned;

void overwrite(std::string& text) {
    text.resize(text.capacity());
    cleanse({text.data(), text.size()});
    text.clear();
}

Error malformed(std::string message, std::string hint = {}) {
    ERR_clear_error();
    return Error{Errc::parse, std::move(message), std::move(hint), {}};
}
Error weak(std::string message, std::string hint = {}) {
    return Error{Errc::config, std::move(message), std::move(hint), {}};
}

std::string_view without_leading_zeros(std::string_view number) {
    const auto first = number.find_first_not_of('\0');
    return first == number.npos ? std::string_view() : number.substr(first);
}

/// Of a number without leading zeros.
unsigned bits_of(std::string_view number) {
    if (number.empty()) return 0;
    unsigned bits = static_cast<unsigned>(number.size() - 1) * 8;
    for (auto top = static_cast<unsigned char>(number[0]); top != 0; top = static_cast<unsigned char>(top >> 1U))
        ++bits;
    return bits;
}

unsigned remainder(std::string_view number, unsigned divisor) {
    unsigned rest = 0;
    for (const char c : number) rest = (rest * 256 + static_cast<unsigned char>(c)) % divisor;
    return rest;
}

/// Infineon's generator made primes k·M + 65537^a mod M, so its moduli lie in the group that 65537 generates modulo
/// each of these primes (Nemec et al., "The Return of Coppersmith's Attack", 2017). One honest key in 2²⁷ does too.
bool has_roca_fingerprint(std::string_view modulus) {
    constexpr unsigned kPrimes[] = {11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157};
    return std::all_of(std::begin(kPrimes), std::end(kPrimes), [&](unsigned prime) {
        const unsigned wanted = remainder(modulus, prime);
        unsigned power = 1;
        do {
            if (power == wanted) return true;
            power = power * (65537 % prime) % prime;
        } while (power != 1);
        return false;
    });
}

/// Builds the parameters of EVP_PKEY_fromdata; the numbers live as long as the builder.
class Parameters {
  public:
    void number(const char* name, std::string_view bytes) {
        Owned<BIGNUM> number(BN_secure_new());
        good_ = good_ && number &&
                BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()),
                          number.get()) != nullptr &&
                OSSL_PARAM_BLD_push_BN(builder_.get(), name, number.get()) == 1;
        numbers_.push_back(std::move(number));
    }
    void text(const char* name, const char* value) {
        good_ = good_ && OSSL_PARAM_BLD_push_utf8_string(builder_.get(), name, value, 0) == 1;
    }
    /// Requires: `value` outlives build().
    void octets(const char* name, const std::string& value) {
        good_ = good_ && OSSL_PARAM_BLD_push_octet_string(builder_.get(), name, value.data(), value.size()) == 1;
    }
    Owned<EVP_PKEY> build(const char* type, bool is_private) {
        if (!good_) return nullptr;
        const Owned<OSSL_PARAM> parameters(OSSL_PARAM_BLD_to_param(builder_.get()));
        const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
        EVP_PKEY* made = nullptr;
        if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
            EVP_PKEY_fromdata(context.get(), &made, is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                              parameters.get()) != 1) {
            return nullptr;
        }
        return Owned<EVP_PKEY>(made);
    }

  private:
    Owned<OSSL_PARAM_BLD> builder_{OSSL_PARAM_BLD_new()};
    std::vector<Owned<BIGNUM>> numbers_;
    bool good_ = builder_ != nullptr;
};

Result<Owned<EVP_PKEY>> make_rsa(const KeyParts& parts, unsigned& bits) {
    const std::string_view n = without_leading_zeros(parts.n);
    const std::string_view e = without_leading_zeros(parts.e);
    bits = bits_of(n);
    if (bits < SigningKey::kMinRsaBits) {
        return weak(fmt::format("RSA key of {} bits is too weak", bits), "use 2048 bits or more");
    }
    if (bits > SigningKey::kMaxRsaBits) return weak(fmt::format("RSA key of {} bits is larger than 8192", bits));
    if (static_cast<unsigned char>(n.back()) % 2 == 0) return malformed("RSA modulus is even");
    const unsigned exponent_bits = bits_of(e);
    if (exponent_bits < 2 || exponent_bits > 32 || static_cast<unsigned char>(e.back()) % 2 == 0) {
        return weak("RSA exponent is not an odd number between 3 and 4294967295", "65537 is what everybody uses");
    }
    if (has_roca_fingerprint(n)) {
        return weak("RSA modulus has the fingerprint of a broken generator (ROCA, CVE-2017-15361)",
                    "make a new key with other software");
    }
    Parameters parameters;
    parameters.number(OSSL_PKEY_PARAM_RSA_N, n);
    parameters.number(OSSL_PKEY_PARAM_RSA_E, e);
    const bool is_private = !parts.secret.empty();
    if (is_private) {
        const std::pair<const char*, const std::string*> secrets[] = {
            {OSSL_PKEY_PARAM_RSA_D, &parts.secret},     {OSSL_PKEY_PARAM_RSA_FACTOR1, &parts.p},
            {OSSL_PKEY_PARAM_RSA_FACTOR2, &parts.q},    {OSSL_PKEY_PARAM_RSA_EXPONENT1, &parts.dp},
            {OSSL_PKEY_PARAM_RSA_EXPONENT2, &parts.dq}, {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, &parts.qi}};
        for (const auto& [name, number] : secrets) {
            if (number->empty()) return malformed("RSA private key lacks one of d, p, q, dp, dq, qi");
            if (number->size() > parts.n.size()) return malformed("RSA private number is larger than the modulus");
            parameters.number(name, *number);
        }
    }
    auto key = parameters.build("RSA", is_private);
    if (!key) return malformed("RSA numbers are not a key");
    return key;
}

Result<Owned<EVP_PKEY>> make_ec(const KeyParts& parts, std::string& order) {
    const std::size_t size = openssl::field_size(parts.kind);
    if (parts.x.size() != size || parts.y.size() != size) {
        return malformed(fmt::format("{} coordinates are not {} bytes each", to_text(parts.kind), size));
    }
    const bool is_private = !parts.secret.empty();
    if (is_private && parts.secret.size() != size) {
        return malformed(fmt::format("{} private number is not {} bytes", to_text(parts.kind), size));
    }
    const std::string point = "\x04" + parts.x + parts.y;  // SEC 1 §2.3.3, not compressed
    Parameters parameters;
    parameters.text(OSSL_PKEY_PARAM_GROUP_NAME, openssl::group_of(parts.kind));
    parameters.octets(OSSL_PKEY_PARAM_PUB_KEY, point);
    if (is_private) parameters.number(OSSL_PKEY_PARAM_PRIV_KEY, parts.secret);
    auto key = parameters.build("EC", is_private);
    if (!key) return malformed(fmt::format("point is not on the curve {}", to_text(parts.kind)));
    const Owned<EVP_PKEY_CTX> check(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
    if (!check || EVP_PKEY_public_check(check.get()) != 1) {
        return malformed(fmt::format("point is not on the curve {}", to_text(parts.kind)));
    }
    BIGNUM* read = nullptr;
    const bool has_order = EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_EC_ORDER, &read) == 1;
    const Owned<BIGNUM> number(read);
    order.assign(size, '\0');
    if (!has_order || BN_bn2binpad(number.get(), reinterpret_cast<unsigned char*>(order.data()),
                                   static_cast<int>(size)) != static_cast<int>(size)) {
        return malformed("curve has no order");
    }
    return key;
}

/// Whether a point has an order that divides the cofactor: a signature that fits every message is then easy to write.
/// All encodings of the eight points, the sign of x aside (RFC 8032 §5.1.3; p is 2²⁵⁵ - 19).
bool has_small_order(std::string_view point) {
    using namespace std::string_view_literals;
    static constexpr std::array<std::string_view, 7> kPoints = {
        "0000000000000000000000000000000000000000000000000000000000000000"sv,   // of order 4
        "0100000000000000000000000000000000000000000000000000000000000000"sv,   // of order 1
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"sv,   // of order 8
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"sv,   // of order 8
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"sv,   // p - 1, of order 2
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"sv,   // p, which is 0
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"sv};  // p + 1, which is 1
    std::string unsigned_point(point);
    unsigned_point.back() = static_cast<char>(unsigned_point.back() & 0x7f);
    return std::find(kPoints.begin(), kPoints.end(), to_hex(unsigned_point)) != kPoints.end();
}

Result<Owned<EVP_PKEY>> make_ed25519(const KeyParts& parts) {
    const std::size_t size = openssl::field_size(KeyKind::ed25519);
    if (parts.x.size() != size) return malformed("Ed25519 public key is not 32 bytes");
    if (has_small_order(parts.x)) return weak("Ed25519 public key is a point of small order");
    const auto* const x = reinterpret_cast<const unsigned char*>(parts.x.data());
    if (parts.secret.empty()) {
        Owned<EVP_PKEY> key(EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, x, size));
        if (!key) return malformed("Ed25519 public key is none");
        return key;
    }
    if (parts.secret.size() != size) return malformed("Ed25519 private key is not 32 bytes");
    Owned<EVP_PKEY> key(EVP_PKEY_new_raw_private_key_ex(
        nullptr, "ED25519", nullptr, reinterpret_cast<const unsigned char*>(parts.secret.data()), size));
    std::string derived(size, '\0');
    std::size_t derived_size = size;
    if (!key ||
        EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(derived.data()), &derived_size) != 1 ||
        derived != parts.x) {
        return malformed("Ed25519 private key does not fit its public key");
    }
    return key;
}

SignatureScheme any_scheme_of(KeyKind kind) {
    switch (kind) {
        case KeyKind::octets: return SignatureScheme::hmac_sha256;
        case KeyKind::rsa: return SignatureScheme::rsa_pkcs1_sha256;
        case KeyKind::p256: return SignatureScheme::ecdsa_p256_sha256;
        case KeyKind::p384: return SignatureScheme::ecdsa_p384_sha384;
        case KeyKind::p521: return SignatureScheme::ecdsa_p521_sha512;
        case KeyKind::secp256k1: return SignatureScheme::ecdsa_secp256k1_sha256;
        case KeyKind::ed25519: break;
    }
    return SignatureScheme::ed25519;
}

}  // namespace

KeyParts::~KeyParts() {
    for (std::string* part : {&secret, &p, &q, &dp, &dq, &qi}) overwrite(*part);
}

std::string_view to_text(KeyKind kind) {
    switch (kind) {
        case KeyKind::octets: return "octets";
        case KeyKind::rsa: return "RSA";
        case KeyKind::p256: return "P-256";
        case KeyKind::p384: return "P-384";
        case KeyKind::p521: return "P-521";
        case KeyKind::secp256k1: return "secp256k1";
        case KeyKind::ed25519: break;
    }
    return "Ed25519";
}

SigningKey::SigningKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}

Result<SigningKey> SigningKey::make(const KeyParts& parts) {
    auto state = std::make_shared<State>();
    state->kind = parts.kind;
    state->has_private = !parts.secret.empty();
    switch (parts.kind) {
        case KeyKind::octets:
            if (parts.secret.size() < kMinOctets) {
                return weak(fmt::format("shared secret of {} bytes is too short", parts.secret.size()),
                            "use as many bytes as the hash has: 32, 48 or 64");
            }
            if (parts.secret.size() > kMaxOctets) return weak("shared secret is longer than 1024 bytes");
            state->octets = Secret(std::string(parts.secret));
            state->bits = static_cast<unsigned>(parts.secret.size()) * 8;
            break;
        case KeyKind::rsa: state->key = TRY(make_rsa(parts, state->bits)); break;
        case KeyKind::ed25519:
            state->key = TRY(make_ed25519(parts));
            state->bits = 256;
            break;
        default:
            state->key = TRY(make_ec(parts, state->order));
            state->bits = parts.kind == KeyKind::p521 ? 521 : static_cast<unsigned>(parts.x.size()) * 8;
    }
    SigningKey key(std::move(state));
    if (key.has_private()) {
        // what it signs it must verify: private and public numbers belong together
        const SignatureScheme scheme = any_scheme_of(key.kind());
        const auto signature = key.sign(scheme, "a key that fits");
        if (!signature || !key.verify(scheme, "a key that fits", *signature)) {
            return malformed(fmt::format("{} private key does not fit its public key", to_text(parts.kind)));
        }
    }
    return key;
}

KeyKind SigningKey::kind() const { return state_->kind; }
unsigned SigningKey::bits() const { return state_->bits; }
bool SigningKey::has_private() const { return state_->has_private; }

}  // namespace gw
