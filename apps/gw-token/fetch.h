#pragma once
// What gw-token asks of servers: documents and keys of an issuer, and a signature of one.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "apps/support/world.h"
#include "libgw/io/net/inquiry.h"
#include "libgw/policy/auth/keyset.h"

namespace gw::token {

/// One question after the other, each on a loop of its own that runs until it is done: 1.5 s, 150,000 bytes, no
/// redirects, certificates verified.
class Web {
  public:
    struct Options {
        std::string ca;       ///< PEM to verify with instead of the system's; empty: the system's
        std::string ca_name;  ///< its file
        /// Reads the file of --cacert; "" is none. Errc::not_found, io.
        static Result<Options> read(const std::string& file);
    };
    explicit Web(Options options) : options_(std::move(options)) {}

    /// `outward`: not from an address of this machine or link, because a stranger chose the URL. Errors are Inquiry's.
    Result<net::Answered> get(const http::Url& url, bool outward = false);
    /// A JSON text to a server.
    Result<net::Answered> post(const http::Url& url, std::string json);

  private:
    Result<net::Answered> ask(const http::Url& url, net::Question question, bool outward);
    Options options_;
};

/// Plain http to another machine: whoever is on the way reads and changes what passes.
bool is_exposed(const http::Url& url);

/// Where POST goes when an issuer is asked to sign: ISSUER/sign. Errc::usage for what is no issuer, and for plain http
/// to another machine: whoever listens could use the token.
Result<http::Url> parse_sign_url(std::string_view issuer);

/// Why there are no keys, and the exit code that says so: 4, or 5 when the server refused (401, 403).
struct NoKeys {
    Error error;
    int code = program::kNetwork;
};
/// Keys, or why there are none.
using Fetched = std::variant<auth::KeySet, NoKeys>;

/// The keys at a URL.
Fetched fetch_keys(Web& web, const http::Url& url, bool outward = false);
/// The keys of an issuer: its discovery document, which has to name the same issuer, then its key set.
Fetched fetch_issuer_keys(Web& web, std::string_view issuer);

}  // namespace gw::token
