#include "apps/gw-wscat/link.h"

#include <utility>

#include <fmt/format.h>

#include "libgw/base/units.h"
#include "libgw/io/net/inquiry.h"

namespace gw::wscat {
namespace {

constexpr Nanoseconds kCloseAnswer = std::chrono::seconds(5);
/// RFC 6455 §7.1.1: the server closes first.
constexpr Nanoseconds kServerCloses = std::chrono::seconds(1);
constexpr std::size_t kMostDropped = 65536;

}  // namespace

Link::Link(Dialer& dialer, LinkEvents& events)
    : dialer_(dialer), events_(events), fetch_(*this), timer_(net::callback<&Link::on_timer>(this)) {}

void Link::open(const Dial& dial) {
    dial_ = dial;
    session_.reset();
    ending_ = {};
    message_.clear();
    dropped_ = 0;
    answered_ = decided_ = ended_ = over_ = false;
    dialer_.loop().arm_after(timer_, dialer_.plan().timeout);
    fetch_.start(dialer_.client(), dial_.endpoint, http::Method::get, true, true);
}

void Link::on_ready() {
    fetch_.head() += dial_.head;
    fetch_.end();
    fetch_.flush();
}

void Link::on_answer_head(http::ResponseHead& head) {
    if (head.status != 101) {
        answered_ = true;
        ending_.kind = Ending::Kind::refused;
        ending_.status = head.status;
        ending_.status_text = fmt::format("{} {}", head.status, head.reason());
        for (const http::FieldView field : head.fields) ending_.fields.add(field.name, field.value);
        return;
    }
    auto agreement = websocket::agree(dial_.handshake, head);
    if (!agreement) {
        ending_.kind = Ending::Kind::failed;
        ending_.error = std::move(agreement).error();
        ending_.error.code = Errc::closed;
        return end(std::move(ending_));
    }
    timer_.cancel();
    session_.emplace(websocket::Role::client, dialer_.plan().limits, &dialer_.keys());
    if (agreement->deflate) session_->deflate(*agreement->deflate, dialer_.pool());
    events_.on_open(*agreement);
}

void Link::on_answer_body(std::string_view bytes) {
    if (ended_) return;
    if (answered_) {
        ending_.body.append(bytes.substr(0, kMostBody - ending_.body.size()));
        if (ending_.body.size() == kMostBody) over_ = true;
        return;
    }
    if (!session_) return;
    if (session_->over() && (dropped_ += bytes.size()) > kMostDropped) over_ = true;
    feeding_ = true;  // what answers is appended to the text that a flush would take away
    session_->feed(bytes, dialer_.room(), *this, fetch_.head(), dialer_.loop().now());
    feeding_ = false;
}

void Link::on_answer_end() { over_ = true; }

void Link::on_turn_end() {
    if (ended_) return;
    if (session_ && !over_) {
        events_.on_turn_end();
        if (ended_) return;
        fetch_.flush();
        return;
    }
    if (!over_) return;
    if (answered_ || decided_) return end(std::move(ending_));
    if (session_) {
        ending_.kind = Ending::Kind::broken;
        ending_.reason = "the connection ended without a close frame";
    } else {
        ending_.error = Error{Errc::closed, "the server closed the connection without an answer", {}, {}};
    }
    end(std::move(ending_));
}

void Link::on_failed(const net::FetchFailure& failure) {
    if (ended_) return;
    if (answered_ || decided_) return end(std::move(ending_));
    if (session_) {
        ending_.kind = Ending::Kind::broken;
        ending_.reason = failure.detail;
        return end(std::move(ending_));
    }
    ending_.kind = Ending::Kind::failed;
    ending_.error = Error{net::to_errc(failure.kind), failure.detail, {}, {}};
    end(std::move(ending_));
}

void Link::on_data(const websocket::Decoded& piece) {
    if (ended_ || decided_) return;
    if (piece.begins && piece.ends) return events_.on_message(piece.text, piece.data);
    if (piece.begins) message_.clear();
    message_ += piece.data;
    if (!piece.ends) return;
    events_.on_message(piece.text, message_);
    if (message_.capacity() > (1U << 20U)) message_ = {};
}

void Link::on_close(websocket::CloseCode code, std::string_view reason) {
    decided_ = true;
    ending_.kind = Ending::Kind::closed;
    if (!ending_.ours) ending_.code = code;
    if (!ending_.ours) ending_.reason = reason;
    dialer_.loop().arm_after(timer_, kServerCloses);
}

void Link::on_failure(websocket::CloseCode code, std::string_view why) {
    decided_ = true;
    ending_.kind = Ending::Kind::broken;
    ending_.code = code;
    ending_.reason = why;
    dialer_.loop().arm_after(timer_, kServerCloses);
}

bool Link::send(bool text, std::string_view message) {
    if (!is_open()) return false;
    const std::size_t most = dialer_.plan().frame;
    if (most != 0 && message.size() > most) {
        for (std::size_t at = 0; at < message.size(); at += most)
            session_->send_piece(text ? websocket::Opcode::text : websocket::Opcode::binary, message.substr(at, most),
                                 at == 0, at + most >= message.size(), fetch_.head());
        return true;
    }
    return session_->send(text ? websocket::Opcode::text : websocket::Opcode::binary, message, fetch_.head());
}

bool Link::ping(std::string_view payload) { return is_open() && session_->ping(payload, fetch_.head()); }
bool Link::pong(std::string_view payload) { return is_open() && session_->pong(payload, fetch_.head()); }

void Link::close(websocket::CloseCode code, std::string_view reason) {
    if (!is_open() || session_->over()) return;
    session_->close(code, reason, fetch_.head());
    ending_.ours = true;
    ending_.code = code;
    ending_.reason = reason;
    dialer_.loop().arm_after(timer_, kCloseAnswer);
    flush();
}

void Link::give_up(std::string_view why) {
    if (ended_) return;
    ending_.kind = Ending::Kind::broken;
    ending_.code = websocket::CloseCode::abnormal;
    ending_.reason = why;
    end(std::move(ending_));
}

void Link::flush() {
    if (!ended_ && !feeding_) fetch_.flush();
}

void Link::on_timer() {
    if (decided_) return end(std::move(ending_));
    if (session_) {  // our close frame was not answered
        ending_.kind = Ending::Kind::broken;
        ending_.code = websocket::CloseCode::abnormal;
        ending_.reason = fmt::format("the peer did not answer our close frame in {}", to_duration_text(kCloseAnswer));
        return end(std::move(ending_));
    }
    if (answered_) return end(std::move(ending_));
    ending_.kind = Ending::Kind::failed;
    ending_.error = Error{Errc::timeout,
                          fmt::format("no answer to the handshake within {}", to_duration_text(dialer_.plan().timeout)),
                          {},
                          {}};
    end(std::move(ending_));
}

void Link::end(Ending ending) {
    if (std::exchange(ended_, true)) return;
    ending_ = std::move(ending);
    timer_.cancel();
    fetch_.cancel();
    dialer_.loop().defer(net::callback<&Link::report>(this));
}

/// Outside of whatever ended it, so that the owner may open it again or let it go.
void Link::report() {
    const Ending ending = std::move(ending_);
    events_.on_end(ending);
}

}  // namespace gw::wscat
