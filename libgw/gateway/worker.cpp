#include "libgw/gateway/worker.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "libgw/gateway/context.h"
#include "libgw/gateway/refresh.h"
#include "libgw/gateway/telemetry.h"
#include "libgw/gateway/transfer.h"
#include "libgw/policy/auth/render.h"
#include "libgw/policy/reasons.h"
#include "libgw/wire/http/query.h"

namespace gw::gateway {
namespace {

constexpr std::size_t kMostRefreshes = 64;
constexpr Nanoseconds kDrainLook = std::chrono::milliseconds(20);

/// The query with the values of one parameter written as the log writes secrets: there the token is.
void hide_parameter(std::string_view query, std::string_view name, std::string& into) {
    into.clear();
    for (http::QueryReader reader(query); const auto parameter = reader.next();) {
        if (!into.empty()) into += '&';
        into += parameter->name;
        if (parameter->has_value) into += '=';
        into += http::decode_query(parameter->name) == name ? std::string_view("***") : parameter->value;
    }
}

}  // namespace

Worker::Worker(std::uint32_t index, Shared& shared, Telemetry& telemetry, std::uint64_t seed)
    : index_(index),
      shared_(shared),
      telemetry_(telemetry),
      resolver_(loop_),
      drain_timer_(net::callback<&Worker::on_drain_timer>(this)) {
    state_.random = Random(seed);
    state_.shared = &shared;
    loop_.on_fault(net::callback<&Worker::on_fault>(this));
}

Worker::~Worker() {
    stop();
    ports_.clear();
    server_.reset();  // exchanges end here and tell their transfers
    refreshes_.clear();
    ended_.clear();
    client_.reset();
    transfers_.clear();
}

void Worker::adopt(std::shared_ptr<const Runtime> runtime) {
    if (server_ == nullptr) {
        client_ = std::make_unique<net::HttpClient>(loop_, resolver_, runtime->client_limits);
        server_ = std::make_unique<net::HttpServer>(loop_, runtime->server_limits, *this, state_.random());
        server_->on_release([this](const net::Address& peer) {
            shared_.connections.fetch_sub(1, std::memory_order_relaxed);
            shared_.clients.leave(peer);
        });
    } else {
        client_->limits(runtime->client_limits);
        server_->limits(runtime->server_limits);
    }
    std::vector<balance::Cursor> cursors;
    for (const auto& group : runtime->groups) cursors.push_back(group->group->make_cursor(state_.random()));
    default_kind_ = runtime->apis.empty() ? ApiKind::http : runtime->apis.front().kind;
    std::vector<IssuerView> issuers(runtime->access.issuers.size());
    runtimes_.push_back(
        std::make_unique<RuntimeUse>(RuntimeUse{std::move(runtime), std::move(cursors), std::move(issuers), 0}));
    retire_runtimes();
}

void Worker::retire_runtimes() {
    // the last is current
    for (std::size_t i = 0; i + 1 < runtimes_.size();)
        if (runtimes_[i]->exchanges == 0)
            runtimes_.erase(runtimes_.begin() + static_cast<std::ptrdiff_t>(i));
        else
            ++i;
}

RuntimeUse* Worker::use_runtime() {
    RuntimeUse* use = runtimes_.back().get();
    ++use->exchanges;
    return use;
}

void Worker::listen(int fd, std::uint32_t listener, std::uint16_t port) {
    Port opened;
    opened.index = listener;
    opened.port = port;
    opened.listener = std::make_unique<net::Listener>(
        loop_, fd, [this, listener](net::Stream stream) { on_accepted(std::move(stream), listener); });
    ports_.push_back(std::move(opened));
}

std::uint16_t Worker::listen_port(std::uint32_t listener) const {
    for (const Port& port : ports_)
        if (port.index == listener) return port.port;
    return 0;
}

telemetry::Sheet& Worker::sheet() { return telemetry_.sheet(index_); }

void Worker::start() {
    thread_ = std::thread([this] { loop_.run(); });
}

void Worker::stop() {
    if (!thread_.joinable()) return;
    post([this] {
        stopping_ = true;
        server_->close_all();  // here, so that what is cut off still gets its line in the log
        loop_.stop();
    });
    thread_.join();
}

void Worker::on_accepted(net::Stream stream, std::uint32_t listener) {
    const Runtime& runtime = *runtimes_.back()->runtime;
    shared_.accepted.fetch_add(1, std::memory_order_relaxed);
    const std::uint32_t before = shared_.connections.fetch_add(1, std::memory_order_relaxed);
    const bool full = (runtime.max_connections != 0 && before >= runtime.max_connections) || rung_ >= 98;
    bool entered = false;
    const net::Address peer = stream.peer();
    try {
        entered = !full && shared_.clients.enter(peer, runtime.config->limits.max_connections_per_client);
        if (entered) return server_->adopt(std::move(stream), runtime.listener_tls[listener], listener);
    } catch (...) {
        loop_.fault();
    }
    // closed as it came: nothing is said that TLS would have to say first
    shared_.connections.fetch_sub(1, std::memory_order_relaxed);
    shared_.refused_connections.fetch_add(1, std::memory_order_relaxed);
    if (entered) shared_.clients.leave(peer);
}

void Worker::on_fault() { shared_.internal_errors.fetch_add(1, std::memory_order_relaxed); }

Transfer& Worker::take() {
    if (free_ == nullptr) {
        transfers_.push_back(std::make_unique<Transfer>(*this));
        return *transfers_.back();
    }
    Transfer& transfer = *free_;
    free_ = transfer.next_free_;
    return transfer;
}

void Worker::release(RuntimeUse* use) {
    if (--use->exchanges == 0 && use != runtimes_.back().get()) retire_runtimes();
}

void Worker::release(Transfer& transfer) {
    release(std::exchange(transfer.runtime_, nullptr));
    transfer.next_free_ = free_;
    free_ = &transfer;
}

void Worker::refresh(const Exchange& shown) {
    if (refreshes_.size() >= kMostRefreshes || stopping_) return;
    auto made = std::make_unique<Refresh>(*this, shown);
    Refresh& refresh = *made;
    refreshes_.push_back(std::move(made));
    refresh.begin();
}

void Worker::bury_refreshes() { ended_.clear(); }

void Worker::forget(Refresh& refresh) {
    const auto place =
        std::find_if(refreshes_.begin(), refreshes_.end(), [&](const auto& other) { return other.get() == &refresh; });
    if (place == refreshes_.end()) return;
    if (ended_.empty()) loop_.defer(net::callback<&Worker::bury_refreshes>(this));
    ended_.push_back(std::move(*place));
    refreshes_.erase(place);
}

void Worker::on_call(net::Call& call) { take().begin(call); }
void Worker::on_refused(net::Call& call, const http::Refused& refused) { take().refuse(call, refused); }

void Worker::on_handshake_failed(const net::Address& peer, std::string_view why) { shared_.handshakes.add(peer, why); }

void Worker::account(Transfer& transfer, bool complete) {
    const Exchange& exchange = transfer.exchange_;
    const net::Call& call = *transfer.call_;
    const std::uint16_t status = complete || call.answer_begun() ? call.status() : 0;
    telemetry_.count(index_, exchange, call, complete, loop_.now() - call.began());
    if (!telemetry_.logs()) return;
    log::Record record;
    record.time = exchange.date;
    record.instant = exchange.throttled.at.value_or(exchange.now);
    record.latency = loop_.now() - call.began();
    record.request_id = exchange.kind == ApiKind::rest ? exchange.ids.uuid_text() : exchange.ids.extended_text();
    record.extended_request_id = exchange.ids.extended_text();
    const std::string source = source_address(exchange);
    record.source_ip = source;
    const http::RequestHead& request = *exchange.request;
    record.user_agent = request.fields.find(http::FieldName::user_agent).value_or("");
    record.method = request.method_text();
    record.path = request.path.sent();
    record.query = request.path.query();
    record.protocol = request.version == http::Version::http10 ? "HTTP/1.0" : "HTTP/1.1";
    record.domain_name = request.authority;
    record.domain_prefix = std::string_view(request.authority).substr(0, request.authority.find('.'));
    if (const net::TlsInfo* tls = call.tls(); tls != nullptr) {
        record.tls_version = tls->protocol;
        record.cipher_suite = tls->cipher;
    }
    record.account_id = exchange.runtime->config->account;
    if (exchange.api != nullptr) {
        record.api_id = exchange.api->api->id;
        record.api_name = exchange.api->api->name;
        record.stage = exchange.api->api->stage;
        record.base_path_matched = exchange.api->api->base_path;
    }
    if (exchange.route != nullptr) {
        record.route_key = exchange.route->route->route_key;
        record.resource_path = exchange.route->route->path;
    }
    record.status = status != 0 ? status : 499;
    record.request_length = call.body_received();
    record.response_length = call.body_sent();
    record.data_processed = call.body_received() + call.body_sent();
    const Throttled& throttled = exchange.throttled;
    const std::string limit = throttled.reason.empty() ? std::string() : throttled_text(throttled);
    if (exchange.decision.from == Decision::From::gateway) {
        record.reason = exchange.decision.refusal.reason;
        record.detail = record.reason == throttled.reason ? limit : exchange.decision.refusal.detail;
        record.error_message = exchange.decision.refusal.reason;
    } else if (!complete) {
        record.reason = stopping_             ? reason::kDraining
                        : call.answer_begun() ? reason::kAnswerBroken
                                              : reason::kClientGone;
    }
    std::string shadowed;
    if (throttled.shadow && record.reason.empty()) {
        shadowed = fmt::format("would be {}: {}", throttled.reason, limit);
        record.detail = shadowed;
    }
    if (exchange.attempts > 0) {
        record.integration.target = transfer.target_text_;
        record.integration.status = transfer.target_status_;
        if (transfer.target_status_ != 0) record.integration.latency = transfer.integration_latency_;
    }
    if (exchange.arm) record.canary = *exchange.arm == canary::Arm::canary;
    if (exchange.cache != nullptr) record.cache = cache::to_text(exchange.cache->status.outcome);
    note_caller(exchange, record);
    telemetry_.write(index_, record);
}

/// Who called, as far as it is known. The views live until the next line.
void Worker::note_caller(const Exchange& exchange, log::Record& record) {
    const Caller& caller = exchange.caller;
    if (caller.authorizer != nullptr && caller.authorizer->in_query) {
        hide_parameter(record.query, caller.authorizer->source, query_);
        record.query = query_;
    }
    if (caller.api_key != nullptr) record.api_key_id = caller.api_key->id;
    if (caller.told != nullptr) {
        // the first line: what follows in AWS's words repeats the request, its query too
        if (caller.told->words) {
            const std::string_view words = caller.told->words->message;
            record.error_message = words.substr(0, words.find('\n'));
        }
        if (!caller.told->authorizer_error.empty()) {
            authorizer_step_ = {};
            authorizer_step_.error = caller.told->authorizer_error;
            record.authorizer_step = &authorizer_step_;
        }
    }
    if (caller.credential != nullptr) {
        const sigv4::Credential& credential = *caller.credential;
        identity_ = {};
        identity_.account_id = credential.account_id;
        identity_.caller = identity_.user = credential.user_id.empty() ? credential.access_key_id : credential.user_id;
        identity_.user_arn = credential.principal_arn;
        record.identity = &identity_;
        record.subject = record.principal_id = credential.principal_arn;
    }
    if (caller.token == nullptr) return;
    const auth::Claims& claims = caller.token->claims;
    record.subject = record.principal_id = claims.text("sub");
    if (!telemetry_.logs_claims()) return;
    claim_texts_.clear();
    claims_.clear();
    for (const Member& member : *claims.all().if_object())
        if (auto text = auth::claim_text(member.value, exchange.kind))
            claim_texts_.emplace_back(member.key, *std::move(text));
    for (const auto& [name, text] : claim_texts_) claims_.push_back({name, text});
    record.claims = claims_;
}

const std::string_view* Worker::shed() const {
    static constexpr std::string_view kMemory = reason::kOverloadMemory;
    if (rung_ >= 95) return &kMemory;
    return nullptr;
}

void Worker::overload(std::uint8_t rung) {
    if (rung == rung_) return;
    rung_ = rung;
    // 85 %: idle connections are kept two seconds; 92 %: none are kept; 95 %: requests get a 503; 98 %: closed at
    // accept
    if (rung >= 92)
        server_->pressure(Nanoseconds(0));
    else if (rung >= 85)
        server_->pressure(std::chrono::seconds(2));
    else
        server_->pressure(std::nullopt);
    if (rung >= 85) {
        server_->close_idle(server_->connections() / 4 + 1);
        client_->close_idle(4);
    }
}

void Worker::drain(Nanoseconds spread, Nanoseconds hard, std::function<void()> done) {
    for (Port& port : ports_) port.listener->finish();
    server_->drain(spread);
    drained_ = std::move(done);
    drain_until_ = loop_.now() + hard;
    on_drain_timer();
}

void Worker::on_drain_timer() {
    if (!drained_) return;
    if (server_->connections() > 0 && loop_.now() < drain_until_) {
        loop_.arm_after(drain_timer_, kDrainLook);
        return;
    }
    stopping_ = true;
    server_->close_all();
    client_->close_idle();
    std::exchange(drained_, nullptr)();
}

}  // namespace gw::gateway
