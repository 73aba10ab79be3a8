#include "apps/gw-token/reference.h"

#include <array>
#include <string>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace gw::token {
namespace {

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(BIO* bio) const { BIO_free(bio); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

const EVP_MD* hash_of(std::string_view algorithm) {
    if (algorithm.find("256") != algorithm.npos) return EVP_sha256();
    return algorithm.find("384") != algorithm.npos ? EVP_sha384() : EVP_sha512();
}

}  // namespace

struct Reference::State {
    Owned<EVP_PKEY> key;
    Owned<EVP_PKEY_CTX> signer;
    Owned<EVP_PKEY_CTX> verifier;
    Owned<EVP_MD_CTX> message_signer;  ///< Ed25519, which hashes for itself
    Owned<EVP_MD_CTX> message_verifier;
    std::array<unsigned char, 64> digest{};
    std::size_t digest_size = 0;
    std::array<unsigned char, 1024> signature{};
    std::size_t signature_size = 0;
};

Reference::Reference(std::unique_ptr<State> state) : state_(std::move(state)) {}
Reference::~Reference() = default;
Reference::Reference(Reference&&) noexcept = default;
Reference& Reference::operator=(Reference&&) noexcept = default;

Result<Reference> Reference::make(std::string_view private_pem, auth::Algorithm algorithm) {
    if (auth::is_symmetric(algorithm)) return Error{Errc::usage, "there is nothing to compare with", {}, {}};
    const Error failed{Errc::internal, "OpenSSL does not take the key", {}, {}};
    auto state = std::make_unique<State>();
    const Owned<BIO> bio(BIO_new_mem_buf(private_pem.data(), static_cast<int>(private_pem.size())));
    state->key.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
    if (!state->key) return failed;
    state->digest.fill('d');
    const std::string_view name = to_text(algorithm);
    if (algorithm == auth::Algorithm::eddsa) {
        state->digest_size = 20;
        state->message_signer.reset(EVP_MD_CTX_new());
        state->message_verifier.reset(EVP_MD_CTX_new());
        if (EVP_DigestSignInit(state->message_signer.get(), nullptr, nullptr, nullptr, state->key.get()) != 1 ||
            EVP_DigestVerifyInit(state->message_verifier.get(), nullptr, nullptr, nullptr, state->key.get()) != 1)
            return failed;
    } else {
        const EVP_MD* const hash = hash_of(name);
        state->digest_size = static_cast<std::size_t>(EVP_MD_get_size(hash));
        state->signer.reset(EVP_PKEY_CTX_new(state->key.get(), nullptr));
        state->verifier.reset(EVP_PKEY_CTX_new(state->key.get(), nullptr));
        if (EVP_PKEY_sign_init(state->signer.get()) != 1 || EVP_PKEY_verify_init(state->verifier.get()) != 1)
            return failed;
        for (EVP_PKEY_CTX* const context : {state->signer.get(), state->verifier.get()}) {
            if (name[0] == 'E') continue;
            const int padding = name[0] == 'P' ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;
            if (EVP_PKEY_CTX_set_rsa_padding(context, padding) != 1 ||
                EVP_PKEY_CTX_set_signature_md(context, hash) != 1)
                return failed;
        }
    }
    Reference made(std::move(state));
    if (!made.sign() || !made.verify()) return failed;
    return made;
}

bool Reference::sign() {
    State& state = *state_;
    state.signature_size = state.signature.size();
    if (state.message_signer)
        return EVP_DigestSign(state.message_signer.get(), state.signature.data(), &state.signature_size,
                              state.digest.data(), state.digest_size) == 1;
    return EVP_PKEY_sign(state.signer.get(), state.signature.data(), &state.signature_size, state.digest.data(),
                         state.digest_size) == 1;
}

bool Reference::verify() {
    State& state = *state_;
    if (state.message_verifier)
        return EVP_DigestVerify(state.message_verifier.get(), state.signature.data(), state.signature_size,
                                state.digest.data(), state.digest_size) == 1;
    return EVP_PKEY_verify(state.verifier.get(), state.signature.data(), state.signature_size, state.digest.data(),
                           state.digest_size) == 1;
}

}  // namespace gw::token
