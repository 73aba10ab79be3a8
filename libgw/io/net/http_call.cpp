#include <algorithm>
#include <utility>

#include "libgw/io/net/http_server.h"

namespace gw::net {
namespace {

/// A client that has sent its FIN gets this long to see an answer begin: it may have closed only its own half.
constexpr Nanoseconds kHalfClosed = std::chrono::milliseconds(50);
/// What a connection in its lingering close is read for at most.
constexpr std::uint32_t kLingered = 65536;

/// A spread of ±10 %, so that connections that came together do not leave together.
template <class T>
T jitter(T value, Random& random) {
    const auto percent = static_cast<std::int64_t>(90 + random.below(21));
    if constexpr (std::is_integral_v<T>)
        return static_cast<T>(static_cast<std::uint64_t>(value) * static_cast<std::uint64_t>(percent) / 100);
    else
        return value / 100 * percent;
}

}  // namespace

Call::Call(HttpServer& server, Stream stream, std::uint32_t listener)
    : server_(server),
      listener_(listener),
      stream_(std::move(stream)),
      outbox_(server.loop()),
      decoder_(server.limits_.message),
      timer_(guarded<&Call::on_timer, &Call::on_fault>(this)),
      opened_(server.loop().now()),
      request_limit_(std::max(1U, jitter(server.limits_.requests, server.random_))) {}

Call::~Call() {
    loop().forget(this);
    if (stash_borrowed_) loop().give_back(std::move(stash_));
}

Loop& Call::loop() const { return server_.loop(); }

void Call::start(std::shared_ptr<const TlsContext> tls) {
    if (tls != nullptr) {
        phase_ = Phase::handshake;
        read_deadline_ = loop().now() + server_.limits_.handshake;
        set_deadlines();
        stream_.accept_tls(std::move(tls), guarded<&Call::on_handshake, &Call::on_fault>(this));
        return;
    }
    read_deadline_ = loop().now() + patience_for_head();
    set_deadlines();
    await_input();
}

void Call::on_handshake() {
    if (!stream_.handshake_error().empty()) {
        server_.handler_.on_handshake_failed(peer(), stream_.handshake_error());
        close(false);
        return;
    }
    loop().refresh_clock();
    phase_ = Phase::idle;
    read_deadline_ = loop().now() + patience_for_head();
    set_deadlines();
    await_input();
}

/// A fresh connection has the time of a head to say something, not that of an idle one.
Nanoseconds Call::patience_for_head() const {
    return server_.draining_ ? std::min(server_.limits_.head, HttpServer::kFirstRequest) : server_.limits_.head;
}

void Call::await_input() {
    if (!stream_.awaiting_readable()) stream_.await_readable(guarded<&Call::on_readable, &Call::on_fault>(this));
}

void Call::set_deadlines() {
    const Instant due = std::min({read_deadline_, write_deadline_, gone_deadline_});
    if (due == Instant::max()) return;
    if (!timer_.armed() || due < timer_.at()) loop().arm(timer_, due);
}

void Call::on_timer() {
    const Instant now = loop().now();
    if (std::min({read_deadline_, write_deadline_, gone_deadline_}) > now) {
        set_deadlines();
        return;
    }
    if (write_deadline_ <= now) {
        watch_client(now);
        return;
    }
    if (gone_deadline_ <= now) {
        gone_deadline_ = Instant::max();
        if (phase_ == Phase::call && !answer_begun_) {
            close(false);
            return;
        }
        set_deadlines();
        return;
    }
    if (phase_ == Phase::idle && stream_.has_input()) {
        // a request came as we were about to go: it is answered, and the next deadline is that of its head
        read_deadline_ = now + server_.limits_.head;
        set_deadlines();
        return;
    }
    read_deadline_ = Instant::max();
    switch (phase_) {
        case Phase::head: refuse({408, "timeout.head"}); break;
        case Phase::call:
            if (tunnel_ || answer_begun_)
                close(true);
            else
                refuse({408, "timeout.body"});
            break;
        case Phase::handshake:
            server_.handler_.on_handshake_failed(peer(), "it was not done in time");
            close(false);
            break;
        default: close(false); break;
    }
}

void Call::on_readable() {
    const std::span<char> scratch = loop().scratch();
    const IoResult got = stream_.read(scratch);
    switch (got.kind) {
        case IoResult::Kind::again: await_input(); return;
        case IoResult::Kind::error: close(false); return;
        case IoResult::Kind::end: on_end_of_input(); return;
        case IoResult::Kind::done: break;
    }
    if (phase_ == Phase::linger) {
        lingered_ += static_cast<std::uint32_t>(got.size);
        if (lingered_ > kLingered)
            close(false);
        else
            await_input();
        return;
    }
    take({scratch.data(), got.size});
}

void Call::on_end_of_input() {
    input_ended_ = true;
    read_deadline_ = Instant::max();
    switch (phase_) {
        case Phase::call:
            if (tunnel_) {
                if (events_ != nullptr) events_->on_body_end();
                return;
            }
            if (!body_complete_) {
                close(false);  // a truncated body is never presented as whole
                return;
            }
            if (!answer_begun_) {
                gone_deadline_ = loop().now() + kHalfClosed;
                set_deadlines();
            }
            return;
        case Phase::idle:
        case Phase::head:
        case Phase::discard:
        case Phase::linger:
        case Phase::handshake:
        case Phase::closed: close(false); return;
    }
}

void Call::stash(std::string_view bytes) {
    if (bytes.empty()) return;
    if (!stash_borrowed_) {
        stash_ = loop().borrow();
        stash_borrowed_ = true;
    }
    stash_.append(bytes);
}

void Call::take(std::string_view bytes) {
    in_input_ = true;
    bool more = true;
    while (more && phase_ != Phase::closed && phase_ != Phase::linger) {
        if (phase_ == Phase::call && !want_body_) {
            stash(bytes);  // not asked for yet, or the next request: it waits, and so do we
            break;
        }
        more = take_some(bytes) || !bytes.empty();
    }
    in_input_ = false;
    if (phase_ == Phase::closed || phase_ == Phase::linger) return;
    if (stash_borrowed_ && !stash_.empty()) return;  // read on when it is used up
    if (phase_ == Phase::call && !want_body_ && !body_complete_) return;
    await_input();
}

bool Call::take_some(std::string_view& bytes) {
    if (tunnel_) {
        read_deadline_ = loop().now() + server_.limits_.tunnel_idle;
        body_received_ += bytes.size();
        events_->on_body(std::exchange(bytes, {}));
        return false;
    }
    if (phase_ == Phase::idle) {
        if (head_ == nullptr) head_ = server_.take_head();
        began_ = loop().now();
    }
    const http::Decoded step = decoder_.decode(bytes, *head_);
    bytes.remove_prefix(step.taken);
    switch (step.found) {
        case http::Found::more:
            if (phase_ == Phase::idle && !decoder_.idle()) {
                phase_ = Phase::head;
                read_deadline_ = began_ + server_.limits_.head;
                set_deadlines();
            }
            return false;
        case http::Found::head: dispatch(); return true;
        case http::Found::body: on_body_bytes(step.data); return true;
        case http::Found::end:
            if (phase_ == Phase::discard) {
                next();
                return true;
            }
            body_complete_ = true;
            want_body_ = false;
            read_deadline_ = Instant::max();
            if (phase_ == Phase::call && events_ != nullptr) events_->on_body_end();
            return true;
        case http::Found::error:
            if (phase_ == Phase::discard || (phase_ == Phase::call && answer_begun_))
                close(true);
            else
                refuse(step.refused);
            return false;
    }
    return false;
}

void Call::on_body_bytes(std::string_view bytes) {
    if (phase_ == Phase::discard) return;
    body_received_ += bytes.size();
    if (waiting_since_ != Instant()) {
        const Instant now = loop().now();
        const Nanoseconds waited = now - std::exchange(waiting_since_, now);
        read_deadline_ = now + server_.limits_.body_gap;
        if (body_rate_.falls_below(server_.limits_.min_rate, waited, bytes.size())) {
            if (answer_begun_)
                close(true);
            else
                refuse({408, "timeout.body"});
            return;
        }
    }
    if (events_ != nullptr) events_->on_body(bytes);
}

void Call::begin_call() {
    if (phase_ != Phase::call) {
        ++requests_;
        ++server_.calls_;
    }
    phase_ = Phase::call;
    events_ = nullptr;
    status_ = 0;
    body_received_ = body_sent_ = answer_left_ = 0;
    continue_sent_ = answer_begun_ = answer_ended_ = answer_chunked_ = answer_bodyless_ = false;
    close_after_ = refusing_ = tunnel_ = want_body_ = head_open_ = faulted_ = false;
    body_rate_ = {};
    waiting_since_ = Instant();
    gone_deadline_ = read_deadline_ = Instant::max();
}

void Call::dispatch() {
    begin_call();
    body_complete_ = head_->body.framing == http::Framing::none;
    if (body_complete_) {
        // the decoder's end of a message without body takes no byte
        const http::Decoded end = decoder_.decode({}, *head_);
        if (end.found == http::Found::error) {
            refuse(end.refused);
            return;
        }
    }
    server_.handler_.on_call(*this);
}

void Call::refuse(const http::Refused& refused) {
    const bool under_way = phase_ == Phase::call && events_ != nullptr;
    if (!under_way) {
        begin_call();
        body_complete_ = false;
    }
    refusing_ = true;
    close_after_ = true;
    want_body_ = false;
    read_deadline_ = Instant::max();
    if (under_way)
        events_->on_refused(refused);
    else
        server_.handler_.on_refused(*this, refused);
}

void Call::on_fault() noexcept {
    in_input_ = false;
    fault();
}

void Call::fault() noexcept {
    loop().fault();
    if (phase_ == Phase::closed) return;
    try {
        if (head_open_) outbox_.text().resize(head_from_);
        head_open_ = false;
        if (phase_ == Phase::call && !answer_begun_ && !std::exchange(faulted_, true)) {
            refuse({500, "internal"});
            return;
        }
    } catch (...) {  // then without an answer
    }
    close(true);
}

void Call::read_body() {
    if (want_body_ || (body_complete_ && !tunnel_) || phase_ != Phase::call) return;
    want_body_ = true;
    waiting_since_ = loop().now();
    read_deadline_ = waiting_since_ + (tunnel_ ? server_.limits_.tunnel_idle : server_.limits_.body_gap);
    set_deadlines();
    if (in_input_) return;
    if (stash_borrowed_ && !stash_.empty())
        loop().defer(guarded<&Call::on_resume, &Call::on_fault>(this));
    else if (input_ended_ && tunnel_)
        loop().defer(guarded<&Call::on_resume, &Call::on_fault>(this));
    else
        await_input();
}

void Call::pause_body() {
    if (!want_body_) return;
    want_body_ = false;
    if (waiting_since_ != Instant()) body_rate_.wait(loop().now() - waiting_since_);
    waiting_since_ = Instant();
    read_deadline_ = Instant::max();
    stream_.cancel_readable();
}

void Call::on_resume() {
    if (phase_ == Phase::closed || phase_ == Phase::linger) return;
    if (phase_ == Phase::call && !want_body_) return;
    if (stash_borrowed_ && !stash_.empty()) {
        std::string bytes = std::exchange(stash_, {});
        stash_borrowed_ = false;
        take(bytes);
        loop().give_back(std::move(bytes));
    } else {
        await_input();
    }
}

void Call::send_continue() {
    if (!head_->expect_continue || continue_sent_ || answer_begun_ || body_complete_ || body_received_ > 0) return;
    continue_sent_ = true;
    if (stash_borrowed_ && !stash_.empty()) return;  // it did not wait
    outbox_.copy("HTTP/1.1 100 Continue\r\n\r\n");
    flush();
}

void Call::finish(bool complete) {
    --server_.calls_;
    const bool closing = close_after_ || must_close();
    if (events_ != nullptr) std::exchange(events_, nullptr)->on_finished(complete);
    if (phase_ == Phase::closed) return;
    if (closing) {
        linger();
        return;
    }
    if (!body_complete_) {
        phase_ = Phase::discard;
        want_body_ = true;
        read_deadline_ = loop().now() + server_.limits_.body_gap;
        set_deadlines();
        if (in_input_) return;
        if (stash_borrowed_ && !stash_.empty())
            loop().defer(guarded<&Call::on_resume, &Call::on_fault>(this));
        else
            await_input();
        return;
    }
    next();
}

void Call::next() {
    server_.give_head(std::move(head_));
    phase_ = Phase::idle;
    want_body_ = false;
    body_complete_ = true;
    read_deadline_ = loop().now() + server_.pressure_.value_or(server_.limits_.keep_alive);
    set_deadlines();
    if (in_input_) return;  // the loop there goes on with what it has
    if (stash_borrowed_ && !stash_.empty())
        loop().defer(guarded<&Call::on_resume, &Call::on_fault>(this));
    else
        await_input();
}

void Call::linger() {
    phase_ = Phase::linger;
    lingered_ = 0;
    stream_.shutdown_write();
    if (input_ended_) {
        close(false);
        return;
    }
    read_deadline_ = loop().now() + server_.limits_.linger;
    set_deadlines();
    await_input();
}

void Call::close(bool with_reset) {
    if (phase_ == Phase::closed) return;
    const bool in_call = phase_ == Phase::call;
    phase_ = Phase::closed;
    timer_.cancel();
    if (with_reset)
        stream_.reset();
    else
        stream_.close();
    outbox_.clear();
    if (in_call) {
        --server_.calls_;
        if (events_ != nullptr) std::exchange(events_, nullptr)->on_finished(false);
    }
    server_.bury(this);
}

}  // namespace gw::net
