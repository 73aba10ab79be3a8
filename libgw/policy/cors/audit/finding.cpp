#include "libgw/policy/cors/audit/finding.h"

namespace gw::cors {

std::string_view to_text(Flaw flaw) {
    switch (flaw) {
        case Flaw::reflected_origin: return "ReflectedOrigin";
        case Flaw::null_origin: return "NullOrigin";
        case Flaw::prefix_match: return "PrefixMatch";
        case Flaw::suffix_match: return "SuffixMatch";
        case Flaw::unescaped_dot: return "UnescapedDot";
        case Flaw::http_downgrade: return "HttpDowngrade";
        case Flaw::third_party: return "ThirdParty";
        case Flaw::wildcard_with_credentials: return "WildcardWithCredentials";
        case Flaw::missing_vary: return "MissingVary";
    }
    return "";
}

std::string_view describe(Flaw flaw) {
    switch (flaw) {
        case Flaw::reflected_origin: return "whoever asks is allowed: the answer names the origin that asked";
        case Flaw::null_origin: return "null is allowed, which is every sandboxed frame and every file";
        case Flaw::prefix_match:
            return "names that only begin like an allowed one are allowed, and anybody can register such a name";
        case Flaw::suffix_match:
            return "names that only end like an allowed one are allowed, and anybody can register such a name";
        case Flaw::unescaped_dot:
            return "the dot of a pattern stands for any character, and a name with a letter there can be registered";
        case Flaw::http_downgrade:
            return "the page is allowed over http too, where whoever is on the line can write into it";
        case Flaw::third_party: return "a place is allowed where anybody may publish pages";
        case Flaw::wildcard_with_credentials:
            return "* with credentials: browsers refuse it, and it was meant to give sessions to all";
        case Flaw::missing_vary:
            return "the answer depends on the origin and does not say so: a cache gives one's answer to another";
    }
    return "";
}

std::string_view to_text(Severity severity) {
    switch (severity) {
        case Severity::low: return "low";
        case Severity::medium: return "medium";
        case Severity::high: return "high";
        case Severity::critical: return "critical";
    }
    return "";
}

}  // namespace gw::cors
