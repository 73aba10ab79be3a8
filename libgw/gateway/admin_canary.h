#pragma once
// What the admin API says of canaries, and what it may be told.

#include <string>
#include <string_view>

#include "libgw/gateway/admin.h"

namespace gw::gateway {

/// GET /canary
AdminPage show_canaries(const Server& server);
/// POST /canary, /canary/promote, /canary/abort. `body` names the api where there are several, and the share:
/// {"api": "default/$default", "percentTraffic": 25}. 400 and 409 say what is wrong.
AdminPage change_canary(Server& server, std::string_view path, std::string_view body);

}  // namespace gw::gateway
