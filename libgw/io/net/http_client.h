#pragma once
// The gateway's side of HTTP/1.1 towards targets: connections kept and reused, one request at a time on each.

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libgw/io/net/connector.h"
#include "libgw/io/net/outbox.h"
#include "libgw/io/net/stream.h"
#include "libgw/wire/http/decoder.h"
#include "libgw/wire/http/encoder.h"

namespace gw::net {

struct ClientLimits {
    Nanoseconds connect = std::chrono::seconds(3);  ///< TLS included
    Nanoseconds idle = std::chrono::seconds(30);    ///< kept for reuse this long
    Nanoseconds queue = std::chrono::seconds(29);   ///< the longest wait for a free connection
    std::uint32_t idle_per_host = 64;               ///< kept on this loop
    std::uint32_t connections_per_host = 1024;      ///< by all loops together
    std::uint32_t pending_per_host = 1024;          ///< requests that wait for a connection, on this loop
};

/// Why there is no (whole) answer.
struct FetchFailure {
    enum class Kind : std::uint8_t {
        resolve,     ///< the name has no address
        connect,     ///< refused, unreachable, or not in time
        tls,         ///< handshake or certificate
        queue,       ///< no free connection
        closed,      ///< closed or reset before a byte of the answer
        broken,      ///< closed or reset inside the answer
        bad_answer,  ///< not HTTP, or breaks its framing
        internal,    ///< a fault of ours, memory that is not there
    };
    Kind kind = Kind::connect;
    std::string detail;
    bool reused = false;         ///< on a connection that had served another request, or had waited for one
    bool request_begun = false;  ///< bytes of the request had been written
};

/// What the owner of a fetch hears.
class FetchEvents {
  public:
    /// A connection is there: write the request.
    virtual void on_ready() = 0;
    /// The head of the answer: the final one, or 101.
    virtual void on_answer_head(http::ResponseHead& head) = 0;
    virtual void on_answer_body(std::string_view bytes) = 0;
    /// The answer is complete; the fetch is over.
    virtual void on_answer_end() = 0;
    /// All events of one read have been told: what was gathered from them should leave now.
    virtual void on_turn_end() = 0;
    /// What waited to be sent fell below kLowWater.
    virtual void on_sendable() = 0;
    /// There will be no (more) answer; the fetch is over.
    virtual void on_failed(const FetchFailure& failure) = 0;

  protected:
    ~FetchEvents() = default;
};

class HttpClient;

/// One request to a target and its answer. Lives in its owner; cancelled when destroyed.
class Fetch {
  public:
    explicit Fetch(FetchEvents& events) : events_(events) {}
    ~Fetch() { cancel(); }
    Fetch(const Fetch&) = delete;
    Fetch& operator=(const Fetch&) = delete;

    /// Asks for a connection. on_ready() may come before it returns. `fresh`: one that is opened for it, or at least
    /// one that has neither served nor waited.
    /// `upgrade`: the request asks for one, so a 101 may come.
    void start(HttpClient& client, const std::shared_ptr<const Endpoint>& to, http::Method method, bool fresh = false,
               bool upgrade = false);
    [[nodiscard]] bool active() const { return host_ != nullptr; }
    /// From on_ready() on: the head's text goes here (through a http::HeadWriter).
    std::string& head();
    /// Bytes of the body as they shall be on the wire; they must live until flush().
    void write(std::string_view bytes);
    /// A chunk of the body.
    void write_chunk(std::string_view bytes);
    void copy(std::string_view bytes);
    /// The request is complete once this is sent.
    void end();
    void flush();
    [[nodiscard]] std::size_t waiting() const;
    /// No more on_answer_body() for now / go on.
    void pause();
    void resume();
    /// Gives up; the connection is closed unless nothing was under way.
    void cancel();
    /// The address that was connected to: "10.0.0.1:80". Empty before on_ready().
    [[nodiscard]] std::string_view remote() const;
    /// What its handshake agreed on; null in the clear and before on_ready(). Lives as long as the connection.
    [[nodiscard]] const TlsInfo* tls() const;
    [[nodiscard]] bool reused() const;

  private:
    friend class HttpClient;
    struct Connection;
    struct Host;
    FetchEvents& events_;
    HttpClient* client_ = nullptr;
    Host* host_ = nullptr;
    Connection* connection_ = nullptr;
    Instant queued_;
    http::Method method_ = http::Method::get;
    bool fresh_ = false;
    bool upgrade_ = false;
};

/// The connections of one loop to all targets.
class HttpClient {
  public:
    HttpClient(Loop& loop, Resolver& resolver, const ClientLimits& limits);
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    void limits(const ClientLimits& limits) { limits_ = limits; }
    /// Closes idle connections: all of them, or those beyond `keep` a host.
    void close_idle(std::size_t keep = 0);
    [[nodiscard]] std::size_t idle() const { return idle_; }
    [[nodiscard]] std::size_t open() const { return open_; }
    [[nodiscard]] std::size_t pending() const { return pending_; }

  private:
    friend class Fetch;
    friend struct Fetch::Connection;
    Fetch::Host& host_of(const std::shared_ptr<const Endpoint>& to);
    void serve_waiting(Fetch::Host& host);
    Fetch::Connection* take_idle(Fetch::Host& host);
    void hand_over(Fetch::Connection& connection);
    bool try_open(Fetch::Host& host);
    void add_connection(Fetch::Host& host);
    void reap();
    void bury(Fetch::Connection* connection);
    void on_queue_timer();

    Loop& loop_;
    Resolver& resolver_;
    ClientLimits limits_;
    std::unordered_map<std::string, std::unique_ptr<Fetch::Host>> hosts_;
    std::vector<Fetch::Connection*> dead_;
    Timer queue_timer_;
    std::size_t idle_ = 0;
    std::size_t open_ = 0;
    std::size_t pending_ = 0;
};

}  // namespace gw::net
