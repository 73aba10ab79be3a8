#pragma once
// What the operator may ask and order, over a unix socket (or TCP with a token), and the metrics page. On the house
// loop. Security §2.14: only known hosts, no foreign origins, nothing changes without POST, JSON and X-GW-Admin.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "libgw/base/log.h"
#include "libgw/base/secret.h"
#include "libgw/gateway/runtime.h"
#include "libgw/io/net/http_server.h"
#include "libgw/io/net/listener.h"

namespace gw::gateway {

class Server;

/// What the admin API serves: a path, and how it is asked. What is read with GET is read with HEAD as well.
struct AdminRoute {
    std::string_view path;
    bool reads = false;      ///< with GET
    bool orders = false;     ///< with POST
    bool has_order = false;  ///< the POST's body says what is to be done
};
std::span<const AdminRoute> admin_routes();

/// One answer of the admin API.
struct AdminPage {
    std::uint16_t status = 200;
    std::string body;
    std::string_view content_type = "application/json";
};

class Admin {
  public:
    Admin(Server& server, net::Loop& loop, Log& log);
    ~Admin();
    /// Binds what the configuration asks for, or `otherwise`, which may fail with a warning. A token is needed on TCP.
    Result<void> open(const config::Model& config, const std::string& otherwise, const Secret& token);
    /// "unix:/run/…", "http://127.0.0.1:9901", or "" when there is none.
    [[nodiscard]] std::string address() const { return address_; }
    [[nodiscard]] std::string metrics_address() const { return metrics_address_; }

  private:
    class Door;
    Server& server_;
    net::Loop& loop_;
    Log& log_;
    std::unique_ptr<Door> admin_;
    std::unique_ptr<Door> metrics_;
    std::string address_;
    std::string metrics_address_;
    net::SocketFile socket_;
};

}  // namespace gw::gateway
