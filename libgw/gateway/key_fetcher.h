#pragma once
// Fetches the keys of issuers when their schedule says so. On the house loop.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libgw/base/log.h"
#include "libgw/gateway/issuer.h"
#include "libgw/io/net/http_client.h"
#include "libgw/io/telemetry/metrics.h"
#include "libgw/policy/auth/key_schedule.h"

namespace gw::gateway {

class KeyFetcher {
  public:
    KeyFetcher(net::Loop& loop, net::HttpClient& client, Log& log, auth::KeySchedule::Settings settings = {});
    ~KeyFetcher();

    /// From now on fetches for these; those that were there before go on as they are. `tls` is what their servers are
    /// verified with; null when none of them speaks TLS.
    void adopt(const std::vector<std::shared_ptr<Issuer>>& issuers, std::shared_ptr<const net::TlsContext> tls);

    /// Somebody came with a token whose key is not known (`kid`), or while there are no keys at all. Calls `told` once:
    /// at once when a fetch would not help or is not due, else when the fetch that is due or under way has ended.
    void want(const std::shared_ptr<Issuer>& issuer, const std::string& kid, std::function<void()> told);

    /// Fetches are counted on `sheet`, which this loop alone writes. Before the first adopt().
    void count(telemetry::Metrics& metrics, telemetry::Sheet& sheet);

    /// True when each issuer was tried once.
    [[nodiscard]] bool were_all_tried() const;
    /// Called whenever a fetch has ended.
    void on_fetched(std::function<void()> told) { told_ = std::move(told); }
    /// Called when an issuer has published keys that it had not before.
    void on_keys(std::function<void(const Issuer&)> told) { keys_told_ = std::move(told); }

  private:
    class Job;
    net::Loop& loop_;
    net::HttpClient& client_;
    Log& log_;
    auth::KeySchedule::Settings settings_;
    std::shared_ptr<const net::TlsContext> tls_;
    std::vector<std::unique_ptr<Job>> jobs_;
    std::function<void()> told_;
    telemetry::Metrics* metrics_ = nullptr;
    telemetry::Sheet* sheet_ = nullptr;
    std::function<void(const Issuer&)> keys_told_;
};

/// "1 key (RS256 kid=k1)", for people.
std::string keys_text(const auth::KeySet& keys);

}  // namespace gw::gateway
