#pragma once
// gw-serve --demo: a sample API and the backend behind it, to have something to try.

#include <memory>
#include <string>

#include "libgw/config/model.h"
#include "libgw/io/net/http_server.h"
#include "libgw/io/net/listener.h"

namespace gw::serve {

/// The sample backend on a free loopback port: a few pets, an echo, a clock that ticks (server-sent events), a slow
/// page.
class DemoBackend final : public net::Handler {
  public:
    explicit DemoBackend(net::Loop& loop);
    ~DemoBackend() override;
    Result<std::uint16_t> listen();
    void on_call(net::Call& call) override;

  private:
    class Ticker;
    class Echo;
    net::Loop& loop_;
    net::HttpServer http_;
    std::unique_ptr<net::Listener> listener_;
};

/// Adds the sample routes to the api.
void add_demo_routes(config::Api& api, std::uint16_t backend_port);
/// What to try, for people. `unverified`: nobody vouches for the certificate.
std::string demo_text(const std::string& url, bool unverified);

}  // namespace gw::serve
