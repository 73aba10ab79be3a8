#include "libgw/io/net/http_client.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace gw::net {
namespace {

/// While requests wait for a connection that another loop may give up, we look this often.
constexpr Nanoseconds kLook = std::chrono::milliseconds(10);

}  // namespace

// ── one connection ──────────────────────────────────────────────────────────

struct Fetch::Connection {
    enum class Phase : std::uint8_t { connecting, idle, busy, dead };

    Connection(HttpClient& client_in, Host& host_in);
    ~Connection() { loop().forget(this); }

    [[nodiscard]] Loop& loop() const { return client.loop_; }
    void on_connected();
    void assign(Fetch& to);
    void await_input();
    void on_readable();
    void on_writable();
    void on_idle_timeout();
    void on_resume();
    void take(std::string_view bytes);
    void flush();
    void answered();
    void fail(FetchFailure::Kind kind, std::string detail);
    void close();

    HttpClient& client;
    Host& host;
    std::shared_ptr<const Endpoint> endpoint;  // as it was when this was opened
    std::unique_ptr<Connector> connector;
    Stream stream;
    Outbox outbox;
    http::ResponseDecoder decoder;
    http::ResponseHead head;
    Timer timer;
    Fetch* fetch = nullptr;
    Instant idle_until;
    std::string remote;
    std::uint64_t served = 0;
    std::uint64_t sent_before = 0;
    Phase phase = Phase::connecting;
    bool head_seen = false;
    bool answer_begun = false;  // any byte of it
    bool paused = false;
    bool request_ended = false;
    bool tunnel = false;
    bool send_broken = false;
    bool reading = false;
};

struct Fetch::Host {
    std::shared_ptr<const Endpoint> endpoint;
    std::vector<Connection*> idle;
    std::vector<Connection*> all;
    std::deque<Fetch*> waiting;
    std::size_t connecting = 0;
};

Fetch::Connection::Connection(HttpClient& client_in, Host& host_in)
    : client(client_in),
      host(host_in),
      endpoint(host_in.endpoint),
      outbox(client_in.loop_),
      timer(callback<&Connection::on_idle_timeout>(this)) {}

void Fetch::Connection::on_connected() {
    --host.connecting;
    if (!connector->connected()) {
        // the request that waited longest learns why; those behind it try for themselves
        const Error error = connector->error();
        const auto kind = connector->stage() == Connector::Stage::resolve ? FetchFailure::Kind::resolve
                          : connector->stage() == Connector::Stage::tls   ? FetchFailure::Kind::tls
                                                                          : FetchFailure::Kind::connect;
        Fetch* first = nullptr;
        if (!host.waiting.empty()) {
            first = host.waiting.front();
            host.waiting.pop_front();
            --client.pending_;
        }
        HttpClient& owner = client;
        Host& at = host;
        close();
        if (first != nullptr) {
            first->host_ = nullptr;
            FetchFailure failure{kind, error.message, false, false};
            first->events_.on_failed(failure);
        }
        owner.serve_waiting(at);
        return;
    }
    stream = connector->take();
    connector.reset();
    remote = stream.peer().text();
    if (host.waiting.empty()) {
        phase = Phase::idle;
        host.idle.push_back(this);
        ++client.idle_;
        idle_until = loop().now() + client.limits_.idle;
        if (!timer.armed()) loop().arm(timer, idle_until);
        await_input();
        return;
    }
    Fetch* first = host.waiting.front();
    host.waiting.pop_front();
    --client.pending_;
    assign(*first);
}

void Fetch::Connection::assign(Fetch& to) {
    phase = Phase::busy;
    fetch = &to;
    to.connection_ = this;
    head_seen = answer_begun = paused = request_ended = tunnel = send_broken = false;
    sent_before = outbox.sent_total();
    decoder.expect(to.method_, to.upgrade_);
    head.clear();
    to.events_.on_ready();
}

void Fetch::Connection::await_input() {
    if (!stream.awaiting_readable()) stream.await_readable(callback<&Connection::on_readable>(this));
}

void Fetch::Connection::on_readable() {
    if (phase == Phase::idle) {
        close();  // closed by the target, or bytes that nobody asked for
        return;
    }
    const std::span<char> scratch = loop().scratch();
    const IoResult got = stream.read(scratch);
    switch (got.kind) {
        case IoResult::Kind::again: await_input(); return;
        case IoResult::Kind::done: take({scratch.data(), got.size}); return;
        case IoResult::Kind::end: {
            if (tunnel) {
                Fetch* owner = fetch;
                answered();
                owner->events_.on_answer_end();
                owner->events_.on_turn_end();
                return;
            }
            const http::Decoded end = decoder.close();
            if (head_seen && end.found == http::Found::end) {
                Fetch* owner = std::exchange(fetch, nullptr);
                owner->connection_ = nullptr;
                owner->host_ = nullptr;
                close();
                owner->events_.on_answer_end();
                owner->events_.on_turn_end();
                return;
            }
            if (answer_begun)
                fail(FetchFailure::Kind::broken, "the target closed the connection inside its answer");
            else
                fail(FetchFailure::Kind::closed, "the target closed the connection without an answer");
            return;
        }
        case IoResult::Kind::error: {
            const std::string why = got.number != 0 ? from_errno(Errc::closed, "reading the answer", got.number).message
                                                    : "the target broke the TLS connection off";
            fail(answer_begun ? FetchFailure::Kind::broken : FetchFailure::Kind::closed, why);
            return;
        }
    }
}

void Fetch::Connection::take(std::string_view bytes) {
    answer_begun = true;
    reading = true;
    bool over = false;
    // The owner may cancel in any of these events; then fetch is null.
    FetchEvents* events = &fetch->events_;
    while (fetch != nullptr) {
        if (tunnel) {
            if (!bytes.empty()) events->on_answer_body(std::exchange(bytes, {}));
            break;
        }
        const http::Decoded step = decoder.decode(bytes, head);
        bytes.remove_prefix(step.taken);
        if (step.found == http::Found::more) break;
        if (step.found == http::Found::head) {
            if (head.status < 200 && head.status != 101) continue;  // interim answers are ours to give
            head_seen = true;
            if (head.status == 101) tunnel = true;
            events->on_answer_head(head);
        } else if (step.found == http::Found::body) {
            events->on_answer_body(step.data);
        } else if (step.found == http::Found::end) {
            over = true;
            break;
        } else {
            reading = false;
            fail(FetchFailure::Kind::bad_answer, std::string(step.refused.reason));
            return;
        }
    }
    reading = false;
    if (fetch == nullptr) {
        close();
        return;
    }
    if (over) {
        // bytes behind the answer belong to nobody: such a connection is not used again (response-queue poisoning)
        if (!bytes.empty()) head.keep_alive = false;
        answered();
        events->on_answer_end();
        events->on_turn_end();
        return;
    }
    events->on_turn_end();
    if (phase == Phase::busy && fetch != nullptr && !paused) await_input();
}

void Fetch::Connection::answered() {
    Fetch* owner = std::exchange(fetch, nullptr);
    Host& at = host;
    HttpClient& pool = client;
    owner->connection_ = nullptr;
    owner->host_ = nullptr;
    ++served;
    const bool reusable = head.keep_alive && endpoint->tls == host.endpoint->tls && !tunnel && !send_broken &&
                          request_ended && outbox.empty();
    if (!reusable) {
        close();
        pool.serve_waiting(at);
        return;
    }
    if (!at.waiting.empty()) {
        Fetch* next = at.waiting.front();
        at.waiting.pop_front();
        --pool.pending_;
        phase = Phase::idle;
        assign(*next);
        if (phase == Phase::busy) await_input();
        return;
    }
    if (at.idle.size() >= pool.limits_.idle_per_host) {
        close();
        return;
    }
    phase = Phase::idle;
    at.idle.push_back(this);
    ++pool.idle_;
    idle_until = loop().now() + pool.limits_.idle;
    if (!timer.armed()) loop().arm(timer, idle_until);
    await_input();
}

void Fetch::Connection::on_idle_timeout() {
    if (phase == Phase::dead) return;
    const Instant now = loop().now();
    if (phase != Phase::idle) {
        idle_until = now + client.limits_.idle;
        loop().arm(timer, idle_until);
        return;
    }
    if (idle_until > now)
        loop().arm(timer, idle_until);
    else
        close();
}

void Fetch::Connection::flush() {
    if (phase != Phase::busy || send_broken) return;
    const Outbox::State state = outbox.flush(stream);
    if (state == Outbox::State::broken) {
        // it may have answered before it closed: the reader finds out
        send_broken = true;
        await_input();
        return;
    }
    if (state == Outbox::State::waiting) stream.await_writable(callback<&Connection::on_writable>(this));
    if (!paused) await_input();
}

void Fetch::Connection::on_writable() {
    if (phase != Phase::busy) return;
    flush();
    if (phase == Phase::busy && fetch != nullptr && (tunnel || !request_ended) && outbox.held() < kLowWater)
        fetch->events_.on_sendable();
}

void Fetch::Connection::on_resume() {
    if (phase == Phase::busy && !paused) await_input();
}

void Fetch::Connection::fail(FetchFailure::Kind kind, std::string detail) {
    Fetch* owner = std::exchange(fetch, nullptr);
    HttpClient& pool = client;
    Host& at = host;
    const FetchFailure failure{kind, std::move(detail), served > 0, outbox.sent_total() > sent_before};
    close();
    if (owner != nullptr) {
        owner->connection_ = nullptr;
        owner->host_ = nullptr;
        owner->events_.on_failed(failure);
    }
    pool.serve_waiting(at);
}

void Fetch::Connection::close() {
    if (phase == Phase::dead) return;
    if (phase == Phase::idle && std::erase(host.idle, this) > 0) --client.idle_;
    phase = Phase::dead;
    timer.cancel();
    stream.close();
    outbox.clear();
    std::erase(host.all, this);
    endpoint->connections.fetch_sub(1, std::memory_order_relaxed);
    --client.open_;
    client.bury(this);
}

// ── fetch ───────────────────────────────────────────────────────────────────

void Fetch::start(HttpClient& client, const std::shared_ptr<const Endpoint>& to, http::Method method, bool fresh,
                  bool upgrade) {
    client_ = &client;
    upgrade_ = upgrade;
    method_ = method;
    fresh_ = fresh;
    Host& host = client.host_of(to);
    host_ = &host;
    if (!fresh && !host.idle.empty()) {
        Connection* connection = host.idle.back();
        host.idle.pop_back();
        --client.idle_;
        connection->assign(*this);
        return;
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
bool Fetch::reused() const { return connection_ != nullptr && connection_->served > 0; }

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

bool HttpClient::try_open(Fetch::Host& host) {
    const std::uint32_t before = host.endpoint->connections.fetch_add(1, std::memory_order_relaxed);
    if (before >= limits_.connections_per_host) {
        host.endpoint->connections.fetch_sub(1, std::memory_order_relaxed);
        return false;
    }
    auto* connection = new Fetch::Connection(*this, host);
    host.all.push_back(connection);
    ++host.connecting;
    ++open_;
    connection->connector =
        std::make_unique<Connector>(loop_, resolver_, callback<&Fetch::Connection::on_connected>(connection));
    connection->connector->start(host.endpoint, limits_.connect);
    return true;
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
    for (auto& [key, host] : hosts_) {
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
    for (Fetch::Connection* connection : std::exchange(dead_, {})) delete connection;
}

}  // namespace gw::net
