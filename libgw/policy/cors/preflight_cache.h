#pragma once
// What a browser remembers of preflights (Fetch §4.9, "CORS-preflight cache").

#include <string>
#include <vector>

#include "libgw/base/clock.h"
#include "libgw/policy/cors/check.h"

namespace gw::cors {

/// As Chromium keeps it: one grant for each origin and URL; one with credentials stands for requests without them too.
/// The standard keeps what it learns of each method and name apart. Grows with what is stored: a simulator's, not a
/// server's.
class PreflightCache {
  public:
    /// Keeps the grant until its lifetime is over; one of no lifetime is not kept and takes an older one away.
    void store(std::string origin, std::string url, Grant grant, Instant now);
    /// Whether no preflight is needed for this. A grant that does not cover it is forgotten.
    [[nodiscard]] bool covers(std::string_view origin, std::string_view url, Credentials credentials,
                              std::string_view method, const std::vector<std::string>& unsafe_names, Engine engine,
                              Instant now);
    void clear() { entries_.clear(); }

  private:
    struct Entry {
        std::string origin;
        std::string url;
        Grant grant;
        Instant until;
    };
    std::vector<Entry> entries_;
};

}  // namespace gw::cors
