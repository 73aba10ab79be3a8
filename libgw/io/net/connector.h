#pragma once
// Every outbound connection is made here: name, address race, TLS, one deadline over all of it.

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "libgw/io/net/resolver.h"
#include "libgw/io/net/stream.h"
#include "libgw/io/net/tls.h"

namespace gw::net {

/// Where to connect. Shared and immutable but for the count.
struct Endpoint {
    std::string key;   ///< stable identity: "http://host:port", "https+unix:/path"
    std::string host;  ///< name or literal; for TLS the name that is verified
    std::uint16_t port = 0;
    std::string unix_path;     ///< not empty: connect here
    std::string connect_host;  ///< not empty: connect to this name or literal, and verify `host` all the same
    std::uint16_t connect_port = 0;
    /// Not empty: the head of a CONNECT that goes to connect_host first; `host` is spoken to once a 2xx has come.
    std::string tunnel;
    bool secure = false;
    std::shared_ptr<const TlsContext> tls;  ///< Requires: set when secure
    /// Addresses that are only reached from inside (Address::is_internal()) are refused, whatever the name says that
    /// leads to them: for names that strangers may have chosen.
    bool outward_only = false;
    /// Connections of all loops, held against ClientLimits::connections_per_host.
    mutable std::atomic<std::uint32_t> connections{0};
};

/// One attempt. Lives in its owner; given up when destroyed.
class Connector {
  public:
    enum class Stage : std::uint8_t { resolve, connect, tls };

    Connector(Loop& loop, Resolver& resolver, Callback done);
    ~Connector();
    Connector(const Connector&) = delete;
    Connector& operator=(const Connector&) = delete;

    /// Calls `done` once, never before it returns.
    void start(std::shared_ptr<const Endpoint> to, Nanoseconds timeout);
    /// After `done`: the stream, or error() says why not.
    [[nodiscard]] bool connected() const { return static_cast<bool>(stream_); }
    Stream take() { return std::move(stream_); }
    [[nodiscard]] const Error& error() const { return error_; }
    [[nodiscard]] Stage stage() const { return stage_; }

  private:
    struct Attempt {
        Stream stream;
        Connector* owner = nullptr;
        std::size_t index = 0;
    };
    void on_addresses(const Result<std::vector<Address>>& addresses);
    void next_address();
    static void on_connected(void* attempt);
    void on_attempt(Attempt* attempt);
    void on_stagger();
    void on_deadline();
    void ask_for_tunnel();
    void on_tunnel_readable();
    void begin_tls();
    void on_handshake();
    void on_fault() noexcept;
    void succeed();
    void fail(Error error);
    void finish();
    void report();

    Loop& loop_;
    Resolver& resolver_;
    Callback done_;
    Timer stagger_;
    Timer deadline_;
    std::shared_ptr<const Endpoint> to_;
    std::vector<Address> addresses_;
    std::vector<std::unique_ptr<Attempt>> attempts_;
    std::size_t next_ = 0;
    Stream stream_;
    Stream pending_;      // under its handshake
    std::string answer_;  // to the CONNECT, so far
    Error error_;
    Stage stage_ = Stage::resolve;
    bool finished_ = false;
};

}  // namespace gw::net
