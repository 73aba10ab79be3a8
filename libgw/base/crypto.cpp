#include "libgw/base/crypto.h"

#include <cstdlib>
#include <cstring>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "libgw/base/sha1.h"

namespace gw {

namespace {

struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, Free>;

void require(bool good) {
    if (!good) std::abort();
}

/// Fetched once: OpenSSL 3.0 takes locks and searches its providers for every fetch.
const EVP_MD* sha256_method() {
    static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    require(method != nullptr);
    return method;
}

MacContext make_mac_context(const char* hash) {
    static EVP_MAC* const method = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    require(method != nullptr);
    MacContext context(EVP_MAC_CTX_new(method));
    char name[8] = {};
    std::strncpy(name, hash, sizeof name - 1);
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                     OSSL_PARAM_construct_end()};
    require(context != nullptr && EVP_MAC_CTX_set_params(context.get(), parameters) == 1);
    return context;
}

const unsigned char* bytes_of(std::string_view text) {
    // an empty view may have no address, which OpenSSL takes for "not given"
    static constexpr unsigned char kNothing = 0;
    return text.empty() ? &kNothing : reinterpret_cast<const unsigned char*>(text.data());
}

template <std::size_t N>
void compute_mac(EVP_MAC_CTX* context, std::string_view key, std::string_view bytes,
                 std::array<std::uint8_t, N>& into) {
    std::size_t size = 0;
    require(EVP_MAC_init(context, bytes_of(key), key.size(), nullptr) == 1 &&
            EVP_MAC_update(context, bytes_of(bytes), bytes.size()) == 1 &&
            EVP_MAC_final(context, into.data(), &size, into.size()) == 1 && size == into.size());
}

}  // namespace

struct Sha256::State {
    DigestContext context{EVP_MD_CTX_new()};
    State() { start(); }
    void start() const {
        require(context != nullptr && EVP_DigestInit_ex2(context.get(), sha256_method(), nullptr) == 1);
    }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) {
    require(EVP_DigestUpdate(state_->context.get(), bytes_of(bytes), bytes.size()) == 1);
}

Digest Sha256::finish() {
    Digest digest;
    unsigned size = 0;
    require(EVP_DigestFinal_ex(state_->context.get(), digest.bytes.data(), &size) == 1 && size == digest.bytes.size());
    state_->start();
    return digest;
}

Digest sha256(std::string_view bytes) {
    thread_local Sha256 hash;
    hash.update(bytes);
    return hash.finish();
}

std::array<std::uint8_t, 20> sha1(std::string_view bytes) {
    static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA1", nullptr);
    require(method != nullptr);
    std::array<std::uint8_t, 20> digest{};
    unsigned size = 0;
    require(EVP_Digest(bytes_of(bytes), bytes.size(), digest.data(), &size, method, nullptr) == 1 &&
            size == digest.size());
    return digest;
}

Digest hmac_sha256(std::string_view key, std::string_view bytes) {
    thread_local const MacContext context = make_mac_context("SHA256");
    Digest digest;
    compute_mac(context.get(), key, bytes, digest.bytes);
    return digest;
}

std::array<std::uint8_t, 48> hmac_sha384(std::string_view key, std::string_view bytes) {
    thread_local const MacContext context = make_mac_context("SHA384");
    std::array<std::uint8_t, 48> code{};
    compute_mac(context.get(), key, bytes, code);
    return code;
}

std::array<std::uint8_t, 64> hmac_sha512(std::string_view key, std::string_view bytes) {
    thread_local const MacContext context = make_mac_context("SHA512");
    std::array<std::uint8_t, 64> code{};
    compute_mac(context.get(), key, bytes, code);
    return code;
}

bool constant_time_equal(std::string_view left, std::string_view right) {
    return left.size() == right.size() && CRYPTO_memcmp(bytes_of(left), bytes_of(right), left.size()) == 0;
}

Result<void> random_bytes(std::span<std::uint8_t> bytes) {
    constexpr std::size_t kMost = 1U << 20U;
    while (!bytes.empty()) {
        const std::size_t part = std::min(bytes.size(), kMost);
        if (RAND_bytes(bytes.data(), static_cast<int>(part)) != 1) {
            ERR_clear_error();
            return Error{Errc::internal, "random bytes: the system has none to give", {}, {}};
        }
        bytes = bytes.subspan(part);
    }
    return ok();
}

Result<std::uint64_t> random_seed() {
    std::array<std::uint8_t, 8> bytes{};
    TRY(random_bytes(bytes));
    std::uint64_t seed = 0;
    for (const std::uint8_t byte : bytes) seed = (seed << 8U) | byte;
    return seed;
}

void cleanse(std::span<char> memory) { OPENSSL_cleanse(memory.data(), memory.size()); }

}  // namespace gw
