#include <utility>

#include "libgw/gateway/transfer.h"
#include "libgw/gateway/worker.h"
#include "libgw/policy/reasons.h"

namespace gw::gateway {
namespace {

/// Discovery and keys take 1.5 s each at most.
constexpr Nanoseconds kKeysPatience = std::chrono::seconds(4);
/// Of bodies that are held whole, by all workers together.
constexpr std::uint64_t kMostCollected = std::uint64_t{256} << 20U;
/// Larger storage is not kept for the next body.
constexpr std::size_t kKeptBody = 65536;

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

void Transfer::collect() {
    if (!call_->limit_body(exchange_.route->max_body)) {
        exchange_.decide(gw::refuse(exchange_.kind, reason::kBodyTooLarge));
        return answer();
    }
    state_ = State::collecting;
    if (call_->body_complete()) return on_body_end();
    call_->send_continue();
    if (call_ != nullptr) call_->read_body();
}

/// What has come is counted, not what was promised.
void Transfer::keep_body(std::string_view bytes) {
    charged_ += bytes.size();
    auto& collected = worker_.state().shared->collected;
    if (collected.fetch_add(bytes.size(), std::memory_order_relaxed) + bytes.size() > kMostCollected) {
        exchange_.decide(gw::refuse(exchange_.kind, reason::kOverloadMemory, "too many bodies are held whole"));
        return answer();
    }
    body_.append(bytes);
}

void Transfer::release_body() {
    worker_.state().shared->collected.fetch_sub(std::exchange(charged_, 0), std::memory_order_relaxed);
    if (body_.capacity() > kKeptBody)
        body_ = {};
    else
        body_.clear();
}

}  // namespace gw::gateway
