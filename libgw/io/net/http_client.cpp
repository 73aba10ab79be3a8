#include "libgw/io/net/http_client.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "libgw/io/net/http_connection.h"

namespace gw::net {
namespace {

/// While requests wait for a connection that another loop may give up, we look this often.
constexpr Nanoseconds kLook = std::chrono::milliseconds(10);

}  // namespace

// ── fetch ───────────────────────────────────────────────────────────────────

void Fetch::start(HttpClient& client, const std::shared_ptr<const Endpoint>& to, http::Method method, bool fresh,
                  bool upgrade) {
    client_ = &client;
    upgrade_ = upgrade;
    method_ = method;
    fresh_ = fresh;
    Host& host = client.host_of(to);
    host_ = &host;
    if (!fresh) {
        if (Connection* connection = client.take_idle(host); connection != nullptr) {
            connection->assign(*this);
            return;
        }
    }
    if (client.pending_ >= client.limits_.pending_per_host) {
        host_ = nullptr;
        events_.on_failed({FetchFailure::Kind::queue, "too many requests wait for a connection", false, false});
        return;
    }
    queued_ = client.loop_.now();
    host.waiting.push_back(this);
    ++client.pending_;
    client.serve_waiting(host);
}

std::string& Fetch::head() { return connection_->outbox.text(); }

void Fetch::write(std::string_view bytes) { connection_->outbox.refer(bytes); }

void Fetch::write_chunk(std::string_view bytes) {
    if (bytes.empty()) return;
    char buffer[20];
    connection_->outbox.copy(http::chunk_prefix(bytes.size(), buffer));
    connection_->outbox.refer(bytes);
    connection_->outbox.copy(http::kChunkSuffix);
}

void Fetch::copy(std::string_view bytes) { connection_->outbox.copy(bytes); }

void Fetch::end() {
    if (connection_ != nullptr) connection_->request_ended = true;
}

void Fetch::flush() {
    if (connection_ != nullptr) connection_->flush();
}

std::size_t Fetch::waiting() const { return connection_ == nullptr ? 0 : connection_->outbox.waiting(); }

void Fetch::pause() {
    if (connection_ == nullptr) return;
    connection_->paused = true;
    connection_->stream.cancel_readable();
}

void Fetch::resume() {
    if (connection_ == nullptr || !connection_->paused) return;
    connection_->paused = false;
    if (!connection_->reading) connection_->await_input();
}

void Fetch::cancel() {
    if (host_ == nullptr) return;
    Host& host = *std::exchange(host_, nullptr);
    if (connection_ != nullptr) {
        Connection* connection = std::exchange(connection_, nullptr);
        connection->fetch = nullptr;
        if (connection->reading) return;  // take() closes it
        connection->close();
        client_->serve_waiting(host);
        return;
    }
    if (std::erase(host.waiting, this) > 0) --client_->pending_;
}

std::string_view Fetch::remote() const { return connection_ == nullptr ? std::string_view() : connection_->remote; }
const TlsInfo* Fetch::tls() const { return connection_ == nullptr ? nullptr : connection_->stream.tls(); }
bool Fetch::reused() const { return connection_ != nullptr && connection_->used(); }

// ── pool ────────────────────────────────────────────────────────────────────

HttpClient::HttpClient(Loop& loop, Resolver& resolver, const ClientLimits& limits)
    : loop_(loop), resolver_(resolver), limits_(limits), queue_timer_(callback<&HttpClient::on_queue_timer>(this)) {}

HttpClient::~HttpClient() {
    for (auto& [key, host] : hosts_)
        while (!host->all.empty()) {
            Fetch::Connection* connection = host->all.back();
            if (connection->fetch != nullptr) {
                connection->fetch->connection_ = nullptr;
                connection->fetch->host_ = nullptr;
            }
            connection->close();
        }
    reap();
    loop_.forget(this);
}

Fetch::Host& HttpClient::host_of(const std::shared_ptr<const Endpoint>& to) {
    auto& host = hosts_[to->key];
    if (host == nullptr) host = std::make_unique<Fetch::Host>();
    if (host->endpoint != to) {
        // what was verified under another trust is not used for this one
        if (host->endpoint != nullptr && host->endpoint->tls != to->tls)
            while (!host->idle.empty()) host->idle.back()->close();
        host->endpoint = to;
    }
    return *host;
}

/// The connection that was idle for the shortest time and is still whole; null when there is none. Bytes that have come
/// since belong to nobody (response-queue poisoning), so a connection is taken on the word of the loop, which costs
/// nothing, when the loop has looked since; otherwise its socket is asked.
Fetch::Connection* HttpClient::take_idle(Fetch::Host& host) {
    for (std::size_t i = host.idle.size(); i-- > 0;) {
        Fetch::Connection* connection = host.idle[i];
        if (!connection->seems_silent()) continue;
        host.idle.erase(host.idle.begin() + static_cast<std::ptrdiff_t>(i));
        --idle_;
        return connection;
    }
    while (!host.idle.empty()) {
        Fetch::Connection* connection = host.idle.back();
        if (!connection->stream.is_silent()) {
            connection->close();
            continue;
        }
        host.idle.pop_back();
        --idle_;
        return connection;
    }
    return nullptr;
}

/// A connection is free: for whoever waits for it, or for later. One that has been used is not for those who want a
/// fresh one.
void HttpClient::hand_over(Fetch::Connection& connection) {
    Fetch::Host& host = connection.host;
    const bool used = connection.used();
    // whoever wants a fresh one and has waited longest, with none on its way, needs this one's place
    const bool in_the_way = used && host.connecting == 0 && !host.waiting.empty() && host.waiting.front()->fresh_;
    const auto next = in_the_way ? host.waiting.end()
                                 : std::find_if(host.waiting.begin(), host.waiting.end(),
                                                [used](const Fetch* fetch) { return !used || !fetch->fresh_; });
    if (next != host.waiting.end()) {
        if (used && !connection.stream.is_silent()) {
            connection.close();
            serve_waiting(host);
            return;
        }
        Fetch& fetch = **next;
        host.waiting.erase(next);
        --pending_;
        connection.assign(fetch);
        if (used && connection.phase == Fetch::Connection::Phase::busy) connection.await_input();
        return;
    }
    if (host.connecting < host.waiting.size() || host.idle.size() >= limits_.idle_per_host) {
        connection.close();
        serve_waiting(host);
        return;
    }
    connection.phase = Fetch::Connection::Phase::idle;
    connection.waited = true;
    connection.idle_since = loop_.looks();
    host.idle.push_back(&connection);
    ++idle_;
    connection.idle_until = loop_.now() + limits_.idle;
    if (!connection.timer.armed()) loop_.arm(connection.timer, connection.idle_until);
    connection.await_input();
}

bool HttpClient::try_open(Fetch::Host& host) {
    // only those who want a fresh one wait while others are idle
    while (!host.idle.empty() &&
           host.endpoint->connections.load(std::memory_order_relaxed) >= limits_.connections_per_host)
        host.idle.front()->close();
    const std::uint32_t before = host.endpoint->connections.fetch_add(1, std::memory_order_relaxed);
    try {
        if (before < limits_.connections_per_host) {
            add_connection(host);
            return true;
        }
    } catch (...) {
        loop_.fault();
    }
    host.endpoint->connections.fetch_sub(1, std::memory_order_relaxed);
    return false;
}

void HttpClient::add_connection(Fetch::Host& host) {
    using Made = Fetch::Connection;
    // what takes it in and out later needs no memory
    host.all.reserve(std::bit_ceil(host.all.size() + 1));
    host.idle.reserve(host.all.capacity());
    dead_.reserve(std::bit_ceil(open_ + dead_.size() + 1));
    auto made = std::make_unique<Made>(*this, host);
    made->connector =
        std::make_unique<Connector>(loop_, resolver_, guarded<&Made::on_connected, &Made::on_fault>(made.get()));
    made->connector->start(host.endpoint, limits_.connect);
    host.all.push_back(made.release());
    ++host.connecting;
    ++open_;
}

void HttpClient::serve_waiting(Fetch::Host& host) {
    while (host.connecting < host.waiting.size())
        if (!try_open(host)) {
            if (!queue_timer_.armed()) loop_.arm_after(queue_timer_, kLook);
            return;
        }
}

void HttpClient::on_queue_timer() {
    const Instant now = loop_.now();
    std::vector<Fetch::Host*> queues;  // whoever fails may ask elsewhere at once, which adds to hosts_
    for (const auto& [key, host] : hosts_)
        if (!host->waiting.empty()) queues.push_back(host.get());
    for (Fetch::Host* host : queues) {
        while (!host->waiting.empty() && now - host->waiting.front()->queued_ > limits_.queue) {
            Fetch* fetch = host->waiting.front();
            host->waiting.pop_front();
            --pending_;
            fetch->host_ = nullptr;
            fetch->events_.on_failed({FetchFailure::Kind::queue, "no connection became free in time", false, false});
        }
        serve_waiting(*host);
    }
}

void HttpClient::close_idle(std::size_t keep) {
    for (auto& [key, host] : hosts_)
        while (host->idle.size() > keep) host->idle.front()->close();
}

void HttpClient::bury(Fetch::Connection* connection) {
    if (dead_.empty()) loop_.defer(callback<&HttpClient::reap>(this));
    dead_.push_back(connection);
}

void HttpClient::reap() {
    // a connection that ends does not end others: none joins the list meanwhile
    for (Fetch::Connection* connection : dead_) delete connection;
    dead_.clear();
}

}  // namespace gw::net
