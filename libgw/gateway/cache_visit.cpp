#include "libgw/gateway/cache_visit.h"

#include <utility>

namespace gw::gateway {

void CacheVisit::keep(std::string_view bytes, Instant now) {
    if (!pending) return;
    if (body.size() + bytes.size() > store->largest()) {
        give_up();
        return land(true, now);
    }
    body.append(bytes);
}

void CacheVisit::commit(Instant now, Date date) {
    if (!pending) return;
    body.shrink_to_fit();
    pending->body = std::make_shared<const std::string>(std::move(body));
    auto answer = std::make_shared<const cache::Stored>(std::move(*pending));
    pending.reset();
    const bool fresh = cache::judge(*answer, {}, date).use == cache::Use::reuse;
    const bool kept = store->put(key, uri, std::move(answer));
    land(!kept || !fresh, now);
}

void CacheVisit::give_up() {
    pending.reset();
    body = {};
    status.stored = false;
}

}  // namespace gw::gateway
