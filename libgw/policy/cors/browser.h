#pragma once
// A fetch() of a page, as a browser carries it out (Fetch §4): whether it asks first, what it sends, which answers it
// accepts, and what the page gets to read. It sends nothing itself: next() says what to send, feed() takes the answer.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/clock.h"
#include "libgw/policy/cors/check.h"
#include "libgw/policy/cors/engine.h"
#include "libgw/policy/cors/header_list.h"
#include "libgw/policy/cors/origin.h"
#include "libgw/policy/cors/preflight_cache.h"
#include "libgw/wire/http/fields.h"

namespace gw::cors {

/// What a script asks for: fetch(url, {method, headers, body, credentials}) with mode "cors".
struct PageRequest {
    Origin origin = Origin::opaque();  ///< the page's
    PageUrl url;
    std::string method = "GET";
    std::vector<Field> headers;
    bool has_body = false;
    std::string body_type;  ///< the Content-Type of the body itself, when `headers` has none; "" for bytes
    Credentials credentials = Credentials::same_origin;
    bool upload_events = false;  ///< an XMLHttpRequest with listeners on its upload: asks first whatever it sends
};

/// A request that the browser sends now.
struct Outgoing {
    bool preflight = false;
    PageUrl url;
    std::string method;
    std::vector<Field> fields;  ///< without Host, and what every browser adds
    bool with_body = false;
    bool with_credentials = false;
};

/// The answer to it.
struct Incoming {
    std::uint16_t status = 0;
    const http::Fields* fields = nullptr;
};

class Fetch {
  public:
    /// `cache` may be null: nothing is remembered.
    Fetch(PageRequest request, Engine engine, PreflightCache* cache = nullptr, Instant now = {});

    /// What to send; nothing when it is over.
    [[nodiscard]] std::optional<Outgoing> next() const;
    /// The answer to next().
    void feed(const Incoming& answer, Instant now = {});
    /// There was none.
    void fail(std::string why);

    [[nodiscard]] bool is_over() const { return state_ == State::over; }
    /// Once it is over: Code::none when the page gets the answer.
    [[nodiscard]] const Judgement& verdict() const { return verdict_; }
    /// Status and names of fields that the page can read; only when it gets the answer.
    [[nodiscard]] std::uint16_t status() const { return status_; }
    [[nodiscard]] const std::vector<std::string>& readable() const { return readable_; }

    /// Whether the first request needed a preflight, by what it is (a cache may have spared it).
    [[nodiscard]] bool needs_preflight() const { return first_needs_; }
    [[nodiscard]] bool is_cross_origin() const { return first_crosses_; }
    [[nodiscard]] bool sent_preflight() const { return sent_preflight_; }
    [[nodiscard]] std::uint32_t redirects() const { return redirects_; }
    /// The method as it is sent, the names that are asked for, and those that the browser silently leaves out.
    [[nodiscard]] const std::string& method() const { return method_; }
    [[nodiscard]] const std::vector<std::string>& unsafe_names() const { return unsafe_names_; }
    [[nodiscard]] const std::vector<std::string>& left_out() const { return left_out_; }

  private:
    enum class State : std::uint8_t { preflight, actual, over };

    void prepare();
    [[nodiscard]] std::string refused_by_network(const Incoming& answer) const;
    void begin(Instant now);
    void follow(const http::Fields& answer, std::uint16_t status, Instant now);
    void end(Judgement verdict);
    [[nodiscard]] std::string origin_text() const { return tainted_ ? "null" : request_.origin.text(); }

    PageRequest request_;
    Engine engine_;
    PreflightCache* cache_;
    PageUrl url_;
    std::string method_;
    std::vector<Field> headers_;
    std::vector<std::string> unsafe_names_;
    std::vector<std::string> left_out_;
    bool with_body_ = false;
    bool cross_origin_ = false;
    bool tainted_ = false;  ///< a redirect between other origins: Origin says null
    bool first_needs_ = false;
    bool first_crosses_ = false;
    bool sent_preflight_ = false;
    std::uint32_t redirects_ = 0;
    State state_ = State::over;
    Judgement verdict_;
    std::uint16_t status_ = 0;
    std::vector<std::string> readable_;
};

}  // namespace gw::cors
