#pragma once
// An answer as it is kept.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "libgw/base/clock.h"
#include "libgw/policy/cache/directives.h"
#include "libgw/policy/cache/freshness.h"
#include "libgw/policy/cache/selector.h"
#include "libgw/wire/http/message.h"

namespace gw::cache {

/// Immutable once it is in the store; whoever serves it holds a share of it.
struct Stored {
    http::ResponseHead head;                  ///< as the target sent it, without the fields that are not stored
    std::shared_ptr<const std::string> body;  ///< whole, never null
    Exchanged when;                           ///< or when it was last validated
    Nanoseconds initial_age{0};
    Lifetime lifetime;
    ResponseDirectives directives;
    Selector selector;

    /// What it costs to keep it, in bytes.
    [[nodiscard]] std::size_t bytes() const;
};

/// current_age (RFC 9111 §4.2.3).
Nanoseconds age_of(const Stored& stored, Date now);

/// Appends the fields of `from` that a cache keeps (RFC 9111 §3.1): not those of one connection or named by it, not
/// those that no-cache or private withholds, not Age and Content-Length, which are said anew.
void copy_storable(const http::ResponseHead& from, const ResponseDirectives& directives, http::Fields& into);

/// The stored answer after a 304, or an answer to HEAD, has spoken of it (RFC 9111 §3.2, §4.3.4): every field that is
/// said anew takes the place of the old, but for those that belong to the body as it is kept and the validator it was
/// found by. `ttl`: what is configured counts as its lifetime.
Stored freshen(const Stored& stored, const http::ResponseHead& news, const Exchanged& when,
               std::optional<Nanoseconds> ttl);

}  // namespace gw::cache
