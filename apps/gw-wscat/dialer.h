#pragma once
// Where a URL leads, and what is asked there: the opening handshake of a client.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "apps/gw-wscat/plan.h"
#include "apps/support/proxy.h"
#include "libgw/io/net/http_client.h"
#include "libgw/io/net/loop.h"
#include "libgw/io/net/resolver.h"
#include "libgw/policy/auth/sigv4/credential.h"
#include "libgw/wire/websocket/handshake.h"
#include "libgw/wire/websocket/session.h"

namespace gw::wscat {

/// One handshake, ready to be sent.
struct Dial {
    std::shared_ptr<const net::Endpoint> endpoint;
    std::string head;
    websocket::ClientHandshake handshake;
};

/// Loop, names and connections of one run.
class Dialer {
  public:
    /// Errc::tls: certificates; Errc::usage: --proxy; Errc::config: --sigv4 without credentials.
    static Result<std::unique_ptr<Dialer>> open(const program::World& world, const Options& options, const Plan& plan);

    /// A handshake for this URL, signed as of now. Errc::usage: a header that cannot be written.
    Result<Dial> dial(const http::Url& url);

    [[nodiscard]] net::Loop& loop() { return loop_; }
    [[nodiscard]] net::HttpClient& client() { return client_; }
    [[nodiscard]] websocket::MaskKeys& keys() { return keys_; }
    [[nodiscard]] websocket::DeflatePool& pool() { return pool_; }
    /// Where bytes of all connections come out, one after the other.
    [[nodiscard]] std::span<char> room() { return room_; }
    [[nodiscard]] const Plan& plan() const { return plan_; }

  private:
    explicit Dialer(const Plan& plan);
    Result<void> find_credential(const program::World& world, const Options& options);
    Result<void> sign(const http::Url& url, http::Fields& fields);

    const Plan& plan_;
    net::Loop loop_;
    net::Resolver resolver_;
    net::HttpClient client_;
    websocket::MaskKeys keys_;
    websocket::DeflatePool pool_;
    std::vector<char> room_ = std::vector<char>(65536);
    std::shared_ptr<const net::TlsContext> tls_;
    std::optional<program::Proxy> proxy_;
    std::string key_;
    std::shared_ptr<net::Endpoint> endpoint_;  ///< of the last URL: connections are counted there
    bool deflates_;
    bool signs_ = false;
    std::string region_;
    sigv4::Credential credential_;
};

/// Chance for masks; ends the process when the system has none to give.
websocket::MaskKeys random_mask_keys();

}  // namespace gw::wscat
