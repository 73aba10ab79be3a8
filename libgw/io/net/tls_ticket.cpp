#include "libgw/io/net/tls_ticket.h"

#include <algorithm>

#include <openssl/crypto.h>
#include <openssl/rand.h>

namespace gw::net {

TicketKeys::~TicketKeys() { OPENSSL_cleanse(keys_.data(), sizeof keys_); }

std::optional<TicketKey> TicketKeys::current(Instant now) {
    std::lock_guard hold(mutex_);
    if (count_ == 0 || now - keys_[0].made >= kRotation) {
        TicketKey key;
        key.made = now;
        if (RAND_bytes(key.name.data(), static_cast<int>(key.name.size())) != 1 ||
            RAND_priv_bytes(key.cipher.data(), static_cast<int>(key.cipher.size())) != 1 ||
            RAND_priv_bytes(key.mac.data(), static_cast<int>(key.mac.size())) != 1)
            return std::nullopt;
        std::copy_backward(keys_.begin(), keys_.end() - 1, keys_.end());
        keys_[0] = key;
        count_ = std::min(count_ + 1, kKept);
    }
    return keys_[0];
}

std::optional<TicketKey> TicketKeys::find(std::span<const unsigned char, 16> name, bool& renew, Instant now) {
    std::lock_guard hold(mutex_);
    for (std::size_t i = 0; i < count_; ++i) {
        if (!std::ranges::equal(keys_[i].name, name)) continue;
        const Nanoseconds age = now - keys_[i].made;
        if (age >= kRotation * static_cast<int>(kKept)) return std::nullopt;
        renew = i > 0 || age >= kRotation;
        return keys_[i];
    }
    return std::nullopt;
}

}  // namespace gw::net
