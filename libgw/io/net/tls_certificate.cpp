#include "libgw/io/net/tls_certificate.h"

#include <algorithm>

#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "libgw/io/net/address.h"

namespace gw::net {
namespace {

constexpr std::size_t kMostCertificates = 1000;
constexpr int kLongestKey = 16384;  // bits; checking longer RSA keys takes seconds

Error bad_file(const std::string& name, std::string_view cause, std::string hint = {}) {
    return {Errc::tls, fmt::format("{}: {}", name.empty() ? "certificate" : name, cause), std::move(hint), {}};
}

BioPtr reader(std::string_view text) { return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

/// Every line that starts with dashes is a whole BEGIN or END, in turn. A file that is being written while we read it
/// mostly is not; the library would take the certificates before the cut and be content.
bool is_whole_pem(std::string_view text) {
    bool inside = false;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
        const bool cut = text.empty() && end == std::string_view::npos && line.starts_with('-');
        if (!line.starts_with("-----") && !cut) continue;
        const std::string_view word = inside ? "-----END " : "-----BEGIN ";
        if (!line.starts_with(word) || !line.ends_with("-----") || line.size() < word.size() + 5) return false;
        inside = !inside;
    }
    return !inside;
}

/// What to do about the file `name`, which holds none of what was asked for (`what`: "CERTIFICATE", "PRIVATE KEY").
std::string hint_for(std::string_view text, std::string_view what, std::string_view name) {
    const bool is_certificate = what == "CERTIFICATE";
    // DER begins with a SEQUENCE whose length takes one byte or two (X.690 §8.1.3.5)
    if (text.starts_with("\x30\x81") || text.starts_with("\x30\x82"))
        return fmt::format("it is DER: openssl {0} -in {1} -out {1}.pem", is_certificate ? "x509" : "pkey", name);
    if (is_certificate && text.find("PRIVATE KEY-----") != text.npos) return "it holds a private key";
    if (!is_certificate && text.find("BEGIN CERTIFICATE-----") != text.npos) return "it holds a certificate";
    return fmt::format("PEM begins with -----BEGIN {}-----", what);
}

/// Never asks on a terminal.
int no_passphrase(char*, int, int, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
}

std::string text_of(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

std::string name_text(const X509_NAME* name) {
    const BioPtr out(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
    return text_of(out.get());
}

std::string to_lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

bool is_host_name(std::string_view name) {
    if (name.empty() || name.size() > 253) return false;
    return std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
               c == '_' || c == '*';
    });
}

/// Adds a name to a subjectAltName: an address as its bytes, anything else as a DNS name.
bool add_name(GENERAL_NAMES* names, const std::string& name) {
    std::unique_ptr<GENERAL_NAME, Freed<GENERAL_NAME_free>> general(GENERAL_NAME_new());
    const auto address = Address::literal(name, 0);
    ASN1_STRING* value = nullptr;
    if (address) {
        value = ASN1_OCTET_STRING_new();
        const std::string_view bytes = address->bytes();
        if (value == nullptr || ASN1_STRING_set(value, bytes.data(), static_cast<int>(bytes.size())) != 1) {
            ASN1_STRING_free(value);
            return false;
        }
    } else {
        value = ASN1_IA5STRING_new();
        if (value == nullptr || ASN1_STRING_set(value, name.data(), static_cast<int>(name.size())) != 1) {
            ASN1_STRING_free(value);
            return false;
        }
    }
    GENERAL_NAME_set0_value(general.get(), address ? GEN_IPADD : GEN_DNS, value);
    if (sk_GENERAL_NAME_push(names, general.get()) <= 0) return false;
    static_cast<void>(general.release());
    return true;
}

bool add_extension(X509* certificate, int nid, const char* value) {
    std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, nid, value));
    return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

struct NamesFree {
    void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
using NamesPtr = std::unique_ptr<GENERAL_NAMES, NamesFree>;

}  // namespace

std::string to_text(const ASN1_TIME* time) {
    const BioPtr out(BIO_new(BIO_s_mem()));
    ASN1_TIME_print(out.get(), time);
    return text_of(out.get());
}

Result<std::vector<CertificatePtr>> read_certificates(std::string_view pem, const std::string& name) {
    if (pem.empty()) return bad_file(name, "the file is empty");
    if (pem.size() > 0x1000000) return bad_file(name, "the file is larger than 16 MiB");
    if (!is_whole_pem(pem)) return bad_file(name, "the file ends in the middle of a PEM block");
    ERR_clear_error();
    std::vector<CertificatePtr> found;
    const BioPtr from = reader(pem);
    for (;;) {
        bool asked = false;
        CertificatePtr certificate(PEM_read_bio_X509(from.get(), nullptr, no_passphrase, &asked));
        if (certificate == nullptr) break;
        if (found.size() == kMostCertificates) return bad_file(name, "the file holds more than 1000 certificates");
        found.push_back(std::move(certificate));
    }
    const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    const std::string cause = openssl_cause();
    if (!at_end) return bad_file(name, fmt::format("certificate {} is not valid: {}", found.size() + 1, cause));
    if (found.empty()) return bad_file(name, "the file holds no certificate", hint_for(pem, "CERTIFICATE", name));
    return found;
}

Result<Credentials> read_credentials(const TlsKeyPair& pair) {
    Credentials credentials;
    credentials.chain = TRY(read_certificates(pair.cert_pem, pair.name));
    credentials.leaf = std::move(credentials.chain.front());
    credentials.chain.erase(credentials.chain.begin());

    const std::string cert_name = pair.name.empty() ? "the certificate file" : pair.name;
    const std::string& key_name = pair.key_name.empty() ? pair.name : pair.key_name;
    if (pair.key_pem.empty()) return bad_file(key_name, "the file holds no private key");
    if (pair.key_pem.size() > 0x100000) return bad_file(key_name, "the file is larger than 1 MiB");
    if (!is_whole_pem(pair.key_pem)) return bad_file(key_name, "the file ends in the middle of a PEM block");
    bool asked = false;
    const BioPtr from = reader(pair.key_pem);
    credentials.key.reset(PEM_read_bio_PrivateKey(from.get(), nullptr, no_passphrase, &asked));
    if (asked)
        return bad_file(key_name, "the private key is encrypted",
                        "decrypt it with: openssl pkey -in KEY -out PLAIN-KEY");
    if (credentials.key == nullptr) {
        const bool none = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE ||
                          pair.key_pem.find("PRIVATE KEY-----") == std::string::npos;
        const std::string cause = openssl_cause();
        if (none)
            return bad_file(key_name, "the file holds no private key", hint_for(pair.key_pem, "PRIVATE KEY", key_name));
        return bad_file(key_name, "the private key is not valid: " + cause);
    }
    if (EVP_PKEY_get_bits(credentials.key.get()) > kLongestKey)
        return bad_file(key_name, fmt::format("the private key is longer than {} bits", kLongestKey));
    if (X509_check_private_key(credentials.leaf.get(), credentials.key.get()) != 1) {
        ERR_clear_error();
        return bad_file(key_name, fmt::format("the private key does not belong to the certificate in {}", cert_name),
                        fmt::format("openssl pkey -pubout -in {} and openssl x509 -noout -pubkey -in {} print the same "
                                    "where they belong together",
                                    key_name, cert_name));
    }
    ERR_clear_error();
    return credentials;
}

std::vector<std::string> certificate_names(X509* certificate) {
    std::vector<std::string> found;
    const NamesPtr names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    const int count = names == nullptr ? 0 : sk_GENERAL_NAME_num(names.get());
    for (int i = 0; i < count; ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type != GEN_DNS) continue;
        const auto* data = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
        found.push_back(to_lower({data, static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName))}));
    }
    if (names == nullptr) {
        char common[254] = {};
        if (X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, common, sizeof common) > 0 &&
            is_host_name(common))
            found.push_back(to_lower(common));
    }
    ERR_clear_error();
    return found;
}

void describe_client(X509* certificate, TlsInfo& info) {
    const BioPtr out(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(out.get(), certificate);
    info.client_cert_pem = text_of(out.get());
    info.client_subject = name_text(X509_get_subject_name(certificate));
    info.client_issuer = name_text(X509_get_issuer_name(certificate));
    const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
    const unsigned char* bytes = ASN1_STRING_get0_data(serial);
    for (int i = 0; i < ASN1_STRING_length(serial); ++i)
        info.client_serial += fmt::format("{}{:02x}", i == 0 ? "" : ":", bytes[i]);
    info.client_not_before = to_text(X509_get0_notBefore(certificate));
    info.client_not_after = to_text(X509_get0_notAfter(certificate));
    ERR_clear_error();
}

void describe_server(X509* certificate, TlsInfo& info) {
    info.server_subject = name_text(X509_get_subject_name(certificate));
    info.server_issuer = name_text(X509_get_issuer_name(certificate));
    info.server_not_after = to_text(X509_get0_notAfter(certificate));
    ERR_clear_error();
}

Result<TlsKeyPair> make_self_signed(const std::vector<std::string>& names, Date date) {
    if (names.empty()) return Error{Errc::usage, "a certificate needs a name", {}, {}};
    for (const std::string& name : names)
        if (!is_host_name(name) && !Address::literal(name, 0))
            return Error{Errc::usage, fmt::format("'{}' is neither a host name nor an address", name), {}, {}};
    const auto failed = [] { return Error{Errc::internal, "making a certificate: " + openssl_cause(), {}, {}}; };

    ERR_clear_error();
    const KeyPtr key(EVP_EC_gen("P-256"));
    const CertificatePtr certificate(X509_new());
    const NamesPtr alternatives(GENERAL_NAMES_new());
    unsigned char serial[16];
    if (key == nullptr || certificate == nullptr || alternatives == nullptr || RAND_bytes(serial, sizeof serial) != 1)
        return failed();
    serial[0] = static_cast<unsigned char>((serial[0] & 0x7f) | 0x40);  // positive and never short (RFC 5280 §4.1.2.2)
    X509* const made = certificate.get();
    for (const std::string& name : names)
        if (!add_name(alternatives.get(), name)) return failed();

    std::unique_ptr<BIGNUM, Freed<BN_free>> number(BN_bin2bn(serial, sizeof serial, nullptr));
    const auto now = static_cast<time_t>(to_unix_seconds(date));
    X509_NAME* subject = X509_get_subject_name(made);
    const std::string common = names.front().substr(0, 64);  // the most that a common name holds
    const auto* common_bytes = reinterpret_cast<const unsigned char*>(common.data());
    const bool good = number != nullptr && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(made)) != nullptr &&
                      X509_set_version(made, X509_VERSION_3) == 1 &&
                      ASN1_TIME_set(X509_getm_notBefore(made), now - 86400) != nullptr &&
                      ASN1_TIME_set(X509_getm_notAfter(made), now + 90 * 86400) != nullptr &&
                      X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, common_bytes,
                                                 static_cast<int>(common.size()), -1, 0) == 1 &&
                      X509_set_issuer_name(made, subject) == 1 && X509_set_pubkey(made, key.get()) == 1 &&
                      add_extension(made, NID_basic_constraints, "critical,CA:FALSE") &&
                      add_extension(made, NID_key_usage, "critical,digitalSignature") &&
                      add_extension(made, NID_ext_key_usage, "serverAuth") &&
                      X509_add1_ext_i2d(made, NID_subject_alt_name, alternatives.get(), 0, X509V3_ADD_DEFAULT) == 1 &&
                      X509_sign(made, key.get(), EVP_sha256()) > 0;
    if (!good) return failed();

    const BioPtr cert_out(BIO_new(BIO_s_mem()));
    const BioPtr key_out(BIO_new(BIO_s_secmem()));
    if (cert_out == nullptr || key_out == nullptr || PEM_write_bio_X509(cert_out.get(), made) != 1 ||
        PEM_write_bio_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
        return failed();
    return TlsKeyPair{text_of(cert_out.get()), text_of(key_out.get()), "self-signed certificate", {}};
}

}  // namespace gw::net
