#include "libgw/gateway/issuer.h"

#include <utility>

namespace gw::gateway {

Issuer::Issuer(std::string issuer, std::string jwks_url)
    : issuer_(std::move(issuer)), jwks_url_(std::move(jwks_url)), fetched_(true) {}

Issuer::Issuer(std::string issuer, auth::KeySet keys) : issuer_(std::move(issuer)), fetched_(false) {
    keys_.set = std::make_shared<const auth::KeySet>(std::move(keys));
    keys_.version = 1;
    keys_.was_tried = true;
}

IssuerKeys Issuer::keys() const {
    const std::lock_guard lock(mutex_);
    return keys_;
}

void Issuer::publish(IssuerKeys keys) {
    {
        const std::lock_guard lock(mutex_);
        keys_ = std::move(keys);
    }
    // a reader that sees the number before finds the old keys or the new ones, and looks again for the next number
    changes_.fetch_add(1, std::memory_order_release);
}

}  // namespace gw::gateway
