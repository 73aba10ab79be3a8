#pragma once
// The keys under which a server seals session tickets (RFC 5077, RFC 8446 §4.6.1), so that it need not keep sessions.

#include <array>
#include <cstddef>
#include <mutex>
#include <optional>
#include <span>

#include "libgw/base/clock.h"

namespace gw::net {

/// One key: a public name, and what encrypts and authenticates.
struct TicketKey {
    std::array<unsigned char, 16> name{};
    std::array<unsigned char, 32> cipher{};
    std::array<unsigned char, 32> mac{};
    Instant made;
};

/// A ring of keys that live in memory only. Safe to share between threads: one lock, held for a copy.
/// Invariant: nothing is sealed under a key older than kRotation, and nothing is opened under one older than
/// kKept × kRotation.
class TicketKeys {
  public:
    static constexpr Nanoseconds kRotation = std::chrono::hours(8);
    static constexpr std::size_t kKept = 3;

    TicketKeys() = default;
    TicketKeys(const TicketKeys&) = delete;
    TicketKeys& operator=(const TicketKeys&) = delete;
    ~TicketKeys();

    /// The key to seal with; a new one is made when the last has served its time. Nothing when there is no randomness.
    std::optional<TicketKey> current(Instant now);
    /// The key of this name, to open with, and in `renew` whether the ticket deserves a newer one.
    std::optional<TicketKey> find(std::span<const unsigned char, 16> name, bool& renew, Instant now);

  private:
    std::mutex mutex_;
    std::array<TicketKey, kKept> keys_;  // newest first
    std::size_t count_ = 0;
};

}  // namespace gw::net
