// Facts
// - OpenSSL reads and writes through a BIO of ours: it takes from `input_` and appends to the loop's cipher scratch.
//   Neither belongs to the connection, so an idle one keeps no buffer (SSL_MODE_RELEASE_BUFFERS frees OpenSSL's own).
// - The BIO always takes what is written. So SSL_write never stops half-way, and every record of one write() leaves in
//   one send(). What the socket does not take stays in `held_`.

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <sys/socket.h>

#include "libgw/io/net/address.h"
#include "libgw/io/net/socket.h"
#include "libgw/io/net/tls_certificate.h"
#include "libgw/io/net/tls_openssl.h"

namespace gw::net {
namespace {

TlsSession* session_of(BIO* bio) { return static_cast<TlsSession*>(BIO_get_data(bio)); }

int bio_read(BIO* bio, char* into, int size) {
    BIO_clear_retry_flags(bio);
    const int got = session_of(bio)->take_input(into, size);
    if (got > 0) return got;
    BIO_set_retry_read(bio);
    return -1;
}

int bio_write(BIO* bio, const char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    try {
        return session_of(bio)->give_output(bytes, size);
    } catch (...) {  // no exception goes through OpenSSL
        return -1;
    }
}

long bio_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

const BIO_METHOD* bio_method() {
    static const BIO_METHOD* const method = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "gw stream");
        if (made == nullptr) return made;
        BIO_meth_set_read(made, bio_read);
        BIO_meth_set_write(made, bio_write);
        BIO_meth_set_ctrl(made, bio_control);
        return made;
    }();
    return method;
}

}  // namespace

TlsSession::TlsSession(Loop& loop, Watch& watch, std::shared_ptr<const TlsContext> context)
    : loop_(&loop), watch_(&watch), context_(std::move(context)) {}

TlsSession::~TlsSession() {
    abandon();
    SSL_free(ssl_);
}

void TlsSession::abandon() {
    if (std::exchange(deferred_, false)) loop_->forget(this);
    done_ = on_readable_ = {};
    if (std::exchange(has_stash_, false)) loop_->give_back(std::exchange(stashed_, {}));
    if (std::exchange(has_held_, false)) loop_->give_back(std::exchange(held_, {}));
}

// ── the socket's side ──────────────────────────────────────────────────────────

ssize_t TlsSession::receive(std::span<char> into, int flags) { return net::receive(*watch_, into, flags); }

ssize_t TlsSession::send(std::string_view bytes) {
    const iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    const ssize_t put = transmit(*watch_, std::span(&part, 1));
    if (put > 0) sent_ += static_cast<std::uint64_t>(put);
    return put;
}

int TlsSession::take_input(char* into, int size) {
    const std::size_t step = std::min(static_cast<std::size_t>(size), input_.size());
    if (step == 0) return 0;
    std::memcpy(into, input_.data(), step);
    input_.remove_prefix(step);
    return static_cast<int>(step);
}

int TlsSession::give_output(const char* bytes, int size) {
    const auto count = static_cast<std::size_t>(size);
    const std::span<char> out = output_scratch(*loop_);
    if (output_ + count > out.size()) {
        if (!std::exchange(has_held_, true)) {
            held_ = loop_->borrow();
            held_from_ = 0;
        }
        held_.append(out.data(), std::exchange(output_, 0));
        held_.append(bytes, count);
        return size;
    }
    std::memcpy(out.data() + output_, bytes, count);
    output_ += count;
    return size;
}

/// After the handshake a message costs the peer a few bytes and us work, an answer (to a KeyUpdate, RFC 8446 §4.6.3;
/// or that there is no renegotiation) and two buffers that OpenSSL keeps although they are empty, for
/// SSL_MODE_RELEASE_BUFFERS looks after those of data only.
void TlsSession::note_message(bool told, unsigned char type) {
    untidy_ = true;
    if (told || type == SSL3_MT_KEY_UPDATE) ++chatter_;
}

void TlsSession::free_buffers() {
    if (untidy_ && SSL_free_buffers(ssl_) == 1) untidy_ = false;
}

void TlsSession::begin() {
    ERR_clear_error();
    output_ = 0;
}

/// Keeps the ciphertext that OpenSSL has not taken for the next call.
void TlsSession::keep_input() {
    const std::string_view rest = std::exchange(input_, {});
    if (end_ != IoResult::Kind::done || rest.empty()) {
        stashed_from_ = 0;
        if (std::exchange(has_stash_, false)) loop_->give_back(std::exchange(stashed_, {}));
    } else if (has_stash_) {
        stashed_from_ = stashed_.size() - rest.size();
    } else {
        has_stash_ = true;
        stashed_ = loop_->borrow();
        stashed_.assign(rest);
        stashed_from_ = 0;
    }
}

/// Sends what is held and what this call added. 0 or an errno; has_held_ tells whether something stayed.
int TlsSession::send_output() {
    const std::string_view fresh(output_scratch(*loop_).data(), std::exchange(output_, 0));
    if (write_error_ != 0) return write_error_;
    if (!has_held_) {
        if (fresh.empty()) return 0;
        const ssize_t sent = send(fresh);
        if (sent < 0 && sent != -EAGAIN) return write_error_ = static_cast<int>(-sent);
        const std::size_t gone = sent < 0 ? 0 : static_cast<std::size_t>(sent);
        if (gone == fresh.size()) return 0;
        has_held_ = true;
        held_ = loop_->borrow();
        held_.append(fresh.substr(gone));
        held_from_ = 0;
        return 0;
    }
    held_.append(fresh);
    const ssize_t sent = send(std::string_view(held_).substr(held_from_));
    if (sent < 0 && sent != -EAGAIN) return write_error_ = static_cast<int>(-sent);
    if (sent > 0) held_from_ += static_cast<std::size_t>(sent);
    if (held_from_ == held_.size()) {
        has_held_ = false;
        held_from_ = 0;
        loop_->give_back(std::exchange(held_, {}));
    }
    return 0;
}

void TlsSession::defer() {
    if (std::exchange(deferred_, true)) return;
    loop_->defer(callback<&TlsSession::on_deferred>(this));
}

void TlsSession::on_deferred() {
    deferred_ = false;
    if (state_ == State::handshake) {
        on_handshake_ready();
    } else if (done_) {
        std::exchange(done_, {})();  // may be the end of this object, as below
    } else if (on_readable_ && has_pending()) {
        watch_->cancel_readable();
        std::exchange(on_readable_, {})();
    } else if (on_readable_) {  // somebody has read it meanwhile
        watch_->await_readable(callback<&TlsSession::on_socket_readable>(this));
    }
}

void TlsSession::end_reading(IoResult::Kind kind, int number) {
    end_ = kind;
    end_number_ = number;
}

// ── handshake ───────────────────────────────────────────────────────────────

void TlsSession::start(Callback done) {
    done_ = done;
    state_ = State::handshake;
    ERR_clear_error();
    ssl_ = SSL_new(context().contexts.front().get());
    BIO* bio = bio_method() == nullptr ? nullptr : BIO_new(bio_method());
    if (ssl_ == nullptr || bio == nullptr) {
        BIO_free(bio);
        fail_handshake(openssl_cause());
        return;
    }
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_, bio, bio);
    SSL_set_msg_callback_arg(ssl_, this);
}

void TlsSession::start_server(Callback done) {
    server_ = true;
    start(done);
    if (state_ != State::handshake) return;
    SSL_set_accept_state(ssl_);
    watch_->await_readable(guarded<&TlsSession::on_handshake_ready, &TlsSession::on_fault>(this));
}

void TlsSession::start_client(std::string_view name, Callback done) {
    start(done);
    if (state_ != State::handshake) return;
    if (name.ends_with('.')) name.remove_suffix(1);
    const std::string text(name);
    const bool is_address = static_cast<bool>(Address::literal(name, 0));
    bool good = true;
    if (!text.empty() && !is_address) good = SSL_set_tlsext_host_name(ssl_, text.c_str()) == 1;
    if (context().verifies) {
        if (text.empty()) {
            fail_handshake("there is no name to verify the certificate against");
            return;
        }
        // RFC 9525 §6.3, §2: names in subjectAltName only, and a wildcard is a whole label
        SSL_set_hostflags(ssl_, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
        good = good && (is_address ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), text.c_str()) == 1
                                   : SSL_set1_host(ssl_, text.c_str()) == 1);
    }
    if (!good) {
        fail_handshake(fmt::format("'{}' is not a server name", text));
        return;
    }
    // What came in the clear before the handshake must not count as what came under it (nginx CVE-2026-1642).
    char byte = 0;
    if (receive(std::span(&byte, 1), MSG_PEEK) > 0) {
        fail_handshake("the server sent bytes before the handshake");
        return;
    }
    SSL_set_connect_state(ssl_);
    handshake({});
}

void TlsSession::on_handshake_ready() {
    if (server_ && !loop_->may_work_hard()) {
        defer();
        return;
    }
    const ssize_t got = receive(input_scratch(*loop_));
    if (got > 0) {
        handshake(input_scratch(*loop_).first(static_cast<std::size_t>(got)));
    } else if (got == 0) {
        fail_handshake("the peer closed the connection during the handshake");
    } else if (got == -EAGAIN) {
        watch_->await_readable(guarded<&TlsSession::on_handshake_ready, &TlsSession::on_fault>(this));
    } else {
        fail_handshake(errno_text(static_cast<int>(-got)));
    }
}

void TlsSession::handshake(std::span<const char> input) {
    begin();
    input_ = {input.data(), input.size()};
    const int result = SSL_do_handshake(ssl_);
    if (result != 1 && SSL_get_error(ssl_, result) != SSL_ERROR_WANT_READ) {
        std::string cause = openssl_cause();
        if (const long verdict = SSL_get_verify_result(ssl_); verdict != X509_V_OK && context().verifies)
            cause = fmt::format("{}: {}", cause, X509_verify_cert_error_string(verdict));
        send_output();  // the alert
        fail_handshake(std::move(cause));
        return;
    }
    keep_input();
    on_handshake_sent();
}

void TlsSession::on_handshake_sent() {
    if (const int number = send_output(); number != 0) {
        fail_handshake(errno_text(number));
    } else if (has_held_) {
        watch_->await_writable(guarded<&TlsSession::on_handshake_sent, &TlsSession::on_fault>(this));
    } else if (SSL_is_init_finished(ssl_) == 1) {
        finish_handshake();
    } else {
        watch_->await_readable(guarded<&TlsSession::on_handshake_ready, &TlsSession::on_fault>(this));
    }
}

void TlsSession::finish_handshake() {
    const unsigned char* protocol = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(ssl_, &protocol, &size);
    if (size != 0 && std::string_view(reinterpret_cast<const char*>(protocol), size) != "http/1.1") {
        fail_handshake("the server chose a protocol that was not offered");
        return;
    }
    state_ = State::open;
    free_buffers();
    loop_->refresh_clock();
    defer();
}

void TlsSession::on_fault() noexcept {
    loop_->fault();
    if (state_ == State::handshake) fail_handshake("no memory");
}

void TlsSession::fail_handshake(std::string cause) {
    state_ = State::failed;
    error_ = std::move(cause);
    end_reading(IoResult::Kind::error, 0);
    keep_input();
    if (std::exchange(has_held_, false)) loop_->give_back(std::exchange(held_, {}));
    loop_->refresh_clock();
    defer();
}

const TlsInfo* TlsSession::info() {
    if (state_ != State::open) return nullptr;
    if (info_ != nullptr) return info_.get();
    info_ = std::make_unique<TlsInfo>();
    info_->protocol = SSL_get_version(ssl_);
    info_->cipher = SSL_CIPHER_get_name(SSL_get_current_cipher(ssl_));
    if (!server_) {
        if (X509* server = SSL_get0_peer_certificate(ssl_)) describe_server(server, *info_);
        return info_.get();
    }
    if (const char* name = SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name)) {
        info_->sni = name;
        if (info_->sni.ends_with('.')) info_->sni.pop_back();
        for (char& c : info_->sni)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    X509* client = SSL_get0_peer_certificate(ssl_);
    if (client != nullptr && SSL_get_verify_result(ssl_) == X509_V_OK) describe_client(client, *info_);
    return info_.get();
}

}  // namespace gw::net
