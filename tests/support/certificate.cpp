#include "tests/support/certificate.h"

#include <cstdlib>
#include <memory>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

namespace gw::test {
namespace {

void require(bool good) {
    if (!good) std::abort();
}

template <class Write>
std::string written(Write write) {
    BIO* out = BIO_new(BIO_s_mem());
    require(write(out) == 1);
    char* data = nullptr;
    const long size = BIO_get_mem_data(out, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(out);
    return text;
}

void extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    require(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

template <class Read>
auto parsed(const std::string& pem, Read read) {
    BIO* from = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    auto* result = read(from, nullptr, nullptr, nullptr);
    BIO_free(from);
    require(result != nullptr);
    return result;
}

}  // namespace

CertificateWish local_wish(std::chrono::hours lifetime) {
    CertificateWish wish;
    wish.names = {"localhost", "127.0.0.1"};
    wish.not_before = std::chrono::floor<Nanoseconds>(std::chrono::system_clock::now()) - std::chrono::hours(1);
    wish.not_after = wish.not_before + lifetime;
    return wish;
}

net::TlsKeyPair issue(const CertificateWish& wish, const net::TlsKeyPair* issuer) {
    EVP_PKEY* key = wish.rsa_bits == 0 ? EVP_EC_gen("P-256") : EVP_RSA_gen(static_cast<unsigned int>(wish.rsa_bits));
    X509* certificate = X509_new();
    require(key != nullptr && certificate != nullptr);
    unsigned char serial[8];
    require(RAND_bytes(serial, sizeof serial) == 1);
    serial[0] = 0x5a;
    ASN1_STRING_set(X509_get_serialNumber(certificate), serial, sizeof serial);
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_TIME_set(X509_getm_notBefore(certificate), static_cast<time_t>(to_unix_seconds(wish.not_before)));
    ASN1_TIME_set(X509_getm_notAfter(certificate), static_cast<time_t>(to_unix_seconds(wish.not_after)));
    X509_NAME* subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(wish.subject.c_str()), -1, -1, 0);
    X509_set_pubkey(certificate, key);
    X509* parent = issuer == nullptr ? certificate : parsed(issuer->cert_pem, PEM_read_bio_X509);
    EVP_PKEY* parent_key = issuer == nullptr ? key : parsed(issuer->key_pem, PEM_read_bio_PrivateKey);
    X509_set_issuer_name(certificate, X509_get_subject_name(parent));
    extend(certificate, parent, NID_basic_constraints, wish.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (wish.authority) extend(certificate, parent, NID_key_usage, "critical,keyCertSign,cRLSign");
    if (!wish.usage.empty()) extend(certificate, parent, NID_ext_key_usage, wish.usage);
    std::string names;
    for (const std::string& name : wish.names) {
        const bool address = (name[0] >= '0' && name[0] <= '9') || name[0] == ':';
        names += (names.empty() ? "" : ",") + std::string(address ? "IP:" : "DNS:") + name;
    }
    if (!names.empty()) extend(certificate, parent, NID_subject_alt_name, names);
    require(X509_sign(certificate, parent_key, EVP_sha256()) > 0);

    net::TlsKeyPair pair;
    pair.cert_pem = written([&](BIO* out) { return PEM_write_bio_X509(out, certificate); });
    pair.key_pem =
        written([&](BIO* out) { return PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr); });
    pair.name = wish.subject + ".pem";
    pair.key_name = wish.subject + ".key";
    if (issuer != nullptr) {
        X509_free(parent);
        EVP_PKEY_free(parent_key);
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
    return pair;
}

}  // namespace gw::test
