#include "libgw/policy/cache/status_field.h"

#include <fmt/format.h>

namespace gw::cache {
namespace {

/// RFC 9211 §2.2; "" for what was not forwarded.
std::string_view forward_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::bypass: return "bypass";
        case Outcome::miss: return "uri-miss";
        case Outcome::vary_miss: return "vary-miss";
        case Outcome::revalidated:
        case Outcome::expired: return "stale";
        case Outcome::refreshed: return "request";
        case Outcome::none:
        case Outcome::hit:
        case Outcome::stale: return "";
    }
    return "";
}

}  // namespace

std::string to_field(const CacheStatus& status) {
    std::string field = "gw";
    const std::string_view forward = forward_of(status.outcome);
    if (!forward.empty())
        field.append("; fwd=").append(forward);
    else
        field += "; hit";
    if (!forward.empty() && status.forwarded_status != 0)
        field.append("; fwd-status=").append(fmt::format_int(status.forwarded_status).str());
    if (status.ttl)
        field.append("; ttl=").append(
            fmt::format_int(std::chrono::floor<std::chrono::seconds>(*status.ttl).count()).str());
    if (status.stored) field += "; stored";
    if (status.collapsed) field += "; collapsed";
    if (!status.detail.empty()) field.append("; detail=").append(status.detail);
    return field;
}

}  // namespace gw::cache
