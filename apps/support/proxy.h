#pragma once
// --proxy of the programs that call: an HTTP proxy.

#include <cstdint>
#include <string>
#include <string_view>

#include "libgw/base/result.h"

namespace gw::program {

struct Proxy {
    std::string host;  ///< without brackets
    std::uint16_t port = 0;
    std::string authorization;  ///< "Basic ..." (RFC 7617), or ""

    /// [http://][user:password@]HOST[:PORT]; without a port it is 1080, as with curl. Errc::usage.
    static Result<Proxy> parse(std::string_view text);
    /// The request for a tunnel to "HOST:PORT" (RFC 9110 section 9.3.6); `agent` asks, such as "gw-wscat/1.0.0".
    [[nodiscard]] std::string connect(std::string_view authority, std::string_view agent) const;
};

}  // namespace gw::program
