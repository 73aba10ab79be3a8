#pragma once
// The command behind `--`, and the one of --run.

#include <memory>
#include <string>
#include <vector>

#include "libgw/gateway/server.h"
#include "libgw/io/process/child.h"

namespace gw::serve {

/// Starts CMD with $PORT set, keeps the gateway's 503 up until it listens (at most 30 s), and ends the gateway with its
/// code when it ends.
class Backend {
  public:
    Backend(gateway::Server& server, std::uint16_t port, Log& log);
    ~Backend();
    Result<void> start(const std::vector<std::string>& command);
    /// Asks it to end; it is killed when that takes over five seconds.
    void stop();

  private:
    void look();
    gateway::Server& server_;
    Log& log_;
    net::Resolver resolver_;
    net::Timer timer_;
    std::unique_ptr<net::Connector> connector_;
    std::shared_ptr<const net::Endpoint> endpoint_;
    std::unique_ptr<process::Child> child_;
    Instant give_up_;
};

/// A port on the loopback interface that is free now.
Result<std::uint16_t> find_free_port();

}  // namespace gw::serve
