#include "libgw/io/net/http_connection.h"

#include <utility>

namespace gw::net {

Fetch::Connection::Connection(HttpClient& client_in, Host& host_in)
    : client(client_in),
      host(host_in),
      endpoint(host_in.endpoint),
      outbox(client_in.loop_),
      timer(guarded<&Connection::on_idle_timeout, &Connection::on_fault>(this)) {}

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
    client.hand_over(*this);
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
    if (!stream.awaiting_readable())
        stream.await_readable(guarded<&Connection::on_readable, &Connection::on_fault>(this));
}

void Fetch::Connection::on_readable() {
    if (phase == Phase::idle) {
        // closed by the target, or bytes that nobody asked for; only what TLS says to itself is no reason to part
        if (stream.is_silent())
            await_input();
        else
            close();
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
    if (outbox.sent_total() == sent_before) {
        // nobody has asked yet: whatever this is, it is not the answer (response-queue poisoning)
        fail(FetchFailure::Kind::closed, "the target sent bytes before it was asked");
        return;
    }
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
    pool.hand_over(*this);
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
    if (state == Outbox::State::waiting)
        stream.await_writable(guarded<&Connection::on_writable, &Connection::on_fault>(this));
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
    const FetchFailure failure{kind, std::move(detail), used(), outbox.sent_total() > sent_before};
    close();
    if (owner != nullptr) {
        owner->connection_ = nullptr;
        owner->host_ = nullptr;
        owner->events_.on_failed(failure);
    }
    pool.serve_waiting(at);
}

void Fetch::Connection::on_fault() noexcept {
    loop().fault();
    reading = false;
    if (phase != Phase::dead) fail(FetchFailure::Kind::internal, {});
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

}  // namespace gw::net
