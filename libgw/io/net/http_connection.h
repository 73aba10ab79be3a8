#pragma once
// One connection of a HttpClient to a target, and what the client knows of that target. Only http_client.cpp and
// http_connection.cpp include this.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/io/net/http_client.h"

namespace gw::net {

/// Serves one request at a time, and waits between them. Deletes nothing itself: close() buries it.
struct Fetch::Connection {
    enum class Phase : std::uint8_t { connecting, idle, busy, dead };

    Connection(HttpClient& client_in, Host& host_in);
    ~Connection() { loop().forget(this); }

    [[nodiscard]] Loop& loop() const { return client.loop_; }
    /// It may have been closed meanwhile by a target that had nothing to do for it.
    [[nodiscard]] bool used() const { return served > 0 || waited; }
    /// The loop has looked since this became idle, and has nothing to tell of it: then no system call is needed to
    /// know.
    [[nodiscard]] bool seems_silent() const {
        return loop().has_looked() && loop().looks() > idle_since && stream.seems_silent();
    }
    void on_connected();
    void assign(Fetch& to);
    void await_input();
    void on_readable();
    void on_writable();
    void on_idle_timeout();
    void on_resume();
    void on_fault() noexcept;
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
    std::uint64_t idle_since = 0;  // Loop::looks()
    Phase phase = Phase::connecting;
    bool head_seen = false;
    bool answer_begun = false;  // any byte of it
    bool paused = false;
    bool request_ended = false;
    bool tunnel = false;
    bool send_broken = false;
    bool reading = false;
    bool waited = false;  // has been idle
};

/// The connections to one target, and who waits for one. Invariant: while somebody who takes any connection waits, none
/// is idle.
struct Fetch::Host {
    std::shared_ptr<const Endpoint> endpoint;
    std::vector<Connection*> idle;
    std::vector<Connection*> all;
    std::deque<Fetch*> waiting;
    std::size_t connecting = 0;
};

}  // namespace gw::net
