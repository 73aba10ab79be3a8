#pragma once
// The admin API of a running gw-serve, for the programs that ask it or give it orders.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "libgw/base/secret.h"
#include "libgw/config/sources.h"
#include "libgw/io/net/inquiry.h"

namespace gw::program {

/// Where a gateway on this port has its admin socket: $XDG_RUNTIME_DIR/gw/PORT.sock, or /tmp/gw-UID/PORT.sock.
std::string admin_socket(const config::Sources& sources, std::uint16_t port);

/// Where it is, and what opens it.
struct AdminPlace {
    std::shared_ptr<const net::Endpoint> endpoint;
    std::string host;  ///< as the Host field says it
    Secret token;      ///< of one on TCP
};
/// `where`: unix:PATH, http://HOST:PORT or HOST:PORT. `token`: env:NAME or file:PATH; "" is none. Errc::usage,
/// Errc::config, and what a token cannot be read for.
Result<AdminPlace> find_admin(std::string where, const std::string& token, const config::Sources& sources);

/// Asks one thing after the other, on a loop that its owner uses for nothing else meanwhile.
class AdminClient {
  public:
    AdminClient(net::Loop& loop, AdminPlace place);

    /// What GET of the path answers. Errc::connect when there is no answer within 10 s, or none at all.
    Result<net::Answered> get(std::string_view path);
    /// What POST of the path and a JSON text answers.
    Result<net::Answered> post(std::string_view path, std::string json = "{}");

  private:
    Result<net::Answered> ask(net::Question question);
    net::Loop& loop_;
    AdminPlace place_;
    net::Resolver resolver_;
    net::HttpClient client_;
    net::Inquiry inquiry_;
};

}  // namespace gw::program
