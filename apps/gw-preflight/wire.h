#pragma once
// One request of the browser's, sent, and the head of its answer: a page's fetch() is decided by that.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "apps/gw-preflight/options.h"
#include "apps/support/proxy.h"
#include "libgw/io/net/http_client.h"
#include "libgw/io/net/loop.h"
#include "libgw/io/net/resolver.h"
#include "libgw/policy/cors/browser.h"
#include "libgw/wire/http/fields.h"

namespace gw::preflight {

/// The head of an answer, byte for byte.
struct Answer {
    std::uint16_t status = 0;
    http::Fields fields;
    Nanoseconds took{0};
    std::string tls;  ///< what the handshake agreed on, and whose certificate it was; "" without TLS
};

/// Loop, names and connections of one run.
class Wire {
  public:
    /// Errc::usage: --proxy, --resolve, --connect-to; Errc::tls, Errc::not_found: --cacert.
    static Result<std::unique_ptr<Wire>> open(const program::World& world, const Options& options,
                                              Nanoseconds max_time);

    [[nodiscard]] net::Loop& loop() { return loop_; }
    [[nodiscard]] net::HttpClient& client() { return client_; }
    [[nodiscard]] Nanoseconds max_time() const { return max_time_; }
    /// Where a URL is served, by what --resolve and --connect-to say.
    std::shared_ptr<const net::Endpoint> endpoint_of(const cors::PageUrl& url);
    /// Whether a request goes to the proxy in the clear, and what it says to it then: "" or "Basic ...". What --resolve
    /// or --connect-to sends elsewhere goes through a tunnel, as with curl.
    [[nodiscard]] bool asks_proxy(const cors::PageUrl& url) const {
        return proxy_ && url.scheme == "http" && !elsewhere_.contains({url.host, url.port});
    }
    [[nodiscard]] std::string_view proxy_authorization() const {
        return proxy_ ? std::string_view(proxy_->authorization) : std::string_view();
    }

  private:
    explicit Wire(Nanoseconds max_time);
    struct Place {
        std::string host;  ///< without brackets
        std::uint16_t port = 0;
    };
    net::Loop loop_;
    net::Resolver resolver_;
    net::HttpClient client_;
    Nanoseconds max_time_;
    std::shared_ptr<const net::TlsContext> tls_;
    std::map<std::pair<std::string, std::uint16_t>, Place> elsewhere_;
    std::optional<program::Proxy> proxy_;
    std::map<std::string, std::shared_ptr<const net::Endpoint>> endpoints_;
};

/// Sends one request at a time. Given up when destroyed.
class Courier final : private net::FetchEvents {
  public:
    using Done = std::function<void(Result<Answer>)>;
    explicit Courier(Wire& wire);

    /// Calls `done` once, perhaps before it returns; it may send the next request.
    void send(const cors::Outgoing& request, std::string_view body, Done done);

  private:
    void on_ready() override;
    void on_answer_head(http::ResponseHead& head) override;
    void on_answer_body(std::string_view) override {}
    void on_answer_end() override {}
    void on_turn_end() override;
    void on_sendable() override {}
    void on_failed(const net::FetchFailure& failure) override;
    void on_late();
    void end(Result<Answer> answer);

    Wire& wire_;
    net::Fetch fetch_;
    net::Timer timer_;
    std::string head_;
    std::string body_;
    std::string what_;
    Instant began_;
    std::optional<Answer> answer_;
    Done done_;
};

}  // namespace gw::preflight
