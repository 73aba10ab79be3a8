#pragma once
// One question to an HTTP server and its whole answer, bounded in time and size: for what the gateway and its tools
// want to know themselves (keys of issuers, the admin API). What clients ask for streams through Fetch.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libgw/io/net/http_client.h"
#include "libgw/wire/http/uri.h"

namespace gw::net {

/// What a failure is to somebody who asks for an Error.
Errc to_errc(FetchFailure::Kind kind);

/// What is asked.
struct Question {
    std::string method = "GET";
    std::string target = "/";  ///< path and query
    std::string host;          ///< as the Host field says it
    std::vector<std::pair<std::string, std::string>> fields = {};
    std::string body = {};                                  ///< sent with its length when not empty
    Nanoseconds timeout = std::chrono::milliseconds(1500);  ///< for all of it, connecting included
    std::size_t most = 150000;                              ///< bytes of the answer's body
};

/// What was answered, whatever the status; redirects are not followed.
struct Answered {
    std::uint16_t status = 0;
    std::string content_type;
    std::string body;
};

/// Lives in its owner; given up when destroyed. Always on a connection of its own, which is closed afterwards.
class Inquiry final : private FetchEvents {
  public:
    /// Errc::resolve, connect, tls, timeout; closed: the connection ended before the answer did; parse: the answer is
    /// not HTTP, or encoded (gzip) although nobody asked for that; limit: it is larger than Question::most; usage: the
    /// question cannot be written.
    using Done = std::function<void(Result<Answered>)>;

    Inquiry(Loop& loop, HttpClient& client);

    /// Calls `done` once, perhaps before it returns; `done` may ask the next question, but does not destroy the
    /// inquiry. Requires: !active().
    void ask(const std::shared_ptr<const Endpoint>& to, Question question, Done done);
    [[nodiscard]] bool active() const { return static_cast<bool>(done_); }
    /// Nobody is called any more.
    void cancel();

  private:
    void on_ready() override;
    void on_answer_head(http::ResponseHead& head) override;
    void on_answer_body(std::string_view bytes) override;
    void on_answer_end() override;
    void on_turn_end() override;
    void on_sendable() override {}
    void on_failed(const FetchFailure& failure) override;
    void on_late();
    void end(Result<Answered> answer);

    Loop& loop_;
    HttpClient& client_;
    Fetch fetch_;
    Timer timer_;
    Question question_;
    Answered answer_;
    std::optional<Error> problem_;
    std::string head_;
    bool over_ = false;  // told when the turn is over: until then the connection has more to say
    Done done_;
};

/// Where a URL is served. `tls` is needed when it is secure.
std::shared_ptr<Endpoint> endpoint_of(const http::Url& url, std::shared_ptr<const TlsContext> tls);
/// Path and query of a URL as a request says them.
std::string target_of(const http::Url& url);
/// Host of a URL as a request says it.
std::string host_of(const http::Url& url);

/// Whether the place that a document names may have an address that is only reached from inside: on the host that was
/// chosen by a person, or when that is on this machine itself. Anywhere else the document leads outwards or nowhere
/// (Endpoint::outward_only).
bool may_be_inside(const http::Url& named, const http::Url& chosen);

}  // namespace gw::net
