// The answer's half of a Call.

#include <algorithm>
#include <utility>

#include "libgw/io/net/http_server.h"

namespace gw::net {
namespace {

/// A body that is left over after an early answer is read and dropped up to this size, to keep the connection.
constexpr std::uint64_t kDiscard = 65536;
/// So often it is looked what a client takes, in the time that it may take nothing.
constexpr int kLooks = 6;

}  // namespace

http::HeadWriter Call::begin(std::uint16_t status) {
    status_ = status;
    std::string& text = outbox_.text();
    head_from_ = text.size();
    head_open_ = true;
    http::HeadWriter writer(text);
    writer.status_line(status);
    return writer;
}

bool Call::may_discard() const {
    if (body_complete_) return true;
    if (refusing_ || input_ended_) return false;
    if (head_->body.framing != http::Framing::length) return false;
    if (head_->expect_continue && !continue_sent_) return false;  // it may never come
    return head_->body.length - body_received_ <= kDiscard;
}

bool Call::must_close() const {
    return close_after_ || server_.draining_ || head_ == nullptr || !head_->keep_alive || input_ended_ ||
           requests_ >= request_limit_ || !may_discard() ||
           head_->upgrade_websocket ||  // what follows may have been meant for the tunnel that there is not
           (server_.pressure_ && *server_.pressure_ == Nanoseconds(0)) || loop().now() - opened_ > server_.limits_.age;
}

bool Call::end_head(http::HeadWriter& writer, std::optional<std::uint64_t> length) {
    const bool head_request = head_ != nullptr && head_->method == http::Method::head;
    answer_bodyless_ = head_request || status_ == 204 || status_ == 304 || status_ < 200;
    answer_chunked_ = false;
    if (status_ < 200) {
        // an interim answer, or 101: no framing
    } else if (length) {
        if (status_ != 204 && (status_ != 304 || *length > 0)) writer.content_length(*length);
        answer_left_ = answer_bodyless_ ? 0 : *length;
    } else if (!answer_bodyless_) {
        if (head_ != nullptr && head_->version == http::Version::http11) {
            writer.chunked();
            answer_chunked_ = true;
        } else {
            close_after_ = true;
        }
    }
    if (status_ >= 200) {
        if (must_close()) {
            close_after_ = true;
            writer.field(http::FieldName::connection, "close");
        } else if (head_->version == http::Version::http10) {
            writer.field(http::FieldName::connection, "keep-alive");
        }
    }
    if (!writer.end()) {
        outbox_.text().resize(head_from_);
        head_open_ = false;
        return false;
    }
    head_open_ = false;
    answer_begun_ = true;
    gone_deadline_ = Instant::max();
    return true;
}

void Call::write(std::string_view bytes) {
    if (bytes.empty()) return;
    if (tunnel_) {
        body_sent_ += bytes.size();
        read_deadline_ = loop().now() + server_.limits_.tunnel_idle;  // either way counts
        outbox_.refer(bytes);
        return;
    }
    if (answer_bodyless_ || answer_ended_) return;
    body_sent_ += bytes.size();
    if (answer_chunked_) {
        char buffer[20];
        outbox_.copy(http::chunk_prefix(bytes.size(), buffer));
        outbox_.refer(bytes);
        outbox_.copy(http::kChunkSuffix);
    } else {
        outbox_.refer(bytes);
    }
}

void Call::end() {
    if (answer_ended_) return;
    answer_ended_ = true;
    if (answer_chunked_ && !answer_bodyless_) outbox_.copy(http::kLastChunk);
}

void Call::flush() {
    if (phase_ != Phase::call) return;
    const Outbox::State state = outbox_.flush(stream_);
    if (state == Outbox::State::broken) {
        close(false);
        return;
    }
    if (state == Outbox::State::empty) {
        write_deadline_ = Instant::max();
        sending_since_ = Instant();
        if (answer_ended_) finish(true);
        return;
    }
    if (sending_since_ == Instant()) begin_watching();
    set_deadlines();
    stream_.await_writable(guarded<&Call::on_writable, &Call::on_fault>(this));
}

void Call::begin_watching() {
    const Instant now = loop().now();
    sending_since_ = progress_at_ = now;
    sending_rate_ = {};
    taken_ = stream_.taken();
    write_deadline_ = now + std::min(server_.limits_.send_stall / kLooks, Rate::kPeriod);
}

/// The system buffers for the client and says that there is room when a good part of that has gone. What the client
/// takes meanwhile only the socket knows.
void Call::watch_client(Instant now) {
    const ServerLimits& limits = server_.limits_;
    const Nanoseconds waited = now - std::exchange(sending_since_, now);
    const std::uint64_t taken = stream_.taken();
    if (taken > taken_) {
        progress_at_ = now;
        if (sending_rate_.falls_below(limits.min_rate, waited, taken - std::exchange(taken_, taken))) {
            close(true);
            return;
        }
    } else {
        sending_rate_.wait(waited);
        if (now - progress_at_ >= limits.send_stall) {
            close(true);
            return;
        }
    }
    write_deadline_ =
        std::min(now + std::min(limits.send_stall / kLooks, Rate::kPeriod), progress_at_ + limits.send_stall);
    set_deadlines();
}

void Call::on_writable() {
    if (phase_ == Phase::closed) return;
    flush();
    if (phase_ == Phase::call && !answer_ended_ && outbox_.held() < kLowWater && events_ != nullptr)
        events_->on_drained();
}

void Call::begin_tunnel() {
    tunnel_ = true;
    answer_bodyless_ = answer_chunked_ = false;
    body_complete_ = false;
    close_after_ = true;
}

void Call::abort() { close(true); }

}  // namespace gw::net
