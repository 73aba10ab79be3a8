#include "libgw/io/net/http_server.h"

#include <algorithm>
#include <utility>

#include "libgw/base/time_text.h"

namespace gw::net {
namespace {

constexpr std::size_t kHeadsKept = 128;

}  // namespace

void Handler::on_refused(Call& call, const http::Refused& refused) {
    auto writer = call.begin(refused.status);
    if (call.end_head(writer, 0)) call.end();
    call.flush();
}

void Handler::on_handshake_failed(const Address&, std::string_view) {}

HttpServer::HttpServer(Loop& loop, const ServerLimits& limits, Handler& handler, std::uint64_t seed)
    : loop_(loop), limits_(limits), handler_(handler), random_(seed) {
    heads_.reserve(kHeadsKept);
}

HttpServer::~HttpServer() {
    close_all();
    reap();
    loop_.forget(this);
}

void HttpServer::adopt(Stream stream, std::shared_ptr<const TlsContext> tls, std::uint32_t listener) {
    auto* call = new Call(*this, std::move(stream), listener);
    call->previous_ = last_;
    (last_ != nullptr ? last_->next_ : first_) = call;
    last_ = call;
    ++connections_;
    try {
        call->start(std::move(tls));
    } catch (...) {
        call->on_fault();
    }
}

void HttpServer::bury(Call* call) {
    (call->previous_ != nullptr ? call->previous_->next_ : first_) = call->next_;
    (call->next_ != nullptr ? call->next_->previous_ : last_) = call->previous_;
    --connections_;
    if (call->head_ != nullptr) give_head(std::move(call->head_));
    if (dead_ == nullptr) loop_.defer(callback<&HttpServer::reap>(this));
    call->next_ = std::exchange(dead_, call);
    if (released_) released_(call->peer());
}

void HttpServer::reap() {
    for (Call* call = std::exchange(dead_, nullptr); call != nullptr;) delete std::exchange(call, call->next_);
}

void HttpServer::drain(Nanoseconds spread) {
    draining_ = true;
    const Instant now = loop_.now();
    for (Call* call = first_; call != nullptr; call = call->next_) {
        if (call->phase_ != Call::Phase::idle && call->phase_ != Call::Phase::handshake) continue;
        Nanoseconds delay{0};
        if (call->requests_ == 0)
            delay = kFirstRequest;
        else if (spread.count() > 0)
            delay = Nanoseconds(static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(spread.count()))));
        call->read_deadline_ = std::min(call->read_deadline_, now + delay);
        call->set_deadlines();
    }
}

std::size_t HttpServer::close_idle(std::size_t count) {
    std::size_t closed = 0;
    for (Call* call = first_; call != nullptr && closed < count;) {
        Call* next = call->next_;
        if (call->phase_ == Call::Phase::idle) {
            call->close(false);
            ++closed;
        }
        call = next;
    }
    return closed;
}

bool HttpServer::close_longest_waiting() {
    Call* longest = nullptr;
    const auto since = [](const Call& call) { return call.requests_ == 0 ? call.opened_ : call.began_; };
    for (Call* call = first_; call != nullptr; call = call->next_) {
        if (call->phase_ == Call::Phase::call) continue;
        if (longest == nullptr || since(*call) < since(*longest)) longest = call;
    }
    if (longest == nullptr) return false;
    longest->close(false);
    return true;
}

void HttpServer::close_all() {
    while (first_ != nullptr) first_->close(true);
}

std::string_view HttpServer::date_text() {
    const Date date = loop_.date();
    const std::int64_t second = to_unix_seconds(date);
    if (second != date_second_) {
        date_second_ = second;
        const auto text = to_http_date(date);
        date_size_ = static_cast<std::uint8_t>(text.view().copy(date_, sizeof date_));
    }
    return {date_, date_size_};
}

std::unique_ptr<http::RequestHead> HttpServer::take_head() {
    if (heads_.empty()) return std::make_unique<http::RequestHead>();
    auto head = std::move(heads_.back());
    heads_.pop_back();
    return head;
}

void HttpServer::give_head(std::unique_ptr<http::RequestHead> head) {
    if (head == nullptr || heads_.size() >= kHeadsKept) return;
    head->clear();
    heads_.push_back(std::move(head));
}

}  // namespace gw::net
