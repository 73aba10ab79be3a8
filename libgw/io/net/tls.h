#pragma once
// TLS behind one wall: the files io/net/tls*.cpp are the only ones that know libssl.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "libgw/base/clock.h"
#include "libgw/base/result.h"
#include "libgw/io/net/loop.h"
#include "libgw/io/net/stream.h"

struct ssl_st;

namespace gw::net {

/// What a handshake agreed on. The client_* fields are the server's view, and empty without a client certificate; the
/// server_* fields are the client's.
struct TlsInfo {
    std::string protocol;         ///< "TLSv1.3"
    std::string cipher;           ///< "TLS_AES_128_GCM_SHA256"
    std::string sni;              ///< the name the client asked for, lower case, without a final dot
    std::string client_cert_pem;  ///< only of a chain that was verified
    std::string client_subject;   ///< RFC 2253: "CN=www.example.com,O=Example"
    std::string client_issuer;
    std::string client_serial;      ///< "a1:b2:c3"
    std::string client_not_before;  ///< "May 28 12:30:02 2019 GMT"
    std::string client_not_after;
    std::string server_subject;  ///< as it was shown, verified or not
    std::string server_issuer;
    std::string server_not_after;  ///< "May 28 12:30:02 2019 GMT"
};

/// A certificate chain and its key, as PEM text; read by the caller.
struct TlsKeyPair {
    std::string cert_pem;  ///< the certificate first, then those that lead to a root
    std::string key_pem;
    std::string name;      ///< for messages: the file that the certificate came from
    std::string key_name;  ///< the file that the key came from; empty: the same
};

class TlsContext;

struct TlsServerOptions {
    std::vector<TlsKeyPair> key_pairs;  ///< the first is the default; others are chosen by SNI. At least one
    std::string client_ca_pem;          ///< not empty: a client certificate that chains to it is required
    std::string client_ca_name;         ///< for messages: its file
    /// On a reload, what served before: its ticket keys go on, so that clients may resume with the same certificates.
    std::shared_ptr<const TlsContext> previous;
};

struct TlsClientOptions {
    std::string ca_pem;     ///< empty: the system's store
    std::string ca_name;    ///< for messages: its file
    bool insecure = false;  ///< no verification at all
    TlsKeyPair client;      ///< empty: none
};

/// Immutable once made; shared by connections, replaced as a whole on reload. Safe to share between threads.
///
/// Both sides: TLS 1.2 and 1.3, ECDHE and AEAD only, OpenSSL's security level 2 (RSA from 2048 bits, SHA-256), ALPN
/// "http/1.1", no compression, no renegotiation, no early data (0-RTT can be replayed).
class TlsContext {
  public:
    /// A server. Errc::tls, naming the file and the cause, when a certificate or key is cut off, is not valid, does not
    /// match its key or has expired at `date`, or when the client CA holds nothing.
    static Result<std::shared_ptr<const TlsContext>> make_server(const TlsServerOptions& options, Date date);
    /// A client. Verifies chain and name unless `insecure`. Errc::tls as above, but for the date.
    static Result<std::shared_ptr<const TlsContext>> make_client(const TlsClientOptions& options);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;
    /// Warnings worth telling: a certificate that expires within 14 days or is not valid yet, one of its chain that has
    /// expired, one without names, and one that is never chosen, because others before it have all its names.
    [[nodiscard]] const std::vector<std::string>& warnings() const;
    /// Server: whether somebody who asked for `sni` was shown another certificate than `host` is served with. For a
    /// name that no certificate has that is the default one, either way.
    [[nodiscard]] bool tells_apart(std::string_view sni, std::string_view host) const;

    struct Impl;

  private:
    friend class TlsSession;
    TlsContext();
    std::unique_ptr<Impl> impl_;
};

/// What make_server() would say of one file alone, so that whoever asks knows which it is: a certificate with its chain
/// at `date`, the key of a chain that is fine, authorities. Errc::tls with the file, the cause and what to do.
Result<void> check_chain(std::string_view pem, const std::string& name, Date date);
Result<void> check_key(const TlsKeyPair& pair);
Result<void> check_authorities(std::string_view pem, const std::string& name);

/// A certificate and key made in memory (ECDSA P-256, valid from a day ago for 90 days) for these names and addresses.
/// Errc::usage when there is none, or one is neither.
Result<TlsKeyPair> make_self_signed(const std::vector<std::string>& names, Date date);

/// The TLS half of a Stream, which alone uses it. Keeps no buffer while nothing is under way: ciphertext passes through
/// the loop's cipher scratch, and only what the socket did not take, or the reader had no room for, is kept, in buffers
/// borrowed from the loop.
class TlsSession {
  public:
    /// `watch` is the stream's; see moved().
    TlsSession(Loop& loop, Watch& watch, std::shared_ptr<const TlsContext> context);
    ~TlsSession();
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;

    void start_server(Callback done);
    void start_client(std::string_view name, Callback done);
    /// The stream has moved, and its watch with it.
    void moved(Watch& watch) { watch_ = &watch; }

    IoResult read(std::span<char> into);
    IoResult write(std::span<const iovec> parts);
    void await_readable(Callback callback);
    [[nodiscard]] bool awaiting_readable() const { return static_cast<bool>(on_readable_); }
    void cancel_readable();
    /// The watch's waits are the session's: a handshake, or a goodbye that the socket did not take yet.
    [[nodiscard]] bool handshaking() const { return state_ == State::handshake; }
    [[nodiscard]] bool finishing() const { return finishing_; }
    /// Ciphertext that the socket took, in all.
    [[nodiscard]] std::uint64_t sent() const { return sent_; }
    void shutdown_write();
    bool peer_gone();
    bool has_input();
    bool is_silent() { return state_ == State::open && !has_input() && end_ == IoResult::Kind::done; }
    [[nodiscard]] bool seems_silent() const { return state_ == State::open && !has_pending(); }
    /// No callback comes any more and borrowed buffers go back.
    void abandon();
    [[nodiscard]] const std::string& error() const { return error_; }
    /// Null before the handshake is done.
    const TlsInfo* info();

    /// For the BIO: takes from what came, appends to what goes out.
    int take_input(char* into, int size);
    int give_output(const char* bytes, int size);
    /// For the callbacks about tickets and messages. `told`: an alert that goes out; else `type` of one that came.
    [[nodiscard]] Loop& loop() const { return *loop_; }
    [[nodiscard]] TlsContext::Impl& context() const { return *context_->impl_; }
    void note_message(bool told, unsigned char type);

  private:
    enum class State : std::uint8_t { fresh, handshake, open, failed };

    void start(Callback done);
    void on_handshake_ready();
    void on_handshake_sent();
    void on_fault() noexcept;
    void on_deferred();
    void on_socket_readable();
    void on_last_writable();
    void handshake(std::span<const char> input);
    void finish_handshake();
    void fail_handshake(std::string cause);
    void defer();
    std::size_t decrypt(std::span<char> into, bool peek);
    std::size_t receive_into(std::span<char> into, bool peek);
    [[nodiscard]] bool has_pending() const;
    ssize_t receive(std::span<char> into, int flags = 0);
    ssize_t send(std::string_view bytes);
    void begin();
    void keep_input();
    int send_output();
    void free_buffers();
    void end_reading(IoResult::Kind kind, int number);

    Loop* loop_;
    Watch* watch_;
    std::shared_ptr<const TlsContext> context_;
    ssl_st* ssl_ = nullptr;
    std::string_view input_;  // ciphertext that OpenSSL has not taken; valid within one call
    std::string stashed_;     // borrowed: ciphertext for the next read, from stashed_from_
    std::string held_;        // borrowed: ciphertext that the socket did not take, from held_from_
    std::size_t stashed_from_ = 0;
    std::size_t held_from_ = 0;
    std::size_t output_ = 0;      // bytes in the cipher scratch that are to go out; 0 between calls
    std::size_t owed_ = 0;        // plaintext that was encrypted, but not yet reported as taken
    std::uint64_t received_ = 0;  // plaintext, in all
    std::uint64_t sent_ = 0;
    std::uint64_t chatter_ = 0;  // messages after the handshake that carry no data
    std::unique_ptr<TlsInfo> info_;
    std::string error_;
    Callback done_;
    Callback on_readable_;
    int end_number_ = 0;
    int write_error_ = 0;
    IoResult::Kind end_ = IoResult::Kind::done;  // how reading ended; done: it has not
    State state_ = State::fresh;
    bool server_ = false;
    bool deferred_ = false;
    bool said_goodbye_ = false;
    bool finishing_ = false;
    bool untidy_ = false;  // OpenSSL may hold buffers that are empty
    bool has_stash_ = false;
    bool has_held_ = false;
};

}  // namespace gw::net
