#pragma once
// Request targets, paths and authorities. One Path object, two views (RFC 3986, RFC 9112 §3.2).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libgw/base/result.h"

namespace gw::http {

/// A request's path and query.
/// *sent* is what the client sent, byte for byte: what is signed, put into events and passed upstream.
/// *canonical* is what everybody decides by: router, policies, cache key, log. Unreserved characters are decoded, hex
/// is upper case, `%2F` and `%25` stay encoded inside their segment, dot segments are resolved, empty segments
/// collapse. A trailing slash stays, and so does what follows a ';'. For "OPTIONS *", which has no path, both views are
/// "/*". Invariant: canonical starts with '/', has no "//", no dot segment, no control byte; canonicalising it again
/// changes nothing.
class Path {
  public:
    /// Parses `/path?query`. Refuses (Errc::parse) in the path: control bytes also when encoded, non-ASCII, `\`, also
    /// when encoded, `#`, raw `"<>^`{|}`, bad `%HH`, `..;` segments, ".." beside a `%2F` of its segment, climbing above
    /// the root, overlong or invalid UTF-8 when decoded. In the query: control bytes, spaces, non-ASCII, raw `"<>#`,
    /// bad `%HH`. At most 65,536 bytes.
    static Result<Path> parse(std::string_view origin_form);
    Path() = default;

    [[nodiscard]] std::string_view sent() const { return std::string_view(text_).substr(0, path_size_); }
    [[nodiscard]] std::string_view canonical() const { return same_ ? sent() : std::string_view(canonical_); }
    /// The query as sent, without '?'. Empty when there is none.
    [[nodiscard]] std::string_view query() const {
        return has_query_ ? std::string_view(text_).substr(path_size_ + 1) : std::string_view();
    }
    /// True for "/a?" too.
    [[nodiscard]] bool has_query() const { return has_query_; }
    /// Path and query as sent.
    [[nodiscard]] std::string_view sent_with_query() const { return text_; }
    void clear();

  private:
    friend bool parse_path(std::string_view origin_form, Path& into, std::string_view& why);
    std::string text_;
    std::string canonical_;  // only when it differs
    std::uint32_t path_size_ = 0;
    bool has_query_ = false;
    bool same_ = true;
};

/// The same without an Error to allocate, into storage that is used again: false, and a static word in `why`, when
/// refused.
bool parse_path(std::string_view origin_form, Path& into, std::string_view& why);

/// Host and port, validated: reg-name [A-Za-z0-9._-] of at most 253 bytes without empty labels, IPv4 or [IPv6] without
/// zone; port 1 to 65535 without leading zeros. Lower-cased, one trailing dot removed, IPv6 as RFC 5952 writes it.
/// A name whose last label is a number has to be an IPv4 address of four decimal numbers: nothing that a resolver would
/// take for an address in disguise ("127.1", "0x7f000001").
struct Authority {
    std::string host;                   ///< an IPv6 address without brackets
    std::optional<std::uint16_t> port;  ///< as written
    bool ipv6 = false;
    static Result<Authority> parse(std::string_view text);
    /// "host", "host:port", "[v6]:port"; the port is left out when it is the scheme's default.
    [[nodiscard]] std::string text(std::uint16_t default_port = 0) const;
};
/// Canonical text of a Host field into `into`: false when it is not valid. `default_port` is left out.
bool canonical_authority(std::string_view text, std::uint16_t default_port, std::string& into);

/// An absolute http, https, ws or wss URL without userinfo and fragment. For URLs that we go to, not for request
/// targets: path and query may hold any visible byte but `"<>\^`|#` (braces are for templates), escapes are valid, dots
/// stay.
struct Url {
    std::string scheme;  ///< lower case
    Authority authority;
    std::string path;   ///< "" or starts with '/'
    std::string query;  ///< without '?'
    bool has_query = false;
    static Result<Url> parse(std::string_view text);
    [[nodiscard]] bool secure() const { return scheme == "https" || scheme == "wss"; }
    /// The port to connect to.
    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] std::string text() const;
};

/// Decodes every %HH of a segment or value that was validated before; a '%' that starts no escape stays. '+' stays.
std::string percent_decode(std::string_view text);
/// Encodes everything but unreserved characters (RFC 3986 §2.3) and those in `keep`.
std::string percent_encode(std::string_view text, std::string_view keep = {});

}  // namespace gw::http
