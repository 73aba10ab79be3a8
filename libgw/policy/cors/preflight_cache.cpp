#include "libgw/policy/cors/preflight_cache.h"

#include <algorithm>
#include <utility>

namespace gw::cors {

void PreflightCache::store(std::string origin, std::string url, Grant grant, Instant now) {
    std::erase_if(entries_, [&](const Entry& entry) {
        return entry.origin == origin && entry.url == url && entry.grant.with_credentials == grant.with_credentials;
    });
    if (grant.lifetime <= Nanoseconds(0)) return;
    const Instant until = now + grant.lifetime;
    entries_.push_back({std::move(origin), std::move(url), std::move(grant), until});
}

bool PreflightCache::covers(std::string_view origin, std::string_view url, Credentials credentials,
                            std::string_view method, const std::vector<std::string>& unsafe_names, Engine engine,
                            Instant now) const {
    const bool include = credentials == Credentials::include;
    return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return entry.origin == origin && entry.url == url && entry.grant.with_credentials == include &&
               now < entry.until && entry.grant.covers(method, unsafe_names, engine).is_fine();
    });
}

}  // namespace gw::cors
