#pragma once
// Sec-WebSocket-Extensions (RFC 6455 §9.1).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/wire/http/fields.h"

namespace gw::websocket {

struct ExtensionParameter {
    std::string name;
    std::optional<std::string> value;  ///< without quotes and escapes
};

/// One element of the list: an offer, or an answer to one.
struct Extension {
    std::string name;
    std::vector<ExtensionParameter> parameters;
};

/// Of all lines of the field, in their order. Nothing when one breaks the grammar: a quoted value must be a token too.
std::optional<std::vector<Extension>> parse_extensions(const http::Fields& fields);

}  // namespace gw::websocket
