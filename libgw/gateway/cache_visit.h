#pragma once
// One exchange and the response cache: what its route asks for, what was found, and what will be kept.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libgw/config/model.h"
#include "libgw/gateway/response_cache.h"
#include "libgw/policy/cache/condition.h"
#include "libgw/policy/cache/key.h"
#include "libgw/policy/cache/range.h"
#include "libgw/policy/cache/reuse.h"
#include "libgw/policy/cache/status_field.h"
#include "libgw/policy/cache/storing.h"

namespace gw::gateway {

/// What a route does with the cache.
struct RouteCache {
    bool http = false;   ///< to RFC 9111; else a TTL
    Nanoseconds ttl{0};  ///< of the latter
    std::vector<cache::KeyParameter> parameters;
    config::CacheControlStrategy unauthorized = config::CacheControlStrategy::succeed_with_response_header;
    bool authorization_to_invalidate = true;
    bool field = false;         ///< an x-cache field in answers
    bool keyed_cookie = false;  ///< the parameters hold it
    bool keyed_authorization = false;
    bool keyed_api_key = false;
    std::string space;             ///< of the key: api, stage, route and target
    routing::PathTemplate path;    ///< of the route, for the names of its parameters
    std::string target_authority;  ///< as an origin that answers may name
    bool target_secure = false;
};

class CacheVisit {
  public:
    const RouteCache* route = nullptr;
    std::shared_ptr<ResponseCache> store;
    std::string key;  ///< of this caller
    std::string uri;  ///< of everybody: what an unsafe request makes void
    cache::RequestDirectives directives;
    cache::Conditions conditions;
    cache::CacheStatus status;
    std::shared_ptr<const cache::Stored> stored;  ///< found for this request, whether it may be shown or not
    bool get = true;
    bool no_store = false;         ///< nothing of this exchange is kept
    bool asked_about = false;      ///< the request carries our conditions
    bool unsafe = false;           ///< its success makes void what is stored
    bool refused_control = false;  ///< its Cache-Control was ignored, and that is to be told
    bool fresh_wanted = false;     ///< the client asked that the target be asked
    bool refresh = false;          ///< the target is to be asked afterwards
    Date requested;                ///< when the target was asked
    Instant began;                 ///< when it was looked up, in both times
    Date began_date;

    // ── waiting for another's answer ──
    std::string flight;  ///< the key that is led; "": none
    Instant patience;    ///< until then it waits
    bool waited = false;

    // ── what is shown from memory ──
    bool not_modified = false;
    cache::Part part;
    std::uint64_t shown = 0;  ///< bytes of it that were given to the call

    // ── what is being kept ──
    std::optional<cache::Stored> pending;
    std::string body;
    std::uint64_t charged = 0;  ///< what of it is counted in the store

    CacheVisit() = default;
    ~CacheVisit() {
        give_up();
        land(false);
    }
    CacheVisit(const CacheVisit&) = delete;
    CacheVisit& operator=(const CacheVisit&) = delete;

    /// The calendar at a moment of this exchange.
    [[nodiscard]] Date date_at(Instant now) const { return began_date + (now - began); }
    /// Tells those who wait. `lonely`: that there is nothing to share.
    void land(bool lonely, Instant now = {}) {
        if (flight.empty()) return;
        store->land(std::exchange(flight, {}), !lonely, now);
    }
    /// So many bytes will come.
    void expect(std::uint64_t bytes, Instant now);
    /// Bytes of the target's answer pass. Too many, and it is not kept.
    void keep(std::string_view bytes, Instant now);
    /// The target's answer is whole: into the store with it.
    void commit(Instant now, Date date);
    /// It is not.
    void give_up();

  private:
    bool charge(std::uint64_t bytes, Instant now);
};

}  // namespace gw::gateway
