#pragma once
// Which requests an answer is for, beyond its URI: what Vary names (RFC 9111 §4.1).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/wire/http/fields.h"

namespace gw::cache {

/// The request fields that an answer depends on, and what they were.
struct Selector {
    std::vector<std::string> names;  ///< lower case, sorted, each once
    std::string values;              ///< selecting_values() of the request that was answered
    friend bool operator==(const Selector&, const Selector&) = default;
};

/// More names than this in Vary, and the answer is not stored: nobody would ask for it again.
inline constexpr std::size_t kMostVaryNames = 8;

/// The names in Vary. Nothing when no request can ever match: `*`, a name that is none, more than kMostVaryNames.
std::optional<std::vector<std::string>> parse_vary(const http::Fields& answer);

/// What tells the requests apart that an answer is for: parse_vary(), and Accept-Encoding where its body is coded,
/// whether Vary says so or not: whoever has not asked for the coding alike could not read it.
std::optional<std::vector<std::string>> selecting_names(const http::Fields& answer);

/// One text for what a request says under these names, the same for requests that mean the same: lines of one field
/// are combined, white space around commas goes, and the case of languages, codings and charsets does not count. A
/// field that is absent differs from one that is empty.
std::string selecting_values(const std::vector<std::string>& names, const http::Fields& request);

}  // namespace gw::cache
