#pragma once
// Origins (RFC 6454, HTML §7.5), and the URLs that pages fetch.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libgw/base/result.h"

namespace gw::cors {

/// Scheme, host and port; or opaque, which browsers write as "null" and which is equal to nothing, itself included.
class Origin {
  public:
    /// "https://app.example.com", as browsers write it: lower case, without a default port, a path or a slash at the
    /// end; "null" for an opaque one. Errc::parse for anything else.
    static Result<Origin> parse(std::string_view text);
    static Origin opaque() { return {}; }

    [[nodiscard]] bool is_opaque() const { return scheme_.empty(); }
    /// What the Origin field says.
    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] const std::string& scheme() const { return scheme_; }
    [[nodiscard]] const std::string& host() const { return host_; }
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] bool same_as(const Origin& other) const { return !is_opaque() && text_ == other.text_; }

  private:
    friend struct PageUrl;
    Origin() = default;
    std::string text_ = "null";
    std::string scheme_;
    std::string host_;  // an IPv6 address in its brackets
    std::uint16_t port_ = 0;
};

/// An http or https URL as a page names it. Its fragment is never sent and is dropped.
struct PageUrl {
    std::string scheme;  ///< lower case
    std::string host;    ///< lower case; an IPv6 address in its brackets
    std::uint16_t port = 0;
    std::string target;            ///< path and query
    bool has_credentials = false;  ///< user:password@

    /// Errc::parse for what is no absolute http or https URL.
    static Result<PageUrl> parse(std::string_view text);
    /// A Location field against this URL (RFC 3986 §5). Errc::parse when it is no URL; `scheme` of the result may then
    /// be any ("data", "ftp"), and the rest is empty unless it is http or https.
    [[nodiscard]] Result<PageUrl> resolve(std::string_view location) const;
    [[nodiscard]] bool is_http() const { return scheme == "http" || scheme == "https"; }
    [[nodiscard]] Origin origin() const;
    /// Without user and password.
    [[nodiscard]] std::string text() const;
};

}  // namespace gw::cors
