#pragma once
// The keys of one issuer of tokens, as all threads see them.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "libgw/policy/auth/keyset.h"

namespace gw::gateway {

/// Keys and how they came to be known.
struct IssuerKeys {
    std::shared_ptr<const auth::KeySet> set;  ///< null: nothing can be verified now
    std::uint64_t version = 0;                ///< KeySchedule::version()
    std::string failure;                      ///< why the last fetch failed; "" when it did not
    bool no_discovery = false;                ///< it was the discovery document that could not be had
    bool was_tried = false;                   ///< a fetch has ended
};

/// Where keys are published: the house loop fetches and publishes, workers read. Safe: one atomic number tells whether
/// anything has changed since somebody looked; what changed is copied under a lock, once for each change and worker.
class Issuer {
  public:
    /// Keys that are fetched: from `jwks_url`, or when it is empty from where the issuer's discovery document says.
    Issuer(std::string issuer, std::string jwks_url);
    /// Keys that are known.
    Issuer(std::string issuer, auth::KeySet keys);

    [[nodiscard]] const std::string& issuer() const { return issuer_; }
    [[nodiscard]] const std::string& jwks_url() const { return jwks_url_; }
    [[nodiscard]] bool is_fetched() const { return fetched_; }
    /// Two with the same are the same: a reload goes on with what the first has fetched.
    [[nodiscard]] std::string identity() const { return issuer_ + ' ' + jwks_url_; }

    /// Changes with every publish(); never 0.
    [[nodiscard]] std::uint64_t changes() const { return changes_.load(std::memory_order_acquire); }
    [[nodiscard]] IssuerKeys keys() const;
    void publish(IssuerKeys keys);

  private:
    std::string issuer_;
    std::string jwks_url_;
    bool fetched_;
    mutable std::mutex mutex_;
    IssuerKeys keys_;
    std::atomic<std::uint64_t> changes_{1};
};

/// A worker's own copy.
struct IssuerView {
    std::uint64_t changes = 0;
    IssuerKeys keys;
    /// What the issuer has now.
    const IssuerKeys& look(const Issuer& issuer) {
        if (const std::uint64_t now = issuer.changes(); now != changes) {
            keys = issuer.keys();
            changes = now;
        }
        return keys;
    }
};

}  // namespace gw::gateway
