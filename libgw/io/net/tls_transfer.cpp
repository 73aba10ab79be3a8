// Facts
// - What the socket did not take stays in `held_`, and nothing more is encrypted until it has gone.
// - A write reports plaintext as taken when its ciphertext is in the kernel. `owed_` bytes have been encrypted but not
//   reported; the caller offers them again, and they are skipped.

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <sys/socket.h>

#include "libgw/io/net/tls_openssl.h"

namespace gw::net {
namespace {

constexpr std::size_t kBatch = 65536;  // plaintext of one send()
static_assert(kCipherOutput >= kBatch + 8 * 64);
constexpr std::size_t kSmallestRead = 4096;

/// Messages without data that a connection may see after its handshake, and one more for each so many bytes of data.
constexpr std::uint64_t kChatter = 32;
constexpr std::uint64_t kChatterEvery = 1 << 20;

/// Walks over the bytes of an iovec array.
class Cursor {
  public:
    explicit Cursor(std::span<const iovec> parts) : parts_(parts) { settle(); }

    [[nodiscard]] bool at_end() const { return parts_.empty(); }
    [[nodiscard]] bool in_last() const { return parts_.size() == 1; }
    /// What is left of this part; not empty unless at_end().
    [[nodiscard]] std::span<const char> rest() const {
        return std::span(static_cast<const char*>(parts_.front().iov_base), parts_.front().iov_len).subspan(at_);
    }
    /// Requires: size ≤ rest().size().
    void advance(std::size_t size) {
        at_ += size;
        settle();
    }
    void skip(std::size_t size) {
        while (size > 0 && !at_end()) {
            const std::size_t step = std::min(size, rest().size());
            advance(step);
            size -= step;
        }
    }
    std::size_t copy(std::span<char> into) {
        std::size_t filled = 0;
        while (filled < into.size() && !at_end()) {
            const std::size_t step = std::min(into.size() - filled, rest().size());
            std::memcpy(into.data() + filled, rest().data(), step);
            advance(step);
            filled += step;
        }
        return filled;
    }

  private:
    void settle() {
        while (!parts_.empty() && at_ == parts_.front().iov_len) {
            parts_ = parts_.subspan(1);
            at_ = 0;
        }
    }

    std::span<const iovec> parts_;
    std::size_t at_ = 0;
};

}  // namespace

// ── reading ─────────────────────────────────────────────────────────────────

bool TlsSession::has_pending() const {
    return end_ != IoResult::Kind::done || has_stash_ || (ssl_ != nullptr && SSL_pending(ssl_) > 0);
}

void TlsSession::await_readable(Callback call) {
    on_readable_ = call;
    if (has_pending())
        defer();
    else
        watch_->await_readable(callback<&TlsSession::on_socket_readable>(this));
}

void TlsSession::cancel_readable() {
    on_readable_ = {};
    if (state_ != State::handshake) watch_->cancel_readable();
}

void TlsSession::on_socket_readable() {
    if (const Callback call = std::exchange(on_readable_, {})) call();
}

/// Decrypts what is at hand, until `into` is full. Peeking leaves the plaintext in OpenSSL.
std::size_t TlsSession::decrypt(std::span<char> into, bool peek) {
    std::size_t filled = 0;
    while (filled < into.size() && (!input_.empty() || SSL_pending(ssl_) > 0)) {
        std::size_t got = 0;
        const int result = peek ? SSL_peek_ex(ssl_, into.data(), into.size(), &got)
                                : SSL_read_ex(ssl_, into.data() + filled, into.size() - filled, &got);
        if (result == 1) {
            filled += got;
            if (peek) break;
            received_ += got;
            continue;
        }
        const int error = SSL_get_error(ssl_, result);
        if (error == SSL_ERROR_WANT_READ) break;  // a part of a record, or no data in it
        if (error == SSL_ERROR_ZERO_RETURN) {
            end_reading(IoResult::Kind::end, 0);
        } else {
            error_ = openssl_cause();
            end_reading(IoResult::Kind::error, 0);
        }
        break;
    }
    if (chatter_ > kChatter + received_ / kChatterEvery && end_ == IoResult::Kind::done) {
        error_ = "too many key updates or renegotiations";
        end_reading(IoResult::Kind::error, 0);
    }
    return filled;
}

std::size_t TlsSession::receive_into(std::span<char> into, bool peek) {
    begin();
    if (has_stash_) input_ = std::string_view(stashed_).substr(stashed_from_);
    std::size_t filled = decrypt(into, peek);
    // Plaintext is never longer than its ciphertext: with so much, what comes fits.
    const std::size_t most = std::clamp(into.size(), kSmallestRead, kCipherInput);
    while (filled == 0 && end_ == IoResult::Kind::done) {
        const ssize_t got = receive(input_scratch(*loop_).first(most));
        if (got == -EAGAIN) break;
        if (got <= 0) {
            // RFC 8446 §6.1: without close_notify nobody knows whether this was all
            error_ =
                got == 0 ? "the peer closed the connection without close_notify" : errno_text(static_cast<int>(-got));
            end_reading(IoResult::Kind::error, static_cast<int>(-got));
            break;
        }
        if (std::exchange(has_stash_, false)) loop_->give_back(std::exchange(stashed_, {}));
        input_ = {input_scratch(*loop_).data(), static_cast<std::size_t>(got)};
        filled = decrypt(into, peek);
        // a socket that gave less than it could is mostly empty; who looks wants to know whether it is at its end
        if (!peek && static_cast<std::size_t>(got) < most) break;
    }
    keep_input();
    if (untidy_) free_buffers();
    send_output();  // an alert, or the answer to a KeyUpdate; an error shows at the next write
    return filled;
}

IoResult TlsSession::read(std::span<char> into) {
    if (state_ == State::failed) return {IoResult::Kind::error, 0, 0};
    if (state_ != State::open || into.empty()) return {};
    if (end_ == IoResult::Kind::done) {
        const std::size_t filled = receive_into(into, false);
        if (filled > 0) return {IoResult::Kind::done, filled, 0};
    }
    if (end_ == IoResult::Kind::done) return {};
    return {end_, 0, end_number_};
}

bool TlsSession::has_input() {
    if (state_ != State::open || end_ != IoResult::Kind::done) return false;
    char byte = 0;
    const bool found = receive_into(std::span(&byte, 1), true) > 0;
    if (on_readable_ && has_pending()) await_readable(on_readable_);  // the socket may be silent from now on
    return found;
}

bool TlsSession::peer_gone() {
    if (state_ == State::open && has_input()) return false;
    return end_ != IoResult::Kind::done;
}

// ── writing ─────────────────────────────────────────────────────────────────

IoResult TlsSession::write(std::span<const iovec> parts) {
    if (state_ == State::failed) return {IoResult::Kind::error, 0, 0};
    if (state_ != State::open) return {};
    begin();
    const auto unsent = [this] { return has_held_ ? held_.size() - held_from_ : 0; };
    Cursor cursor(parts);
    std::size_t offered = 0;
    for (const iovec& part : parts) offered += part.iov_len;

    if (has_held_ && send_output() != 0) return {IoResult::Kind::error, 0, write_error_};
    // Ciphertext is longer than plaintext: what is unsent is at least so much of it.
    std::size_t taken = std::min(owed_ - std::min(owed_, unsent()), offered);
    owed_ -= taken;
    cursor.skip(taken);
    while (!has_held_ && !cursor.at_end()) {
        std::size_t batch = 0;
        while (batch < kBatch && !cursor.at_end()) {
            // Whole records straight from the part; ends and small parts are joined to one.
            std::span<const char> piece = cursor.rest().first(std::min(cursor.rest().size(), kBatch - batch));
            if (piece.size() >= kRecord && !cursor.in_last()) piece = piece.first(piece.size() / kRecord * kRecord);
            if (piece.size() >= kRecord || cursor.in_last()) {
                cursor.advance(piece.size());
            } else {
                const std::span<char> record = record_scratch(*loop_).first(std::min(kRecord, kBatch - batch));
                piece = record.first(cursor.copy(record));
            }
            std::size_t written = 0;
            if (SSL_write_ex(ssl_, piece.data(), piece.size(), &written) != 1) {
                error_ = openssl_cause();
                write_error_ = EPIPE;
                return {IoResult::Kind::error, 0, 0};
            }
            batch += written;
        }
        if (send_output() != 0) return {IoResult::Kind::error, 0, write_error_};
        const std::size_t gone = batch - std::min(batch, unsent());
        owed_ = batch - gone;
        taken += gone;
    }
    if (taken == 0 && offered > 0) return {};
    return {IoResult::Kind::done, taken, 0};
}

void TlsSession::shutdown_write() {
    if (state_ == State::open && write_error_ == 0 && end_ != IoResult::Kind::error &&
        !std::exchange(said_goodbye_, true)) {
        begin();
        SSL_shutdown(ssl_);
        ERR_clear_error();
        send_output();
    }
    on_last_writable();
}

void TlsSession::on_last_writable() {
    if (has_held_) send_output();
    finishing_ = has_held_ && write_error_ == 0;
    if (finishing_) {
        watch_->await_writable(callback<&TlsSession::on_last_writable>(this));
    } else {
        ::shutdown(watch_->fd(), SHUT_WR);
    }
}

}  // namespace gw::net
