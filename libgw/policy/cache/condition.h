#pragma once
// Conditional requests: those that a client makes of a stored answer, and those that the cache makes of the target
// (RFC 9110 §13, RFC 9111 §4.3).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libgw/policy/cache/stored.h"

namespace gw::cache {

/// What a client asks of an answer, kept apart from the request, which goes to the target with other conditions.
struct Conditions {
    std::string if_none_match;  ///< lines combined; "": none
    std::string if_modified_since;
    std::string range;     ///< of GET only
    std::string if_range;  ///< the same
    bool others = false;   ///< If-Match or If-Unmodified-Since: only the target can judge (RFC 9111 §4.3.2)
    [[nodiscard]] bool empty() const {
        return if_none_match.empty() && if_modified_since.empty() && range.empty() && if_range.empty();
    }
};
Conditions conditions_of(const http::Fields& request, bool get);

/// True when the client has this very answer: 304 (RFC 9110 §13.2.2, RFC 9111 §4.3.2). Only a 200 is compared.
bool is_not_modified(const Stored& stored, const Conditions& conditions, Date now);

/// Takes the client's conditions out of the request, and puts those in that ask about `stored`, if it has any to ask
/// by. Both validators where there are both: a target may know only one (RFC 9110 §13.1.3).
/// False: it has none, and the request asks for a whole answer.
bool ask_about(const Stored* stored, http::Fields& request);

/// Puts the client's own conditions back.
void restore(const Conditions& conditions, http::Fields& request);

/// Whether an answer to HEAD is about what is stored: nothing that it says of the body differs (RFC 9111 §4.3.5).
bool is_same_representation(const Stored& stored, const http::ResponseHead& answer);

}  // namespace gw::cache
