#pragma once
// Requests as browsers' developer tools hand them out: "Copy as cURL", "Copy as fetch".

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libgw/base/result.h"

namespace gw::clip {

/// A request that was written down. Nothing about it has been checked but its form.
struct Clip {
    std::string url;
    std::string method;  ///< "" when it is not said
    std::vector<std::pair<std::string, std::string>> headers;
    std::optional<std::string> body;
    std::string body_type;    ///< the Content-Type that curl gives the body by itself; "" for none
    std::string referrer;     ///< a URL; ""
    std::string mode;         ///< fetch()'s; "" when it is not said
    std::string credentials;  ///< fetch()'s; "" when it is not said
    // curl's, "" or false when it is not said
    std::string user;   ///< NAME:PASSWORD
    std::string proxy;  ///< -x
    std::string ca;     ///< --cacert
    std::string max_time;
    std::vector<std::string> resolve;
    std::vector<std::string> connect_to;
    bool insecure = false;
};

/// What a text may hold at most, and how many requests.
inline constexpr std::size_t kMostText = 4 * 1024 * 1024;
inline constexpr std::size_t kMostClips = 10000;

/// One curl command or several, as a POSIX shell or bash would read them: quotes of all three kinds ('', "", $''),
/// backslashes, line continuations; commands end with a line, ; or &. Errc::parse: an open quote, an expansion ($x,
/// `x`), an option that is not known; Errc::limit.
Result<std::vector<Clip>> parse_curl(std::string_view text);

/// Calls of fetch() with literals: strings, numbers, true, false, null, objects, arrays, JSON.stringify of one.
/// Errc::parse with line and column: anything that would have to be run; Errc::limit.
Result<std::vector<Clip>> parse_fetch(std::string_view text);

/// The words of shell commands, for parse_curl(); one list a command.
Result<std::vector<std::vector<std::string>>> shell_commands(std::string_view text);

}  // namespace gw::clip
