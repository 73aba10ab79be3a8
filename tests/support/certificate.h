#pragma once
// Certificates for tests: authorities and what they issue, good and bad.

#include <string>
#include <vector>

#include "libgw/base/clock.h"
#include "libgw/io/net/tls.h"

namespace gw::test {

/// What to put into a certificate.
struct CertificateWish {
    std::string subject = "test";
    std::vector<std::string> names;  ///< DNS names; one that starts with a digit or a colon is an address
    bool authority = false;
    std::string usage;  ///< extendedKeyUsage: "serverAuth", "clientAuth"; empty: none
    Date not_before;
    Date not_after;
    int rsa_bits = 0;  ///< 0: ECDSA P-256
};

/// Of localhost and 127.0.0.1, good from an hour ago, for so long.
CertificateWish local_wish(std::chrono::hours lifetime);

/// Issued by `issuer`, or by itself. Aborts when OpenSSL does not do it.
net::TlsKeyPair issue(const CertificateWish& wish, const net::TlsKeyPair* issuer = nullptr);

}  // namespace gw::test
