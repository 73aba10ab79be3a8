#include "libgw/policy/cache/reuse.h"

#include <algorithm>

namespace gw::cache {
namespace {

/// For how long a target may be silent before what it said last is too old to be shown.
constexpr Nanoseconds kSilence = std::chrono::hours(24);

}  // namespace

Judgement judge(const Stored& stored, const RequestDirectives& request, Date now) {
    Judgement judgement;
    judgement.age = age_of(stored, now);
    judgement.fresh_for = stored.lifetime.span - judgement.age;
    judgement.stale = judgement.fresh_for <= Nanoseconds(0);
    if (stored.directives.no_cache || request.no_cache) return judgement;
    if (request.max_age && (judgement.age > *request.max_age || *request.max_age == Seconds(0))) return judgement;
    if (request.min_fresh && judgement.fresh_for < *request.min_fresh) return judgement;
    if (!judgement.stale) {
        judgement.use = Use::reuse;
        return judgement;
    }
    if (stored.directives.forbids_stale()) return judgement;
    if (request.max_stale && -judgement.fresh_for <= *request.max_stale) {
        judgement.use = Use::reuse;
        return judgement;
    }
    if (-judgement.fresh_for < stored.directives.stale_while_revalidate && !request.max_age)
        judgement.use = Use::reuse_and_refresh;
    return judgement;
}

bool may_serve_on_error(const Stored& stored, const RequestDirectives& request, Trouble trouble, Date now) {
    if (stored.directives.forbids_stale() || request.no_cache || request.max_age || request.min_fresh) return false;
    const Nanoseconds stale = age_of(stored, now) - stored.lifetime.span;
    Nanoseconds allowed = stored.directives.stale_if_error;
    if (request.stale_if_error) allowed = std::max<Nanoseconds>(allowed, *request.stale_if_error);
    if (trouble == Trouble::unreachable) allowed = std::max(allowed, kSilence);
    return stale <= allowed;
}

}  // namespace gw::cache
