#pragma once
// Cache-Status (RFC 9211): what this cache did, for whoever looks into an answer.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libgw/base/clock.h"

namespace gw::cache {

/// How a request and the store met. The word is the same in the log, the metric and Cache-Status.
enum class Outcome : std::uint8_t {
    none,         ///< the route has no cache
    bypass,       ///< not looked up
    miss,         ///< nothing stored for the URI
    vary_miss,    ///< nothing stored for what Vary names
    hit,          ///< answered from memory
    stale,        ///< answered from memory although its time was over
    revalidated,  ///< the target said that what is stored still holds
    expired,      ///< stored, and the target sent a new answer
    refreshed,    ///< fresh, but the client asked for validation
};
/// The words of all but `none`, in their order.
inline constexpr std::array<std::string_view, 8> kOutcomes = {"bypass", "miss",        "vary-miss", "hit",
                                                              "stale",  "revalidated", "expired",   "refreshed"};
/// "hit"; "" for none.
constexpr std::string_view to_text(Outcome outcome) {
    return outcome == Outcome::none ? std::string_view() : kOutcomes[static_cast<std::size_t>(outcome) - 1];
}

struct CacheStatus {
    Outcome outcome = Outcome::none;
    std::optional<Nanoseconds> ttl;      ///< freshness left; negative: stale since
    std::uint16_t forwarded_status = 0;  ///< of the target's answer; 0: it was not asked, or did not answer
    bool stored = false;
    bool collapsed = false;
    std::string_view detail;  ///< a token: why it was not stored
};

/// "gw; hit; ttl=53", "gw; fwd=miss; fwd-status=200; stored".
std::string to_field(const CacheStatus& status);

}  // namespace gw::cache
