#pragma once
// What a SigningKey is inside: shared by signing_key*.cpp and by nobody else.

#include <array>
#include <atomic>
#include <memory>
#include <string>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "libgw/base/secret.h"
#include "libgw/base/signing_key.h"

namespace gw::openssl {

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
    void operator()(BIGNUM* number) const { BN_clear_free(number); }
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
    void operator()(OSSL_PARAM* parameters) const { OSSL_PARAM_free(parameters); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

/// One signature or verification under way: contexts that know key, hash and padding, so that a call only feeds them.
struct Operation {
    Owned<EVP_PKEY_CTX> key;   ///< RSA and ECDSA: works on a digest
    Owned<EVP_MD_CTX> digest;  ///< RSA and ECDSA: the hash of the message; Ed25519: the whole operation
    Owned<EVP_MAC_CTX> mac;    ///< octets
};

/// Operations that nobody uses just now. Safe without a lock: whoever takes one out of its slot has it alone. When more
/// are under way than there are slots, the rest are made and thrown away.
class OperationPool {
  public:
    OperationPool() = default;
    OperationPool(const OperationPool&) = delete;
    OperationPool& operator=(const OperationPool&) = delete;
    ~OperationPool() {
        for (auto& slot : slots_) delete slot.load(std::memory_order_relaxed);
    }
    std::unique_ptr<Operation> take() {
        for (auto& slot : slots_) {
            if (slot.load(std::memory_order_relaxed) == nullptr) continue;
            if (Operation* taken = slot.exchange(nullptr, std::memory_order_acquire)) {
                return std::unique_ptr<Operation>(taken);
            }
        }
        return nullptr;
    }
    void give_back(std::unique_ptr<Operation> operation) {
        for (auto& slot : slots_) {
            Operation* empty = nullptr;
            if (slot.compare_exchange_strong(empty, operation.get(), std::memory_order_release,
                                             std::memory_order_relaxed)) {
                static_cast<void>(operation.release());
                return;
            }
        }
    }

  private:
    std::array<std::atomic<Operation*>, 8> slots_{};
};

/// The name of a curve's group; null for kinds that are no curve of this sort.
const char* group_of(KeyKind kind);
/// Bytes of a field element, which are those of the order too; 0 for kinds without.
std::size_t field_size(KeyKind kind);

}  // namespace gw::openssl

namespace gw {

struct SigningKey::State {
    KeyKind kind = KeyKind::octets;
    unsigned bits = 0;
    bool has_private = false;
    openssl::Owned<EVP_PKEY> key;  ///< null for octets
    Secret octets;
    std::string order;  ///< ECDSA: n of the curve, as long as the field
    mutable std::array<openssl::OperationPool, 6> verifying;
    mutable std::array<openssl::OperationPool, 6> signing;
};

}  // namespace gw
