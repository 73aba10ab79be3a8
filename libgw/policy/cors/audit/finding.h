#pragma once
// What an audit has found: whom a server lets in that it cannot mean to.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/policy/cors/audit/probe.h"
#include "libgw/wire/http/fields.h"

namespace gw::cors {

enum class Flaw : std::uint8_t {
    reflected_origin,           ///< whoever asks is allowed
    null_origin,                ///< every sandboxed frame and every file is
    prefix_match,               ///< app.example.com.evil.example is
    suffix_match,               ///< evilexample.com is
    unescaped_dot,              ///< appxexample.com is
    http_downgrade,             ///< the page may have come over a line that anybody could write on
    third_party,                ///< a place where anybody may publish is
    wildcard_with_credentials,  ///< browsers refuse it, and somebody meant to give sessions to all
    missing_vary,               ///< a cache gives one origin's answer to another
};
/// "ReflectedOrigin"
std::string_view to_text(Flaw flaw);
/// One sentence, for lists of rules.
std::string_view describe(Flaw flaw);

enum class Severity : std::uint8_t { low, medium, high, critical };
/// "high"
std::string_view to_text(Severity severity);

/// What came back for a probe; status 0: nothing was asked, or there was no answer.
struct Reaction {
    Probe probe;
    std::uint16_t status = 0;
    http::Fields fields;
    std::uint16_t preflight_status = 0;
    http::Fields preflight_fields;
};

struct Finding {
    Flaw flaw = Flaw::reflected_origin;
    Severity severity = Severity::low;
    std::string origin;    ///< that was let in
    std::string evidence;  ///< what was asked, and what came back
    std::string cause;
    std::vector<std::string> fix;
};

}  // namespace gw::cors
