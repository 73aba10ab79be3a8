#pragma once
// Whether a stored answer may be shown (RFC 9111 §4.2.4, §5.2.1; RFC 5861).

#include <cstdint>

#include "libgw/policy/cache/directives.h"
#include "libgw/policy/cache/stored.h"

namespace gw::cache {

enum class Use : std::uint8_t {
    reuse,
    reuse_and_refresh,  ///< shown stale once more while the target is asked (RFC 5861 §3)
    validate,           ///< not without asking the target
};

struct Judgement {
    Use use = Use::validate;
    bool stale = false;
    Nanoseconds age{0};
    Nanoseconds fresh_for{0};  ///< negative: stale since
};

Judgement judge(const Stored& stored, const RequestDirectives& request, Date now);

/// How the target failed.
enum class Trouble : std::uint8_t {
    unreachable,   ///< no answer came
    server_error,  ///< 500, 502, 503 or 504 came
};

/// Whether it may be shown although the target could not vouch for it: within stale-if-error (RFC 5861 §4); and
/// without being told so for a day, when no answer came (RFC 9111 §4.2.4). Never where the answer or the request asks
/// for validation.
bool may_serve_on_error(const Stored& stored, const RequestDirectives& request, Trouble trouble, Date now);

/// Whether this status means that the target is in trouble (RFC 5861 §4).
constexpr bool is_server_error(std::uint16_t status) {
    return status == 500 || status == 502 || status == 503 || status == 504;
}

}  // namespace gw::cache
