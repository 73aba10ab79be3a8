#pragma once
// TLS behind one wall: this and tls.cpp are the only files that know libssl.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/clock.h"
#include "libgw/base/result.h"
#include "libgw/io/net/stream.h"

namespace gw::net {

/// What a handshake agreed on. Client certificate fields are empty without one.
struct TlsInfo {
    std::string protocol;  ///< "TLSv1.3"
    std::string cipher;    ///< "TLS_AES_128_GCM_SHA256"
    std::string sni;       ///< the name the client asked for, lower case
    std::string client_cert_pem;
    std::string client_subject;
    std::string client_issuer;
    std::string client_serial;
    std::string client_not_before;
    std::string client_not_after;
};

/// A certificate chain and its key, as PEM text; read by the caller.
struct TlsKeyPair {
    std::string cert_pem;
    std::string key_pem;
    std::string name;  ///< for messages: the file it came from
};

struct TlsServerOptions {
    std::vector<TlsKeyPair> key_pairs;   ///< the first is the default; others are chosen by SNI
    std::string client_ca_pem;           ///< not empty: a client certificate that chains to it is required
};

struct TlsClientOptions {
    std::string ca_pem;                  ///< empty: the system's store
    bool insecure = false;               ///< no verification at all
    TlsKeyPair client;                   ///< empty: none
};

/// Immutable once made; shared by connections, replaced as a whole on reload. Safe to share between threads.
class TlsContext {
  public:
    static Result<std::shared_ptr<const TlsContext>> make_server(const TlsServerOptions& options, Date date);
    static Result<std::shared_ptr<const TlsContext>> make_client(const TlsClientOptions& options);
    ~TlsContext();
    /// Warnings worth telling: a certificate that expires within 14 days, a name it does not cover.
    [[nodiscard]] const std::vector<std::string>& warnings() const;

  private:
    friend class TlsSession;
    TlsContext();
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// A certificate and key made in memory (ECDSA P-256, valid from a day ago for 90 days) for these names and addresses.
Result<TlsKeyPair> make_self_signed(const std::vector<std::string>& names, Date date);

/// The TLS half of a Stream.
class TlsSession {
  public:
    ~TlsSession() = default;

  private:
    friend class Stream;
};

}  // namespace gw::net
