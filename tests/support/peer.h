#pragma once
// An HTTP client and an HTTP server that share no code with the project: what two ends of our own would agree on
// wrongly shows against these. They are for well-formed messages; bytes of any other kind are for raw_client and
// scripted_upstream.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libgw/base/result.h"

namespace gw::test {

using PeerFields = std::vector<std::pair<std::string, std::string>>;

/// The first value of a field, "" when absent. Names are compared without case.
std::string_view find_peer_field(const PeerFields& fields, std::string_view name);

struct PeerRequest {
    std::string method = "GET";
    std::string target = "/";  ///< path and query, sent as they are
    PeerFields fields;
    std::string body;
};

struct PeerResponse {
    int status = 200;
    PeerFields fields;
    std::string body;
};

/// Certificate and key of a server, or the certificates that a client trusts; paths of PEM files.
struct PeerTls {
    std::string certificate;
    std::string key;
};

/// Serves every method and path from threads of its own on a free port of 127.0.0.1, until it goes out of scope.
class PeerServer {
  public:
    using Handler = std::function<PeerResponse(const PeerRequest&)>;
    explicit PeerServer(Handler handler);
    PeerServer(Handler handler, const PeerTls& tls);
    ~PeerServer();
    PeerServer(const PeerServer&) = delete;
    PeerServer& operator=(const PeerServer&) = delete;

    [[nodiscard]] std::uint16_t port() const;
    /// "http://127.0.0.1:PORT" or "https://127.0.0.1:PORT"
    [[nodiscard]] std::string url() const;
    /// The requests answered so far, in the order of their arrival.
    [[nodiscard]] std::vector<PeerRequest> requests() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// A client that keeps its connection between requests. `trust` is a PEM file; "" for https checks nothing.
/// Follows no redirects. One thread at a time.
class PeerClient {
  public:
    explicit PeerClient(const std::string& url, const std::string& trust = {});
    ~PeerClient();
    PeerClient(PeerClient&&) noexcept;

    /// Errc::connect, timeout or io with the client's own word when there is no answer.
    Result<PeerResponse> fetch(const PeerRequest& request);
    Result<PeerResponse> get(const std::string& target) { return fetch({"GET", target, {}, {}}); }

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace gw::test
