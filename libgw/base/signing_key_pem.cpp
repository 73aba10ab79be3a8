#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "libgw/base/crypto.h"
#include "libgw/base/signing_key_openssl.h"

namespace gw {
namespace {

using openssl::Owned;

Error malformed(std::string message, std::string hint = {}) {
    ERR_clear_error();
    return Error{Errc::parse, std::move(message), std::move(hint), {}};
}

Error unusable(std::string_view what) { return Error{Errc::usage, std::string(what), {}, {}}; }

/// Empty when the key has no such number.
std::string number(const EVP_PKEY* key, const char* name, std::size_t size = 0) {
    BIGNUM* read = nullptr;
    if (EVP_PKEY_get_bn_param(key, name, &read) != 1) {
        ERR_clear_error();
        return {};
    }
    const Owned<BIGNUM> owned(read);
    const std::size_t needed = std::max<std::size_t>(size, static_cast<std::size_t>(BN_num_bytes(read)));
    std::string bytes(needed, '\0');
    if (BN_bn2binpad(read, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(needed)) < 0) return {};
    return bytes;
}

KeyParts parts_of(const EVP_PKEY* key, KeyKind kind, bool with_private) {
    KeyParts parts;
    parts.kind = kind;
    if (kind == KeyKind::rsa) {
        parts.n = number(key, OSSL_PKEY_PARAM_RSA_N);
        parts.e = number(key, OSSL_PKEY_PARAM_RSA_E);
        if (with_private) {
            parts.secret = number(key, OSSL_PKEY_PARAM_RSA_D);
            parts.p = number(key, OSSL_PKEY_PARAM_RSA_FACTOR1);
            parts.q = number(key, OSSL_PKEY_PARAM_RSA_FACTOR2);
            parts.dp = number(key, OSSL_PKEY_PARAM_RSA_EXPONENT1);
            parts.dq = number(key, OSSL_PKEY_PARAM_RSA_EXPONENT2);
            parts.qi = number(key, OSSL_PKEY_PARAM_RSA_COEFFICIENT1);
        }
    } else if (kind == KeyKind::ed25519) {
        std::size_t size = 32;
        parts.x.assign(size, '\0');
        if (EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(parts.x.data()), &size) != 1) {
            parts.x.clear();
        }
        if (with_private) {
            parts.secret.assign(size, '\0');
            if (EVP_PKEY_get_raw_private_key(key, reinterpret_cast<unsigned char*>(parts.secret.data()), &size) != 1) {
                parts.secret.clear();
            }
        }
    } else {
        const std::size_t size = openssl::field_size(kind);
        parts.x = number(key, OSSL_PKEY_PARAM_EC_PUB_X, size);
        parts.y = number(key, OSSL_PKEY_PARAM_EC_PUB_Y, size);
        if (with_private) parts.secret = number(key, OSSL_PKEY_PARAM_PRIV_KEY, size);
    }
    ERR_clear_error();
    return parts;
}

Result<KeyKind> kind_of(const EVP_PKEY* key) {
    if (EVP_PKEY_is_a(key, "RSA")) return KeyKind::rsa;
    if (EVP_PKEY_is_a(key, "ED25519")) return KeyKind::ed25519;
    if (EVP_PKEY_is_a(key, "EC")) {
        int is_explicit = 0;
        EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit);
        std::array<char, 64> name{};
        std::size_t size = 0;
        // CVE-2020-0601: whoever brings his own curve brings his own generator
        if (is_explicit == 0 && EVP_PKEY_get_group_name(key, name.data(), name.size(), &size) == 1) {
            for (const KeyKind kind : {KeyKind::p256, KeyKind::p384, KeyKind::p521, KeyKind::secp256k1}) {
                if (std::string_view(name.data(), size) == openssl::group_of(kind)) return kind;
            }
        }
        return malformed("key is on a curve that is not P-256, P-384, P-521 or secp256k1");
    }
    const char* const type = EVP_PKEY_get0_type_name(key);
    return malformed(fmt::format("key is of a kind that is not used here ({})", type != nullptr ? type : "unknown"),
                     "RSA, EC and Ed25519 keys are");
}

int no_password(char*, int, int, void*) { return -1; }

Owned<BIO> reader(std::string_view text) {
    return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// One PEM block, from its BEGIN line to its END line.
struct Block {
    std::string_view label;
    std::string_view text;
};

/// The first block that can hold a key.
std::optional<Block> find_block(std::string_view text) {
    constexpr std::string_view kBegin = "-----BEGIN ";
    constexpr std::string_view kDashes = "-----";
    while (true) {
        const auto begin = text.find(kBegin);
        if (begin == text.npos) return std::nullopt;
        text.remove_prefix(begin);
        const auto label_end = text.find(kDashes, kBegin.size());
        if (label_end == text.npos) return std::nullopt;
        const std::string_view label = text.substr(kBegin.size(), label_end - kBegin.size());
        const std::string end = fmt::format("-----END {}-----", label);
        const auto last = text.find(end, label_end);
        if (last == text.npos) return std::nullopt;
        const std::size_t size = last + end.size();
        if (label.ends_with("KEY") || label == "CERTIFICATE") return Block{label, text.substr(0, size)};
        text.remove_prefix(size);
    }
}

Owned<EVP_PKEY> decode(const Block& block) {
    const Owned<BIO> bio = reader(block.text);
    if (!bio) return nullptr;
    if (block.label == "CERTIFICATE") {
        const Owned<X509> certificate(PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr));
        return Owned<EVP_PKEY>(certificate ? X509_get_pubkey(certificate.get()) : nullptr);
    }
    struct FreeDecoder {
        void operator()(OSSL_DECODER_CTX* context) const { OSSL_DECODER_CTX_free(context); }
    };
    EVP_PKEY* key = nullptr;
    const int selection = block.label.find("PUBLIC") != std::string_view::npos ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR;
    const std::unique_ptr<OSSL_DECODER_CTX, FreeDecoder> context(
        OSSL_DECODER_CTX_new_for_pkey(&key, "PEM", nullptr, nullptr, selection, nullptr, nullptr));
    if (!context || OSSL_DECODER_CTX_set_pem_password_cb(context.get(), no_password, nullptr) != 1 ||
        OSSL_DECODER_from_bio(context.get(), bio.get()) != 1) {
        EVP_PKEY_free(key);
        return nullptr;
    }
    return Owned<EVP_PKEY>(key);
}

/// What `write` puts into a bio of memory, which is overwritten afterwards.
template <class Write>
Result<std::string> written(Write&& write) {
    const Owned<BIO> bio(BIO_new(BIO_s_secmem()));
    if (!bio || write(bio.get()) != 1) {
        ERR_clear_error();
        return Error{Errc::internal, "key could not be written as PEM", {}, {}};
    }
    const char* bytes = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &bytes);
    return std::string(bytes, static_cast<std::size_t>(size));
}

}  // namespace

Result<SigningKey> SigningKey::from_pem(std::string_view text) {
    if (text.size() > kMaxPem) return Error{Errc::limit, "PEM text is larger than 64 KiB", {}, {}};
    const auto block = find_block(text);
    if (!block) return malformed("PEM text holds no key", "it begins with -----BEGIN PUBLIC KEY----- or the like");
    if (block->label.starts_with("ENCRYPTED") || block->text.find("ENCRYPTED") != std::string_view::npos) {
        return malformed("PEM key is encrypted", "decrypt it first: openssl pkey -in FILE -out KEY.pem");
    }
    const Owned<EVP_PKEY> key = decode(*block);
    if (!key) return malformed(fmt::format("PEM {} cannot be read", block->label));
    const KeyKind kind = TRY(kind_of(key.get()));
    const bool is_private = block->label.find("PRIVATE") != std::string_view::npos;
    // made anew from its numbers, so that every way in has the same checks
    return make(parts_of(key.get(), kind, is_private));
}

Result<SigningKey> SigningKey::generate(KeyKind kind, unsigned bits) {
    if (kind == KeyKind::octets) {
        KeyParts parts;
        parts.secret.assign(bits == 0 ? kMinOctets : (bits + 7) / 8, '\0');
        if (parts.secret.size() > kMaxOctets) return unusable("shared secret longer than 1024 bytes");
        TRY(random_bytes({reinterpret_cast<std::uint8_t*>(parts.secret.data()), parts.secret.size()}));
        return make(parts);
    }
    Owned<EVP_PKEY> key;
    if (kind == KeyKind::rsa) {
        if (bits == 0) bits = kMinRsaBits;
        if (bits < kMinRsaBits || bits > kMaxRsaBits) {
            return unusable(fmt::format("RSA key of {} bits: 2048 to 8192 are made", bits));
        }
        key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(bits)));
    } else if (kind == KeyKind::ed25519) {
        key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    } else {
        key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", openssl::group_of(kind)));
    }
    if (!key) {
        ERR_clear_error();
        return Error{Errc::internal, fmt::format("{} key could not be made", to_text(kind)), {}, {}};
    }
    return make(parts_of(key.get(), kind, true));
}

KeyParts SigningKey::public_parts() const {
    if (kind() == KeyKind::octets) return {};
    return parts_of(state_->key.get(), kind(), false);
}

Result<KeyParts> SigningKey::private_parts() const {
    if (!has_private()) return unusable("public key has no private numbers");
    if (kind() != KeyKind::octets) return parts_of(state_->key.get(), kind(), true);
    KeyParts parts;
    parts.secret = state_->octets.expose();
    return parts;
}

Result<std::string> SigningKey::public_pem() const {
    if (kind() == KeyKind::octets) return unusable("shared secret has no public key");
    return written([&](BIO* bio) { return PEM_write_bio_PUBKEY(bio, state_->key.get()); });
}

Result<std::string> SigningKey::private_pem() const {
    if (kind() == KeyKind::octets) return unusable("shared secret is not written as PEM");
    if (!has_private()) return unusable("public key has no private numbers");
    return written([&](BIO* bio) {
        return PEM_write_bio_PKCS8PrivateKey(bio, state_->key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
}

}  // namespace gw
