#include "libgw/gateway/refresh.h"

#include <utility>

#include "libgw/gateway/context.h"
#include "libgw/gateway/pipeline.h"
#include "libgw/gateway/stages_cache.h"
#include "libgw/gateway/worker.h"
#include "libgw/policy/balance/target.h"

namespace gw::gateway {

Refresh::Refresh(Worker& worker, const Exchange& shown)
    : worker_(worker),
      shown_(&shown),
      runtime_(worker.use_runtime()),
      request_(*shown.request),
      client_(shown.client),
      sni_(shown.sni),
      fetch_(*this),
      timer_(net::guarded<&Refresh::on_timer, &Refresh::on_fault>(this)) {
    exchange_.request = &request_;
    exchange_.runtime = runtime_->runtime.get();
    exchange_.worker = &worker.state();
    exchange_.cursors = &runtime_->cursors;
    exchange_.issuers = &runtime_->issuers;
    exchange_.now = worker.loop().now();
    exchange_.date = worker.loop().date();
    exchange_.client = client_;
    exchange_.secure = shown.secure;
    exchange_.tls = shown.tls;
    exchange_.sni = sni_;
    exchange_.listen_port = shown.listen_port;
    exchange_.ids = shown.ids;
    request_.method = http::Method::get;
}

Refresh::~Refresh() {
    worker_.loop().forget(this);
    exchange_.cache.reset();
    worker_.release(runtime_);
}

void Refresh::begin() {
    // who called stands in the runtime of then
    if (exchange_.runtime != shown_->runtime) return end(balance::Outcome::abandoned);
    exchange_.caller.authorizer = shown_->caller.authorizer;
    exchange_.caller.token = shown_->caller.token;
    exchange_.caller.token_digest = shown_->caller.token_digest;
    exchange_.caller.credential = shown_->caller.credential;
    exchange_.caller.api_key = shown_->caller.api_key;
    if (find_route(exchange_).kind != Step::Kind::next) return end(balance::Outcome::abandoned);
    exchange_.cache = make_refresh(exchange_, *shown_);
    shown_ = nullptr;
    if (exchange_.cache == nullptr) return end(balance::Outcome::abandoned);
    run(integrate(exchange_));
}

/// There is no client who would be told anything: whatever is not a fetch is the end.
void Refresh::run(Step step) {
    if (step.kind != Step::Kind::ask || step.effect != Effect::fetch) return end(balance::Outcome::abandoned);
    asked_ = step;
    begun_ = false;
    worker_.loop().arm(timer_, exchange_.deadline);
    fetch_.start(worker_.client(), *exchange_.target_owner, http::Method::get, std::exchange(exchange_.fresh, false));
}

void Refresh::end(balance::Outcome outcome) {
    if (std::exchange(over_, true)) return;
    if (exchange_.version != nullptr && exchange_.version->group != nullptr)
        exchange_.version->group->group->finish(std::exchange(exchange_.pick, {}), outcome, worker_.loop().now());
    if (fetch_.active()) fetch_.cancel();
    exchange_.cache.reset();
    timer_.cancel();
    worker_.forget(*this);
}

void Refresh::on_timer() { end(balance::Outcome::timed_out); }

void Refresh::on_fault() noexcept {
    worker_.loop().fault();
    end(balance::Outcome::abandoned);
}

void Refresh::on_ready() try {
    std::string& out = fetch_.head();
    const std::size_t before = out.size();
    if (write_request(exchange_, worker_.scratch(), out)) {
        out.resize(before);
        return end(balance::Outcome::abandoned);
    }
    fetch_.end();
    fetch_.flush();
} catch (...) {
    on_fault();
}

void Refresh::on_answer_head(http::ResponseHead& head) try {
    status_ = head.status;
    begun_ = true;
    Reply found;
    found.head = &head;
    found.now = worker_.loop().now();
    (void)resume(exchange_, asked_, found);
    // from here on it is only kept, as it comes
    worker_.loop().arm(timer_, found.now + exchange_.runtime->config->limits.timeout);
} catch (...) {
    on_fault();
}

void Refresh::on_answer_body(std::string_view bytes) try {
    if (over_) return;
    exchange_.cache->keep(bytes, worker_.loop().now());
    if (!exchange_.cache->pending) end(balance::outcome_of(status_));
} catch (...) {
    on_fault();
}

void Refresh::on_answer_end() try {
    if (over_) return;
    exchange_.cache->commit(worker_.loop().now(), worker_.loop().date());
    end(balance::outcome_of(status_));
} catch (...) {
    on_fault();
}

void Refresh::on_failed(const net::FetchFailure& failure) try {
    if (over_ || begun_) return end(balance::Outcome::broken);
    Reply failed;
    failed.failure = &failure;
    failed.now = worker_.loop().now();
    run(resume(exchange_, asked_, failed));
} catch (...) {
    on_fault();
}

}  // namespace gw::gateway
