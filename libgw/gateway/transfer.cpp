#include "libgw/gateway/transfer.h"

#include <array>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "libgw/gateway/context.h"
#include "libgw/gateway/pipeline.h"
#include "libgw/gateway/worker.h"
#include "libgw/policy/reasons.h"
#include "libgw/wire/http/status.h"
#include "libgw/wire/websocket/handshake.h"

namespace gw::gateway {

Transfer::Transfer(Worker& worker)
    : worker_(worker), fetch_(*this), timer_(net::guarded<&Transfer::on_timer, &Transfer::on_fault>(this)) {}

Transfer::~Transfer() { worker_.loop().forget(this); }

void Transfer::prepare(net::Call& call) {
    call_ = &call;
    call.events(this);
    runtime_ = worker_.use_runtime();
    std::destroy_at(&exchange_);  // a whole new one, without a second to copy from
    std::construct_at(&exchange_);
    exchange_.request = &call.head();
    exchange_.runtime = runtime_->runtime.get();
    exchange_.worker = &worker_.state();
    exchange_.cursors = &runtime_->cursors;
    exchange_.issuers = &runtime_->issuers;
    ++ticket_;
    exchange_.now = worker_.loop().now();
    exchange_.date = worker_.loop().date();
    if (const net::TlsInfo* tls = call.tls(); tls != nullptr) {
        exchange_.secure = true;
        exchange_.tls = exchange_.runtime->listener_tls[call.listener()].get();
        exchange_.sni = tls->sni;
    }
    exchange_.listen_port = worker_.listen_port(call.listener());
    if (!call.peer().is_unix())
        client_text_ = call.peer().host();
    else
        client_text_.clear();
    exchange_.client = client_text_;
    exchange_.kind = worker_.default_kind();
    exchange_.cors = exchange_.runtime->only_cors;
    std::array<std::uint8_t, kRequestIdBytes> random;
    worker_.state().random.fill(random);
    if (exchange_.runtime->has_rest)
        exchange_.ids = make_request_ids(random);
    else
        exchange_.ids.extended = make_request_id(std::span(random).first<11>());
    target_status_ = 0;
    target_text_.clear();
    integration_latency_ = Nanoseconds(0);
    deadline_ = Instant::max();
    fetch_ready_ = chunk_up_ = flush_deferred_ = refused_early_ = answer_follows_ = false;
    state_ = State::deciding;
}

void Transfer::begin(net::Call& call) {
    prepare(call);
    if (const auto shed = worker_.shed(); shed != nullptr) {
        exchange_.decide(gw::refuse(exchange_.kind, *shed));
        answer();
        return;
    }
    run(advance(exchange_));
}

void Transfer::refuse(net::Call& call, const http::Refused& refused) {
    prepare(call);
    refused_early_ = true;
    exchange_.decide(gw::refuse(refused));
    answer();
}

void Transfer::on_refused(const http::Refused& refused) {
    if (fetch_.active()) {
        fetch_.cancel();
        stop_fetch(balance::Outcome::abandoned);
    }
    fetch_ready_ = false;
    exchange_.decide(gw::refuse(refused));
    answer();
}

/// What the client asks of its call is guarded there; what comes from the target's side and from alarms ends here.
void Transfer::on_fault() noexcept {
    if (call_ != nullptr)
        call_->fault();
    else
        worker_.loop().fault();
}

void Transfer::run(Step step) {
    if (step.kind == Step::Kind::ask)
        perform(step);
    else
        answer();
}

void Transfer::reply(Reply& reply) {
    count_waiting(false);
    reply.now = worker_.loop().now();
    run(resume(exchange_, asked_, reply));
}

// ── time ────────────────────────────────────────────────────────────────────

void Transfer::arm(Instant deadline) {
    deadline_ = deadline;
    if (!timer_.armed() || deadline < timer_.at()) worker_.loop().arm(timer_, deadline);
}

void Transfer::on_timer() {
    const Instant now = worker_.loop().now();
    if (state_ == State::idle || deadline_ == Instant::max()) return;
    if (deadline_ > now) {
        worker_.loop().arm(timer_, deadline_);
        return;
    }
    deadline_ = Instant::max();
    switch (state_) {
        case State::waiting: {
            Reply waited;
            reply(waited);
            break;
        }
        case State::collecting: break;  // the server watches how a body comes
        case State::fetching: {
            fetch_.cancel();
            fetch_ready_ = false;
            count_target(true);
            Reply late;
            late.timed_out = true;
            reply(late);
            break;
        }
        case State::answering:
            if (fetch_.active()) call_->abort();  // the target stopped in the middle; the client shall see it
            break;
        case State::idle:
        case State::deciding: break;
    }
}

// ── the request goes up ─────────────────────────────────────────────────────

void Transfer::on_ready() try {
    http::RequestHead& request = *exchange_.request;
    target_text_ = fetch_.remote();
    fetch_ready_ = true;
    const bool body = request.body.framing != http::Framing::none;
    chunk_up_ = request.body.framing == http::Framing::chunked && !exchange_.body;
    std::string& out = fetch_.head();
    const std::size_t before = out.size();
    if (auto refusal = write_request(exchange_, worker_.scratch(), out)) {
        out.resize(before);
        fetch_.cancel();
        fetch_ready_ = false;
        stop_fetch(balance::Outcome::abandoned);
        exchange_.decide(std::move(*refusal));
        answer();
        return;
    }
    if (!body || call_->body_complete()) {
        next_piece_ = 0;
        if (body_.pieces().empty()) {
            fetch_.end();
            fetch_.flush();
        } else {
            send_held();
        }
        return;
    }
    call_->send_continue();
    if (call_ == nullptr) return;
    call_->read_body();
    // head and the body's first bytes leave together when they came together
    flush_deferred_ = true;
    worker_.loop().defer(net::guarded<&Transfer::on_flush, &Transfer::on_fault>(this));
} catch (...) {
    on_fault();
}

void Transfer::on_flush() {
    if (!std::exchange(flush_deferred_, false) || !fetch_ready_) return;
    fetch_.flush();
}

/// The time for the head of an answer counts from the last of the request: an upload takes as long as it takes.
void Transfer::await_answer() {
    if (state_ == State::fetching) deadline_ = worker_.loop().now() + exchange_.route->timeout;
}

void Transfer::on_body(std::string_view bytes) {
    if (state_ == State::collecting) {
        keep_body(bytes);
        return;
    }
    if (!fetch_ready_) return;  // the target has answered already; the rest is read and dropped
    exchange_.body_used = true;
    await_answer();
    if (chunk_up_)
        fetch_.write_chunk(bytes);
    else
        fetch_.write(bytes);
    flush_deferred_ = false;
    fetch_.flush();
    if (call_ != nullptr && fetch_.waiting() > net::kHighWater) call_->pause_body();
}

void Transfer::on_body_end() {
    if (state_ == State::collecting) {
        exchange_.body = body_.finish();
        state_ = State::deciding;
        Reply collected;
        return reply(collected);
    }
    if (!fetch_ready_) return;
    if (call_ != nullptr && call_->tunnel()) {
        fetch_.cancel();
        fetch_ready_ = false;
        call_->end();
        call_->flush();
        return;
    }
    await_answer();
    if (chunk_up_) fetch_.copy(http::kLastChunk);
    fetch_.end();
    flush_deferred_ = false;
    fetch_.flush();
}

void Transfer::on_sendable() try {
    if (call_ == nullptr) return;
    if (next_piece_ < body_.pieces().size() && fetch_ready_) {
        await_answer();
        send_held();
    }
    call_->read_body();
} catch (...) {
    on_fault();
}

// ── the answer comes down ───────────────────────────────────────────────────

void Transfer::on_answer_head(http::ResponseHead& head) try {
    if (head.status == 101) {
        if (const auto wrong = websocket::judge_answer(exchange_.request->fields, head); !wrong.empty()) {
            fetch_.cancel();
            return on_failed({net::FetchFailure::Kind::bad_answer, std::string(wrong), false, true});
        }
    }
    target_status_ = head.status;
    integration_latency_ = worker_.loop().now() - exchange_.fetch_began;
    count_target(false);
    Reply found;
    found.head = &head;
    reply(found);
} catch (...) {
    on_fault();
}

void Transfer::on_answer_body(std::string_view bytes) try {
    if (call_ == nullptr || answer_follows_) return;
    if (exchange_.cache != nullptr) exchange_.cache->keep(bytes, worker_.loop().now());
    call_->write(bytes);
    if (!call_->tunnel()) deadline_ = worker_.loop().now() + exchange_.runtime->config->limits.idle_timeout;
} catch (...) {
    on_fault();
}

void Transfer::on_answer_end() try {
    fetch_ready_ = false;
    deadline_ = Instant::max();
    stop_fetch(balance::outcome_of(target_status_));
    if (std::exchange(answer_follows_, false)) return answer_from_cache();
    if (exchange_.cache != nullptr) exchange_.cache->commit(worker_.loop().now(), worker_.loop().date());
    if (call_ != nullptr) call_->end();
} catch (...) {
    on_fault();
}

void Transfer::on_turn_end() try {
    if (call_ == nullptr) return;
    call_->flush();
    if (call_ != nullptr && fetch_.active() && call_->waiting() > net::kHighWater) {
        fetch_.pause();
        deadline_ = Instant::max();  // it is the client that is slow now
    }
} catch (...) {
    on_fault();
}

void Transfer::on_drained() {
    if (exchange_.decision.from == Decision::From::cache) return pump_from_cache();
    if (!fetch_.active()) return;
    if (!call_->tunnel()) arm(worker_.loop().now() + exchange_.runtime->config->limits.idle_timeout);
    fetch_.resume();
}

void Transfer::on_failed(const net::FetchFailure& failure) try {
    fetch_ready_ = false;
    count_target(true);
    if (state_ == State::answering) {
        stop_fetch(balance::Outcome::broken);
        if (std::exchange(answer_follows_, false)) return answer_from_cache();
        if (exchange_.cache != nullptr) exchange_.cache->give_up();
        if (call_ != nullptr) call_->abort();
        return;
    }
    Reply failed;
    failed.failure = &failure;
    reply(failed);
} catch (...) {
    on_fault();
}

void Transfer::count_target(bool failed) {
    if (exchange_.version == nullptr || exchange_.version->upstreams.empty()) return;
    const telemetry::UpstreamMetrics& metrics =
        exchange_.version->upstreams[exchange_.version->group == nullptr ? 0 : exchange_.pick.target];
    telemetry::Sheet& sheet = worker_.sheet();
    if (failed) {
        sheet.add(metrics.failures);
        return;
    }
    sheet.add(metrics.requests.of(target_status_));
    sheet.observe(metrics.duration, integration_latency_);
    if (exchange_.attempts > 1) sheet.add(metrics.retries, exchange_.attempts - 1);
}

/// From the moment that a target was chosen to the head of its answer, or to the end of hope for one.
void Transfer::count_waiting(bool waits) {
    if (waits_for_) worker_.sheet().add(*std::exchange(waits_for_, std::nullopt), -1);
    if (!waits || exchange_.version->upstreams.empty()) return;
    waits_for_ =
        exchange_.version->upstreams[exchange_.version->group == nullptr ? 0 : exchange_.pick.target].outstanding;
    worker_.sheet().add(*waits_for_, 1);
}

void Transfer::stop_fetch(balance::Outcome outcome) {
    if (exchange_.version != nullptr && exchange_.version->group != nullptr)
        exchange_.version->group->group->finish(std::exchange(exchange_.pick, {}), outcome, worker_.loop().now());
}

void Transfer::answer() {
    count_waiting(false);
    state_ = State::answering;
    deadline_ = Instant::max();
    switch (exchange_.decision.from) {
        case Decision::From::target: return answer_from_target();
        case Decision::From::cache: break;
        default: return answer_from_gateway();
    }
    if (!fetch_.active()) return answer_from_cache();
    if (target_status_ == 304) {
        answer_follows_ = true;  // the connection is good for another request once this answer has ended
        return;
    }
    fetch_.cancel();
    fetch_ready_ = false;
    stop_fetch(balance::outcome_of(target_status_));
    answer_from_cache();
}

void Transfer::answer_from_target() {
    http::ResponseHead& head = *exchange_.decision.head;
    auto writer = call_->begin(head.status);
    write_answer_fields(exchange_, head, worker_.server().date_text(), writer);
    std::optional<std::uint64_t> length;
    const bool bodyless = exchange_.request->method == http::Method::head || head.status == 304;
    if (head.body.framing == http::Framing::length || (head.body.framing == http::Framing::none && !bodyless) ||
        (bodyless && head.fields.has(http::FieldName::content_length))) {
        length = head.body.length;
    }
    if (!call_->end_head(writer, length)) {
        fetch_.cancel();
        fetch_ready_ = false;
        stop_fetch(balance::Outcome::broken);
        exchange_.decide({502, reason::kTargetBadAnswer, "a field of the answer may not be sent on"});
        answer_from_gateway();
        return;
    }
    if (head.status == 101) {
        call_->begin_tunnel();
        call_->flush();
        if (call_ != nullptr) call_->read_body();
        return;
    }
    arm(worker_.loop().now() + exchange_.runtime->config->limits.idle_timeout);
}

void Transfer::answer_from_cache() {
    if (call_ == nullptr) return;
    CacheVisit& visit = *exchange_.cache;
    const std::uint16_t status = status_from_cache(visit);
    auto writer = call_->begin(status);
    write_stored_fields(exchange_, worker_.server().date_text(), writer);
    const bool bodyless = http::never_has_body(status);
    if (!call_->end_head(writer, bodyless ? std::nullopt : std::optional(visit.part.size))) {
        exchange_.decide({502, reason::kTargetBadAnswer, "a stored field may not be sent on"});
        answer_from_gateway();
        return;
    }
    if (visit.refresh) worker_.refresh(exchange_);
    pump_from_cache();
}

/// As much as the client takes; the rest when it has taken that.
void Transfer::pump_from_cache() {
    constexpr std::uint64_t kPiece = 2 * net::kHighWater;
    while (call_ != nullptr && call_->waiting() < net::kHighWater) {
        CacheVisit& visit = *exchange_.cache;
        const std::string_view part = std::string_view(*visit.stored->body).substr(visit.part.first, visit.part.size);
        const std::string_view piece = part.substr(visit.shown, kPiece);
        visit.shown += piece.size();
        if (!piece.empty()) call_->write(piece);
        const bool whole = visit.shown == part.size();
        if (whole) call_->end();
        call_->flush();
        if (whole) return;
    }
}

void Transfer::answer_from_gateway() {
    const gw::Answer own = make_own_answer(exchange_);
    auto writer = call_->begin(own.status);
    write_answer_fields(own, exchange_.kind, writer, worker_.server().date_text());
    if (!call_->end_head(writer, own.body.size())) {
        call_->abort();
        return;
    }
    call_->write(own.body);
    call_->end();
    call_->flush();
}

void Transfer::on_finished(bool complete) {
    count_waiting(false);
    if (fetch_.active()) {
        fetch_.cancel();
        stop_fetch(balance::Outcome::abandoned);
    }
    fetch_ready_ = false;
    release_body();
    try {
        worker_.account(*this, complete);
    } catch (...) {
        worker_.loop().fault();  // a line is lost; the exchange is over all the same
    }
    exchange_.cache.reset();
    answer_follows_ = false;
    call_ = nullptr;
    state_ = State::idle;
    deadline_ = Instant::max();
    worker_.release(*this);
}

}  // namespace gw::gateway
