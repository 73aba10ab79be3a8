#pragma once
// What to write into a server's configuration so that the pages that ask may: the whole of CORS, for five servers.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/result.h"

namespace gw::cors {

enum class Server : std::uint8_t { nginx, caddy, apigateway, express, gw_serve };
/// "nginx", "caddy", "apigateway", "express", "gw-serve"; nothing for another word.
std::optional<Server> parse_server(std::string_view word);

/// What has to be allowed.
struct Wish {
    std::vector<std::string> origins;  ///< as browsers write them
    std::vector<std::string> methods;
    std::vector<std::string> headers;  ///< that preflights ask for; lower case
    std::vector<std::string> expose;
    bool credentials = false;
    std::uint32_t max_age = 600;  ///< seconds
};

/// The text, with a comment on top that says where it goes (JSON has none). It answers preflights before anything that
/// asks who calls, names the origin on answers of every status, and says Vary. Errc::usage: no origin, null, or a name
/// with a character that would have to be quoted.
Result<std::string> write_recipe(Server server, const Wish& wish);

}  // namespace gw::cors
