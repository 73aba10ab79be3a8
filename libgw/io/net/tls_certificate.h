#pragma once
// Certificates and keys: read from PEM text, looked at, and made. Behind the wall, like tls_openssl.h.

#include <string>
#include <string_view>
#include <vector>

#include "libgw/io/net/tls_openssl.h"

namespace gw::net {

/// What a server or a client shows: its certificate, those that lead to a root, and the key.
struct Credentials {
    CertificatePtr leaf;
    std::vector<CertificatePtr> chain;
    KeyPtr key;
};

/// Every certificate in the text, at least one. Errc::tls with `name` and the cause when the text was cut off, holds
/// something else, or holds more than 1,000.
Result<std::vector<CertificatePtr>> read_certificates(std::string_view pem, const std::string& name);
/// A certificate with its chain and its key, which belongs to it. A key under a passphrase is refused.
Result<Credentials> read_credentials(const TlsKeyPair& pair);

/// The DNS names of the certificate, lower case, wildcards as they stand; the common name when there is no other name.
std::vector<std::string> certificate_names(X509* certificate);
/// "Aug  5 09:36:04 2021 GMT"
std::string to_text(const ASN1_TIME* time);
/// Fills the fields of TlsInfo that tell of the client's certificate.
void describe_client(X509* certificate, TlsInfo& info);
void describe_server(X509* certificate, TlsInfo& info);

}  // namespace gw::net
