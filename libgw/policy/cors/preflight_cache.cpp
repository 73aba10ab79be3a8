#include "libgw/policy/cors/preflight_cache.h"

#include <algorithm>
#include <utility>

namespace gw::cors {

void PreflightCache::store(std::string origin, std::string url, Grant grant, Instant now) {
    std::erase_if(entries_, [&](const Entry& entry) { return entry.origin == origin && entry.url == url; });
    if (grant.lifetime <= Nanoseconds(0)) return;
    const Instant until = now + grant.lifetime;
    entries_.push_back({std::move(origin), std::move(url), std::move(grant), until});
}

bool PreflightCache::covers(std::string_view origin, std::string_view url, Credentials credentials,
                            std::string_view method, const std::vector<std::string>& unsafe_names, Engine engine,
                            Instant now) {
    const auto entry = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const Entry& each) { return each.origin == origin && each.url == url; });
    if (entry == entries_.end()) return false;
    // Chromium asks again for Authorization, though * covers it when it does
    const Engine strict = engine == Engine::chrome ? Engine::standard : engine;
    if (now < entry->until && (entry->grant.with_credentials || credentials != Credentials::include) &&
        entry->grant.covers(method, unsafe_names, strict).is_fine())
        return true;
    entries_.erase(entry);
    return false;
}

}  // namespace gw::cors
