#include "libgw/gateway/cache_visit.h"

#include <utility>

namespace gw::gateway {

void CacheVisit::keep(std::string_view bytes, Instant now) {
    if (!pending) return;
    const std::uint64_t size = body.size() + bytes.size();
    if (size > charged && !charge(size - charged, now)) return;
    body.append(bytes);
}

void CacheVisit::expect(std::uint64_t bytes, Instant now) {
    if (charge(bytes, now)) body.reserve(bytes);
}

/// False, and it is not kept: it is too large, or too much is being kept at the moment.
bool CacheVisit::charge(std::uint64_t bytes, Instant now) {
    if (charged + bytes <= store->largest() && store->fill(bytes)) {
        charged += bytes;
        return true;
    }
    give_up();
    status.detail = to_text(cache::Refused::size);
    land(true, now);
    return false;
}

void CacheVisit::commit(Instant now, Date date) {
    if (!pending) return;
    body.shrink_to_fit();
    pending->body = std::make_shared<const std::string>(std::move(body));
    auto answer = std::make_shared<const cache::Stored>(std::move(*pending));
    pending.reset();
    const bool fresh = cache::judge(*answer, {}, date).use == cache::Use::reuse;
    store->unfill(std::exchange(charged, 0));
    const bool kept = store->put(key, uri, std::move(answer));
    land(!kept || !fresh, now);
}

void CacheVisit::give_up() {
    if (!pending) return;
    pending.reset();
    body = {};
    status.stored = false;
    store->unfill(std::exchange(charged, 0));
}

}  // namespace gw::gateway
