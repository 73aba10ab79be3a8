#include <utility>

#include "libgw/gateway/context.h"
#include "libgw/gateway/counted.h"
#include "libgw/gateway/transfer.h"
#include "libgw/gateway/worker.h"
#include "libgw/policy/reasons.h"

namespace gw::gateway {
namespace {

/// Discovery and keys take 1.5 s each at most.
constexpr Nanoseconds kKeysPatience = std::chrono::seconds(4);

}  // namespace

void Transfer::perform(const Step& step) {
    asked_ = step;
    switch (step.effect) {
        case Effect::fetch:
            state_ = State::fetching;
            fetch_ready_ = false;
            exchange_.fetch_began = worker_.loop().now();
            if (exchange_.attempts == 1 && !call_->limit_body(exchange_.route->max_body)) {
                exchange_.decide(gw::refuse(exchange_.kind, reason::kBodyTooLarge));
                answer();
                return;
            }
            count_waiting(true);
            call_->pause_body();  // an attempt that failed may have asked for it: nothing is read until there is room
            arm(exchange_.deadline);
            fetch_.start(worker_.client(), *exchange_.target_owner, exchange_.request->method,
                         std::exchange(exchange_.fresh, false), exchange_.request->upgrade_websocket);
            break;
        case Effect::wait:
            state_ = State::waiting;
            arm(worker_.loop().now() + step.wait);
            break;
        case Effect::keys: ask_for_keys(); break;
        case Effect::collect: collect(); break;
        case Effect::count: await_counts(step.wait); break;
        case Effect::share: await_flight(step.wait); break;
    }
}

void Transfer::ask_for_keys() {
    state_ = State::waiting;
    arm(worker_.loop().now() + kKeysPatience);
    const auto& want = worker_.state().shared->want_keys;
    if (!want) return;
    want(exchange_.wanted, exchange_.wanted_kid,
         [&worker = worker_, this, ticket = ticket_] { worker.post([this, ticket] { on_keys(ticket); }); });
}

void Transfer::on_keys(std::uint64_t ticket) try {
    if (ticket != ticket_ || state_ != State::waiting || asked_.effect != Effect::keys) return;
    Reply told;
    reply(told);
} catch (...) {
    on_fault();
}

void Transfer::await_flight(Nanoseconds patience) {
    state_ = State::waiting;
    arm(worker_.loop().now() + patience);
    const bool led = exchange_.cache->store->await(
        exchange_.wanted_flight,
        [&worker = worker_, this, ticket = ticket_] { worker.post([this, ticket] { on_landed(ticket); }); });
    if (led) return;
    // it has landed in between
    Reply landed;
    reply(landed);
}

void Transfer::on_landed(std::uint64_t ticket) try {
    if (ticket != ticket_ || state_ != State::waiting || asked_.effect != Effect::share) return;
    Reply landed;
    reply(landed);
} catch (...) {
    on_fault();
}

void Transfer::await_counts(Nanoseconds patience) {
    state_ = State::waiting;
    arm(worker_.loop().now() + patience);
    std::string storage;
    const Counted asked = count_exchange(exchange_, storage);
    exchange_.runtime->limits.counts->await(asked.asked(), asked.tally, [&worker = worker_, this, ticket = ticket_] {
        worker.post([this, ticket] { on_counted(ticket); });
    });
}

void Transfer::on_counted(std::uint64_t ticket) try {
    if (ticket != ticket_ || state_ != State::waiting || asked_.effect != Effect::count) return;
    Reply known;
    reply(known);
} catch (...) {
    on_fault();
}

void Transfer::collect() {
    if (!call_->limit_body(exchange_.route->max_body)) {
        exchange_.decide(gw::refuse(exchange_.kind, reason::kBodyTooLarge));
        return answer();
    }
    state_ = State::collecting;
    holder_ = HeldBytes::key_of(source_address(exchange_));
    if (call_->body_complete()) return on_body_end();
    call_->send_continue();
    if (call_ != nullptr) call_->read_body();
}

/// What has come is counted, not what was promised: each piece before it is allocated.
void Transfer::keep_body(std::string_view bytes) {
    HeldBytes& held = worker_.state().shared->held;
    while (!bytes.empty()) {
        if (body_.needs_piece()) {
            const std::size_t piece = body_.next_piece();
            const HeldBytes::Taken taken = held.take(holder_, piece);
            if (taken != HeldBytes::Taken::yes) {
                release_body();
                exchange_.decide(gw::refuse(exchange_.kind, reason::kOverloadMemory,
                                            taken == HeldBytes::Taken::too_many
                                                ? "too many bodies are held whole"
                                                : "too many bodies of this client are held whole"));
                return answer();
            }
            charged_ += piece;
            body_.add_piece();
        }
        body_.fill(bytes);
    }
}

void Transfer::release_body() {
    body_.clear();
    worker_.state().shared->held.give_back(holder_, std::exchange(charged_, 0));
    next_piece_ = 0;
}

/// The held body goes up as the target takes it: what waits in the connection is a copy.
void Transfer::send_held() {
    const auto pieces = body_.pieces();
    while (next_piece_ < pieces.size() && fetch_.waiting() <= net::kHighWater) {
        while (next_piece_ < pieces.size() && fetch_.waiting() <= net::kHighWater) fetch_.write(pieces[next_piece_++]);
        if (next_piece_ == pieces.size()) fetch_.end();
        fetch_.flush();
    }
}

}  // namespace gw::gateway
