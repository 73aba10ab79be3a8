#pragma once
// OpenSSL, behind the wall: only the files io/net/tls*.cpp include this.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "libgw/io/net/tls.h"
#include "libgw/io/net/tls_ticket.h"

namespace gw::net {

/// Frees with the library's own function.
template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};
using BioPtr = std::unique_ptr<BIO, Freed<BIO_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using ContextPtr = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using CertificatePtr = std::unique_ptr<X509, Freed<X509_free>>;
using StorePtr = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;

/// The cause of what just failed, in words, without the library's codes and files: "wrong version number", "the peer
/// says: unknown ca". Empties the thread's error queue. "unknown" when the queue is empty.
std::string openssl_cause();
/// "connection reset by peer"
std::string errno_text(int number);

/// The loop's cipher scratch in three: what one recv() brings, the records of one send(), and parts joined to a record.
constexpr std::size_t kRecord = SSL3_RT_MAX_PLAIN_LENGTH;
constexpr std::size_t kCipherInput = 65536;
constexpr std::size_t kCipherOutput = Loop::kCipherScratch - kCipherInput - kRecord;
inline std::span<char> input_scratch(Loop& loop) { return loop.cipher_scratch().first(kCipherInput); }
inline std::span<char> output_scratch(Loop& loop) { return loop.cipher_scratch().subspan(kCipherInput, kCipherOutput); }
inline std::span<char> record_scratch(Loop& loop) { return loop.cipher_scratch().last(kRecord); }

struct TlsContext::Impl {
    /// One for each certificate; they differ in nothing else. The first is the default.
    std::vector<ContextPtr> contexts;
    std::map<std::string, SSL_CTX*, std::less<>> names;      ///< "api.example.com"
    std::map<std::string, SSL_CTX*, std::less<>> wildcards;  ///< "example.com" for "*.example.com"
    std::shared_ptr<TicketKeys> tickets;                     ///< null: sessions are not resumed
    std::vector<std::string> warnings;
    bool verifies = true;  ///< the client's side: the certificate of the server is checked

    /// The context for this server name: exact, then by wildcard (one label), else null.
    [[nodiscard]] SSL_CTX* find(std::string_view name) const;
};

}  // namespace gw::net
