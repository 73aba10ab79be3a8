#include "libgw/io/net/tls.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/params.h>

#include "libgw/io/net/tls_certificate.h"
#include "libgw/io/net/tls_openssl.h"

namespace gw::net {
namespace {

// security: ECDHE and AEAD only (RFC 9325 §4.2)
constexpr const char* kSuites12 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kSuites13 = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr unsigned char kAlpn[] = "\x08http/1.1";
constexpr unsigned int kAlpnSize = sizeof kAlpn - 1;
constexpr int kDepth = 4;
constexpr long kSessionSeconds = 7200;
constexpr std::int64_t kWarnSeconds = 14 * 86400;

Error failed(std::string_view what) { return {Errc::tls, fmt::format("{}: {}", what, openssl_cause()), {}, {}}; }

/// RFC 7301 §3.2: no overlap is fatal, so that nobody can pass our answers off as another protocol's (ALPACA).
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
    for (unsigned int at = 0; at < offered_size; at += 1U + offered[at]) {
        if (kAlpnSize > offered_size - at || std::memcmp(offered + at, kAlpn, kAlpnSize) != 0) continue;
        *out = kAlpn + 1;
        *out_size = kAlpnSize - 1;
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

int choose_certificate(SSL* ssl, int*, void* argument) {
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (name == nullptr) return SSL_TLSEXT_ERR_NOACK;
    SSL_CTX* context = static_cast<TlsContext::Impl*>(argument)->find(name);
    if (context == nullptr) return SSL_TLSEXT_ERR_NOACK;  // unknown: the default certificate
    if (context != SSL_get_SSL_CTX(ssl)) SSL_set_SSL_CTX(ssl, context);
    return SSL_TLSEXT_ERR_OK;
}

int seal_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int seal) {
    const auto* session = static_cast<const TlsSession*>(BIO_get_data(SSL_get_rbio(ssl)));
    TicketKeys& keys = *session->context().tickets;
    const Instant now = session->loop().now();
    bool renew = false;
    auto key = seal != 0 ? keys.current(now) : keys.find(std::span<const unsigned char, 16>(name, 16), renew, now);
    if (!key) return seal != 0 ? -1 : 0;
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key->mac.data(), key->mac.size()),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
    bool good = EVP_MAC_CTX_set_params(mac, parameters) == 1;
    if (seal != 0) {
        std::ranges::copy(key->name, name);
        good = good && RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) == 1;
    }
    good = good && EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key->cipher.data(), iv, seal) == 1;
    OPENSSL_cleanse(&*key, sizeof *key);
    if (!good) return -1;
    return renew ? 2 : 1;
}

/// Messages of the handshake that come, those after it too, and alerts that go: the session counts them.
void on_message(int write, int, int type, const void* data, std::size_t size, SSL*, void* session) {
    const bool told = write != 0 && type == SSL3_RT_ALERT;
    if (session == nullptr || size == 0 || (!told && (write != 0 || type != SSL3_RT_HANDSHAKE))) return;
    static_cast<TlsSession*>(session)->note_message(told, *static_cast<const unsigned char*>(data));
}

/// What both sides share.
Result<ContextPtr> make_context(const SSL_METHOD* method, const char* groups) {
    ERR_clear_error();
    ContextPtr context(SSL_CTX_new(method));
    if (context == nullptr) return failed("making a TLS context");
    SSL_CTX* made = context.get();
    SSL_CTX_set_security_level(made, 2);
    SSL_CTX_set_options(made, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_clear_options(made, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(made, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_early_data(made, 0);
    SSL_CTX_set_recv_max_early_data(made, 0);
    SSL_CTX_set_msg_callback(made, on_message);
    SSL_CTX_set_verify_depth(made, kDepth);
    if (SSL_CTX_set_min_proto_version(made, TLS1_2_VERSION) != 1 || SSL_CTX_set_max_proto_version(made, 0) != 1 ||
        SSL_CTX_set_cipher_list(made, kSuites12) != 1 || SSL_CTX_set_ciphersuites(made, kSuites13) != 1 ||
        SSL_CTX_set1_groups_list(made, groups) != 1)
        return failed("making a TLS context");
    return context;
}

/// `key`: null where only the certificates are looked at.
Result<void> use(SSL_CTX* context, X509* leaf, const std::vector<CertificatePtr>& chain, EVP_PKEY* key,
                 const std::string& name) {
    ERR_clear_error();
    bool good =
        SSL_CTX_use_certificate(context, leaf) == 1 && (key == nullptr || SSL_CTX_use_PrivateKey(context, key) == 1);
    for (const CertificatePtr& link : chain) good = good && SSL_CTX_add1_chain_cert(context, link.get()) == 1;
    if (!good)
        return failed(name.empty() ? "certificate" : name)
            .with_hint("keys need the strength of RSA with 2048 bits, signatures that of SHA-256");
    return {};
}

Result<void> use(SSL_CTX* context, const Credentials& credentials, const TlsKeyPair& pair) {
    return use(context, credentials.leaf.get(), credentials.chain, credentials.key.get(), pair.name);
}

Result<StorePtr> make_store(const std::vector<CertificatePtr>& certificates, const std::string& name) {
    StorePtr store(X509_STORE_new());
    for (const CertificatePtr& certificate : certificates)
        if (store == nullptr || X509_STORE_add_cert(store.get(), certificate.get()) != 1) return failed(name);
    return store;
}

/// Errors and warnings about the time of a certificate.
Result<void> check_dates(X509* certificate, const std::string& name, Date date, std::vector<std::string>& warnings) {
    const auto now = static_cast<time_t>(to_unix_seconds(date));
    const ASN1_TIME* last = X509_get0_notAfter(certificate);
    if (ASN1_TIME_cmp_time_t(last, now) <= 0)
        return Error{Errc::tls,
                     fmt::format("{}: the certificate has expired on {}", name, to_text(last)),
                     "renew it; while trying things out a self-signed one will do, made in memory",
                     {}};
    if (ASN1_TIME_cmp_time_t(last, now + kWarnSeconds) < 0)
        warnings.push_back(fmt::format("{}: the certificate expires on {}", name, to_text(last)));
    const ASN1_TIME* first = X509_get0_notBefore(certificate);
    if (ASN1_TIME_cmp_time_t(first, now) > 0)
        warnings.push_back(fmt::format("{}: the certificate is not valid before {}", name, to_text(first)));
    return {};
}

void check_chain_dates(const std::vector<CertificatePtr>& chain, const std::string& name, Date date,
                       std::vector<std::string>& warnings) {
    const auto now = static_cast<time_t>(to_unix_seconds(date));
    for (std::size_t i = 0; i < chain.size(); ++i) {
        const ASN1_TIME* last = X509_get0_notAfter(chain[i].get());
        if (ASN1_TIME_cmp_time_t(last, now) <= 0)
            warnings.push_back(
                fmt::format("{}: certificate {} of the file, which vouches for the first, has expired on {}", name,
                            i + 2, to_text(last)));
    }
}

/// Sessions of one policy do not resume under another (nginx CVE-2025-23419): certificates and client CA are its name.
Result<void> set_session_policy(TlsContext::Impl& impl, const TlsServerOptions& options) {
    std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>> digest(EVP_MD_CTX_new());
    unsigned char id[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    bool good = digest != nullptr && EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr) == 1;
    const auto add = [&](const std::string& text) {
        const std::uint64_t length = text.size();
        good = good && EVP_DigestUpdate(digest.get(), &length, sizeof length) == 1 &&
               EVP_DigestUpdate(digest.get(), text.data(), text.size()) == 1;
    };
    for (const TlsKeyPair& pair : options.key_pairs) add(pair.cert_pem);
    add(options.client_ca_pem);
    good = good && EVP_DigestFinal_ex(digest.get(), id, &size) == 1;
    for (const ContextPtr& context : impl.contexts) {
        good = good && SSL_CTX_set_session_id_context(context.get(), id, SSL_MAX_SID_CTX_LENGTH) == 1;
        SSL_CTX_set_timeout(context.get(), kSessionSeconds);
        if (impl.tickets == nullptr) {
            SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET);
            good = good && SSL_CTX_set_num_tickets(context.get(), 0) == 1;
        } else {
            good = good && SSL_CTX_set_num_tickets(context.get(), 1) == 1 &&
                   SSL_CTX_set_tlsext_ticket_key_evp_cb(context.get(), seal_ticket) == 1;
        }
    }
    if (!good) return failed("making a TLS context");
    return {};
}

}  // namespace

std::string openssl_cause() {
    // The first error is the deepest; but what libssl makes of it says more than "EVP lib".
    unsigned long code = ERR_peek_error();
    while (const unsigned long next = ERR_get_error())
        if (ERR_GET_LIB(next) == ERR_LIB_SSL && (ERR_GET_REASON(next) & ERR_RFLAG_COMMON) == 0) code = next;
    if (code == 0) return "unknown";
    if (ERR_SYSTEM_ERROR(code)) return errno_text(ERR_GET_REASON(code));
    const char* reason = ERR_reason_error_string(code);
    if (reason == nullptr) return "unknown";
    std::string cause = reason;
    if (ERR_GET_LIB(code) != ERR_LIB_SSL) return cause;
    if (ERR_GET_REASON(code) == SSL_R_HTTP_REQUEST) return "a plain HTTP request on a TLS port";
    if (const std::size_t alert = cause.find(" alert "); alert != std::string::npos)
        return "the peer says: " + cause.substr(alert + 7);
    return cause;
}

std::string errno_text(int number) {
    char buffer[128];
    std::string text = strerror_r(number, buffer, sizeof buffer);
    if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
    return text;
}

SSL_CTX* TlsContext::Impl::find(std::string_view name) const {
    if (name.ends_with('.')) name.remove_suffix(1);
    std::string lower(name);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (const auto exact = names.find(lower); exact != names.end()) return exact->second;
    const std::size_t dot = lower.find('.');
    if (dot == std::string::npos || dot == 0) return nullptr;
    const auto wild = wildcards.find(std::string_view(lower).substr(dot + 1));
    return wild == wildcards.end() ? nullptr : wild->second;
}

bool TlsContext::tells_apart(std::string_view sni, std::string_view host) const {
    if (impl_->contexts.size() < 2 || sni == host) return false;
    const SSL_CTX* usual = impl_->contexts.front().get();
    const SSL_CTX* shown = impl_->find(sni);
    const SSL_CTX* wanted = impl_->find(host);
    return (shown != nullptr ? shown : usual) != (wanted != nullptr ? wanted : usual);
}

TlsContext::TlsContext() : impl_(std::make_unique<Impl>()) {}
TlsContext::~TlsContext() = default;
const std::vector<std::string>& TlsContext::warnings() const { return impl_->warnings; }

Result<std::shared_ptr<const TlsContext>> TlsContext::make_server(const TlsServerOptions& options, Date date) {
    if (options.key_pairs.empty()) return Error{Errc::usage, "a TLS server needs a certificate", {}, {}};
    std::shared_ptr<TlsContext> result(new TlsContext);
    Impl& impl = *result->impl_;

    std::vector<CertificatePtr> roots;
    StorePtr store;
    const std::string ca_name = options.client_ca_name.empty() ? "client CA" : options.client_ca_name;
    if (!options.client_ca_pem.empty()) {
        roots = TRY(read_certificates(options.client_ca_pem, ca_name));
        store = TRY(make_store(roots, ca_name));
    }
    for (const TlsKeyPair& pair : options.key_pairs) {
        const std::string name = pair.name.empty() ? "certificate" : pair.name;
        const Credentials credentials = TRY(read_credentials(pair));
        TRY(check_dates(credentials.leaf.get(), name, date, impl.warnings));
        check_chain_dates(credentials.chain, name, date, impl.warnings);
        ContextPtr context = TRY(make_context(TLS_server_method(), "X25519:P-256"));
        TRY(use(context.get(), credentials, pair));
        SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
        SSL_CTX_set_tlsext_servername_callback(context.get(), choose_certificate);
        SSL_CTX_set_tlsext_servername_arg(context.get(), &impl);
        if (store != nullptr) {
            SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
            SSL_CTX_set1_cert_store(context.get(), store.get());
            SSL_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_CLIENT);
            for (const CertificatePtr& root : roots) SSL_CTX_add_client_CA(context.get(), root.get());
        }
        const std::vector<std::string> names = certificate_names(credentials.leaf.get());
        bool chosen = impl.contexts.empty();
        for (const std::string& each : names) {
            const bool wild = each.starts_with("*.");
            auto& map = wild ? impl.wildcards : impl.names;
            chosen = map.try_emplace(wild ? each.substr(2) : each, context.get()).second || chosen;
        }
        if (names.empty() && !impl.contexts.empty())
            impl.warnings.push_back(fmt::format("{}: the certificate has no DNS name, so it is never chosen", name));
        else if (!chosen)
            impl.warnings.push_back(fmt::format("{}: other certificates before it have the same names", name));
        impl.contexts.push_back(std::move(context));
    }
    // A resumed session carries the client's identity: where one is required, every session proves it anew.
    if (store == nullptr) {
        if (options.previous != nullptr) impl.tickets = options.previous->impl_->tickets;
        if (impl.tickets == nullptr) impl.tickets = std::make_shared<TicketKeys>();
    }
    TRY(set_session_policy(impl, options));
    return std::shared_ptr<const TlsContext>(std::move(result));
}

Result<void> check_chain(std::string_view pem, const std::string& name, Date date) {
    std::vector<CertificatePtr> chain = TRY(read_certificates(pem, name));
    const CertificatePtr leaf = std::move(chain.front());
    chain.erase(chain.begin());
    std::vector<std::string> warnings;
    TRY(check_dates(leaf.get(), name, date, warnings));
    const ContextPtr context = TRY(make_context(TLS_server_method(), "X25519:P-256"));
    return use(context.get(), leaf.get(), chain, nullptr, name);
}

Result<void> check_key(const TlsKeyPair& pair) {
    TRY(read_credentials(pair));
    return ok();
}

Result<void> check_authorities(std::string_view pem, const std::string& name) {
    TRY(read_certificates(pem, name));
    return ok();
}

Result<std::shared_ptr<const TlsContext>> TlsContext::make_client(const TlsClientOptions& options) {
    std::shared_ptr<TlsContext> result(new TlsContext);
    Impl& impl = *result->impl_;
    impl.verifies = !options.insecure;
    // A certificate on P-384 or P-521 needs its curve named under TLS 1.2 (RFC 8422 §5.1).
    impl.contexts.push_back(TRY(make_context(TLS_client_method(), "X25519:P-256:P-384:P-521")));
    SSL_CTX* context = impl.contexts.front().get();
    if (SSL_CTX_set_alpn_protos(context, kAlpn, kAlpnSize) != 0) return failed("making a TLS context");
    if (!options.client.cert_pem.empty() || !options.client.key_pem.empty()) {
        const Credentials credentials = TRY(read_credentials(options.client));
        TRY(use(context, credentials, options.client));
    }
    if (options.insecure) {
        impl.warnings.emplace_back("certificates of servers are not verified");
        return std::shared_ptr<const TlsContext>(std::move(result));
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER);
    if (options.ca_pem.empty()) {
        if (SSL_CTX_set_default_verify_paths(context) != 1) return failed("reading the system's certificates");
    } else {
        const std::string name = options.ca_name.empty() ? "CA" : options.ca_name;
        const auto roots = TRY(read_certificates(options.ca_pem, name));
        const StorePtr store = TRY(make_store(roots, name));
        SSL_CTX_set1_cert_store(context, store.get());
        // whoever is named is trusted, an intermediate too
        X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
    }
    return std::shared_ptr<const TlsContext>(std::move(result));
}

}  // namespace gw::net
