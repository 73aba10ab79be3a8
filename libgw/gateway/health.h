#pragma once
// Active health checks of all groups: GET the path, 2xx and 3xx pass. On the house loop.

#include <memory>
#include <vector>

#include "libgw/base/log.h"
#include "libgw/base/random.h"
#include "libgw/gateway/runtime.h"
#include "libgw/io/net/http_client.h"

namespace gw::gateway {

class HealthChecker {
  public:
    HealthChecker(net::Loop& loop, net::HttpClient& client, Log& log, std::uint64_t seed);
    ~HealthChecker();
    /// Checks the groups of this Runtime from now on. A target that its group had before, checked in the same way,
    /// keeps its schedule, and a check of it that is under way goes on: reloads at any rate put no check off.
    void adopt(const std::shared_ptr<const Runtime>& runtime);
    /// When the next check begins, or one under way must have ended; Instant::max() when nothing is checked.
    [[nodiscard]] Instant next() const;

  private:
    class Check;
    net::Loop& loop_;
    net::HttpClient& client_;
    Log& log_;
    Random random_;
    std::shared_ptr<const Runtime> runtime_;
    std::vector<std::unique_ptr<Check>> checks_;
};

}  // namespace gw::gateway
